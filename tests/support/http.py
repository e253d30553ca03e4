"""API Gateway's proxy events, for calling a function's handler as the gateway does."""

import base64
import json
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Context:
    """Lambda's context object."""

    function_name: str = "function"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:function"
    aws_request_id: str = "0d0b9c6a-3d0a-4b7e-9f2e-6d7f0c0f0a01"
    remaining_milliseconds: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_milliseconds


@dataclass
class Answer:
    """A proxy response, its body parsed."""

    status: int
    headers: dict[str, str]
    text: str
    body: Any = field(init=False)

    def __post_init__(self) -> None:
        self.body = json.loads(self.text) if self.text else None

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.body["error"]["code"])

    @property
    def fields(self) -> list[str]:
        """The fields that an error blames."""
        return [detail["field"] for detail in self.body["error"].get("details", [])]


def event(
    body: Any = None,
    *,
    path: dict[str, str] | None = None,
    query: str = "",
    headers: dict[str, str] | None = None,
    tenant: str | None = "acme",
    raw: bytes | str | None = None,
    encode: bool = True,
    url: str = "/api/campaigns",
    method: str = "GET",
) -> dict[str, Any]:
    """The event of a request. ``raw`` stands for a body that is not JSON; ``encode`` for API Gateway's base64."""
    content = raw if raw is not None else (None if body is None else json.dumps(body))
    if isinstance(content, str) and encode:
        content = content.encode()
    sent = {"Content-Type": "application/json"} if content is not None else {}
    sent |= headers or {}
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {
        "resource": url,
        "path": url,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": {name: several[-1] for name, several in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": path,
        "requestContext": {
            "requestId": "a client can choose this one",
            "extendedRequestId": "Q8fT1EXAMPLEjEw=",
            "authorizer": {"tenantId": tenant, "principalId": tenant} if tenant else None,
        },
        "body": base64.b64encode(content).decode() if isinstance(content, bytes) else content,
        "isBase64Encoded": isinstance(content, bytes),
    }


def call(function: ModuleType, request: dict[str, Any], context: Context | None = None) -> Answer:
    """Invoke a function's handler; what it answers must be what API Gateway takes."""
    answer = function.handler(request, context or Context())
    assert set(answer) <= {"statusCode", "headers", "body", "isBase64Encoded"}
    assert isinstance(answer["body"], str)
    json.dumps(answer).encode()
    return Answer(answer["statusCode"], answer["headers"], answer["body"])
