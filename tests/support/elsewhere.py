"""SQS, EventBridge, its Scheduler, KMS and API Gateway's control plane in this process, behind botocore's own clients.

They see requests as AWS does: what serialises, repeats and parses is botocore's. Each request passes a ``Way``, which
may let it fail as it lets those to DynamoDB.
"""

import base64
import json
import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from io import BytesIO
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.retries.quota import RetryQuota
from moto.core.models import botocore_stubber
from urllib3 import HTTPResponse

from campaigns.runtime import bootstrap
from campaigns.webhooks.sealing import Sealer
from local.faults import Fault, possible
from support.way import Way

QUEUES, BUS, SCHEDULES = {"SendMessage", "SendMessageBatch"}, {"PutEvents"}, {"CreateSchedule", "DeleteSchedule"}
KEYS = {"GenerateDataKey", "Decrypt"}
GATEWAY = {"GetApiKeys", "CreateApiKey", "DeleteApiKey", "GetUsagePlans", "CreateUsagePlanKey"}
OPERATIONS = QUEUES | BUS | SCHEDULES | KEYS | GATEWAY
IN_PARTS = {"SendMessageBatch", "PutEvents"}
"""What AWS may do in part, and answers 200."""
_ANYWHERE = (
    *(Fault.LOST_ANSWER, Fault.LATE_ANSWER, Fault.DONE_500, Fault.CLOSED, Fault.LATE_REQUEST),
    *(Fault.INTERNAL, Fault.UNAVAILABLE, Fault.THROTTLED),
)
_ERRORS = {
    Fault.DONE_500: (500, "InternalError"),
    Fault.INTERNAL: (500, "InternalError"),
    Fault.UNAVAILABLE: (503, "ServiceUnavailable"),
}
_THROTTLED = dict.fromkeys(GATEWAY, (429, "TooManyRequestsException"))


def faults_of(operation: str) -> list[Fault]:
    """The faults that a call can meet, whatever service it is of."""
    if operation not in OPERATIONS:
        return possible(operation)
    return [*_ANYWHERE, Fault.UNPROCESSED] if operation in IN_PARTS else list(_ANYWHERE)


class Message(NamedTuple):
    """What waits in a queue."""

    body: str
    attributes: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    delay: int = 0
    receives: int = 0


