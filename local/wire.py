"""What stands between a client and a DynamoDB endpoint speaks: ASGI, and DynamoDB's JSON in it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from zlib import crc32

type Scope = dict[str, Any]
type Message = dict[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def operation_of(scope: Scope) -> str | None:
    """The name of the DynamoDB operation that is asked for; None where it is no request to DynamoDB."""
    target: str = dict(scope.get("headers") or ()).get(b"x-amz-target", b"").decode()
    return target.rpartition(".")[2] if target.startswith("DynamoDB_") else None


async def whole_body(receive: Receive) -> bytes:
    """The body of a request."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def repeated(body: bytes) -> Receive:
    """What receives a body that was received before."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def error(name: str, message: str, **more: Any) -> dict[str, Any]:
    """The content of an answer that is an error."""
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": message, **more}


def headers_of(body: bytes) -> dict[str, str]:
    """The headers of an answer; by the checksum, clients know that it is whole."""
    return {
        "content-type": "application/x-amz-json-1.0",
        "content-length": str(len(body)),
        "x-amz-crc32": str(crc32(body)),
    }


async def answer(send: Send, status: int, content: dict[str, Any]) -> None:
    """Answer as DynamoDB does."""
    body = json.dumps(content).encode()
    headers = [(name.encode(), value.encode()) for name, value in headers_of(body).items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