class Refusal(Exception):
    """A service's error."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer = status, {"__type": code, "message": code}


class Elsewhere:
    """The services, and what they hold."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._sealed: dict[tuple[str, str], str] = {}
        self.queues: dict[str, list[Message]] = defaultdict(list)
        """By URL."""
        self.bus: list[tuple[str, dict[str, Any]]] = []
        """The types of events and their details."""
        self.schedules: dict[str, dict[str, Any]] = {}
        self.gateway_keys: dict[str, dict[str, str]] = {}
        """By id."""
        self.plans: dict[str, str] = {}
        """Of keys, by their ids."""

    @cached_property
    def sealer(self) -> Sealer:
        """The service's own, for what a test prepares."""
        with self.reached():
            return bootstrap.sealer()

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Clients that are made inside lead here, and never tire of trying."""
        make = bootstrap._client

        def connected(*asked: Any) -> Any:
            client = make(*asked)
            self.connect(client)
            return client

        with (
            patch.object(bootstrap, "_client", connected),
            patch("botocore.retries.quota.RetryQuota", partial(RetryQuota, 10**9)),
        ):
            yield

    def connect(self, client: Any) -> None:
        """Let a client's requests lead here."""
        seconds: float = client.meta.config.read_timeout

        def meet(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
            operation = event_name.rpartition(".")[2]
            answer = self._way.meet(
                operation,
                lambda: self._answer(operation, request),
                seconds,
                lambda fault: self._fail(fault, operation, request),
            )
            return _response(request.url, *answer)

        client.meta.events.unregister("before-send", botocore_stubber)  # moto's, where other tests have begun it
        client.meta.events.register("before-send", meet)

    def _fail(self, fault: Fault, operation: str, request: AWSPreparedRequest) -> tuple[int, Any]:
        if fault is Fault.UNPROCESSED:
            return 200, self._do_in_part(operation, _asked(request))
        throttled = _THROTTLED.get(operation, (400, "ThrottlingException"))
        status, code = throttled if fault is Fault.THROTTLED else _ERRORS[fault]
        return status, {"__type": code, "message": "injected"}

    def _do_in_part(self, operation: str, asked: dict[str, Any]) -> Any:
        """All but the first entry."""
        first, *others = asked["Entries"]
        answer = self._do(operation, asked | {"Entries": others}, "")
        if operation == "PutEvents":
            refused = {"ErrorCode": "ThrottlingException", "ErrorMessage": "injected"}
            return {"FailedEntryCount": 1, "Entries": [refused, *answer["Entries"]]}
        return answer | {"Failed": [{"Id": first["Id"], "Code": "InternalError", "SenderFault": False}]}

    def _answer(self, operation: str, request: AWSPreparedRequest) -> tuple[int, Any]:
        try:
            return 200, self._do(operation, _asked(request), request.url)
        except Refusal as refusal:
            return refusal.answer

    def _do(self, operation: str, asked: dict[str, Any], url: str) -> Any:
        named = unquote(urlsplit(url).path.rpartition("/")[2])
        match operation:
            case "SendMessage":
                self.queues[asked["QueueUrl"]].append(_message(asked))
                return {"MessageId": "message"}
            case "SendMessageBatch":
                self.queues[asked["QueueUrl"]] += map(_message, asked["Entries"])
                return {"Successful": [{"Id": each["Id"]} for each in asked["Entries"]], "Failed": []}
            case "PutEvents":
                self.bus += [(each["DetailType"], json.loads(each["Detail"])) for each in asked["Entries"]]
                return {"FailedEntryCount": 0, "Entries": [{"EventId": "event"} for _ in asked["Entries"]]}
            case "CreateSchedule":
                if named in self.schedules:
                    raise Refusal(409, "ConflictException")
                self.schedules[named] = asked
                return {"ScheduleArn": named}
            case "DeleteSchedule":
                if self.schedules.pop(named, None) is None:
                    raise Refusal(404, "ResourceNotFoundException")
                return {}
            case "GenerateDataKey":
                key, blob = (_base64(secrets.token_bytes(asked["NumberOfBytes"])) for _ in range(2))
                self._sealed[blob, str(asked["EncryptionContext"])] = key
                return {"Plaintext": key, "CiphertextBlob": blob, "KeyId": asked["KeyId"]}
            case "Decrypt":
                return {"Plaintext": self._sealed[asked["CiphertextBlob"], str(asked["EncryptionContext"])]}
        return self._at_gateway(operation, asked, url)

    def _at_gateway(self, operation: str, asked: dict[str, Any], url: str) -> Any:
        path, query = urlsplit(url).path.split("/"), parse_qs(urlsplit(url).query)
        match operation:
            case "GetApiKeys":
                names = query.get("name", [""])
                return {"item": [each for each in self.gateway_keys.values() if each["name"].startswith(names[0])]}
            case "CreateApiKey":
                if any(each["value"] == asked["value"] for each in self.gateway_keys.values()):
                    raise Refusal(409, "ConflictException")
                made = {"id": secrets.token_hex(5), "name": asked["name"], "value": asked["value"]}
                self.gateway_keys[made["id"]] = made
                return made
            case "DeleteApiKey":
                if self.gateway_keys.pop(path[-1], None) is None:
                    raise Refusal(404, "NotFoundException")
                self.plans.pop(path[-1], None)
                return {}
            case "GetUsagePlans":
                plan = self.plans.get(query["keyId"][0])
                return {"item": [{"id": plan}] if plan else []}
            case "CreateUsagePlanKey":
                if asked["keyId"] in self.plans:
                    raise Refusal(409, "ConflictException")
                self.plans[asked["keyId"]] = path[-2]
                return {"id": asked["keyId"]}
        raise NotImplementedError(operation)


def _asked(request: AWSPreparedRequest) -> dict[str, Any]:
    body: Any = request.body
    return dict(json.loads(body or "{}"))


def _message(asked: dict[str, Any]) -> Message:
    attributes = {name: each["StringValue"] for name, each in asked.get("MessageAttributes", {}).items()}
    delay = asked.get("DelaySeconds", 0)
    assert 0 <= delay <= 900
    return Message(asked["MessageBody"], tuple(attributes.items()), asked.get("MessageGroupId"), delay)


def _base64(some: bytes) -> str:
    return base64.b64encode(some).decode()


def _response(url: str, status: int, content: Any) -> AWSResponse:
    headers = {"x-amzn-errortype": content["__type"]} if status >= 400 else {}
    body = BytesIO(json.dumps(content).encode())
    return AWSResponse(url, status, headers, HTTPResponse(body, preload_content=False))  # type: ignore[arg-type]
