"""Faults on the way to DynamoDB, as an ASGI application around one that is, or leads to, a DynamoDB endpoint.

Which request meets which fault is a ``Plan``'s to say. A plan is found by a text in the request's body (a tenant's
partition key, say), so that faults reach one tenant only, and those who work beside it nothing.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import Any

from local.wire import Application, Message, Receive, Scope, Send, answer, error, operation_of, repeated, whole_body

type Plan = Callable[[str], "Fault | None"]
"""Says what befalls the next request, by the name of its operation."""


class Fault(Enum):
    """What can go wrong, and whether the request is done all the same."""

    LOST_ANSWER = "done, and the connection breaks in the answer"
    LATE_ANSWER = "done, and the answer comes after the client's time-out"
    DONE_500 = "done, and the answer is InternalServerError"
    CLOSED = "not done, the connection breaks"
    LATE_REQUEST = "done after the client has given up"
    INTERNAL = "not done, InternalServerError"
    UNAVAILABLE = "not done, ServiceUnavailable"
    THROTTLED = "not done, ThrottlingException"
    EXCEEDED = "not done, ProvisionedThroughputExceededException"
    CONFLICT = "not done, a transaction of others is in the way"
    IN_PROGRESS = "not done, TransactionInProgressException"
    PARTLY_THROTTLED = "not done, an operation of the transaction is throttled"
    UNPROCESSED = "not done, all keys of a batch are handed back"


IS_DONE = {Fault.LOST_ANSWER, Fault.LATE_ANSWER, Fault.DONE_500, Fault.LATE_REQUEST}
"""What is done although no proper answer comes."""
DOUBTFUL = {*IS_DONE, Fault.CLOSED, Fault.INTERNAL, Fault.UNAVAILABLE}
"""What leaves the client in doubt whether it was done."""

_ERRORS = {
    Fault.DONE_500: (500, "InternalServerError"),
    Fault.INTERNAL: (500, "InternalServerError"),
    Fault.UNAVAILABLE: (503, "ServiceUnavailable"),
    Fault.THROTTLED: (400, "ThrottlingException"),
    Fault.EXCEEDED: (400, "ProvisionedThroughputExceededException"),
    Fault.IN_PROGRESS: (400, "TransactionInProgressException"),
    Fault.CONFLICT: (400, "TransactionConflictException"),
}
_REASONS = {Fault.CONFLICT: "TransactionConflict", Fault.PARTLY_THROTTLED: "ThrottlingError"}


def possible(operation: str) -> list[Fault]:
    """The faults that an operation can meet."""
    only = {Fault.IN_PROGRESS: "TransactWriteItems", Fault.PARTLY_THROTTLED: "TransactWriteItems"}
    batches = {"BatchGetItem", "BatchWriteItem"}
    reads = {"Query", "GetItem", "BatchGetItem"}
    return [
        fault
        for fault in Fault
        if only.get(fault, operation) == operation
        and (fault is not Fault.UNPROCESSED or operation in batches)
        and (fault is not Fault.CONFLICT or operation not in reads)
    ]


def at_random(seed: int, rate: float) -> Plan:
    """A plan in which a share ``rate`` of the requests meets a fault; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - wanted to be repeatable
    return lambda operation: dice.choice(possible(operation)) if dice.random() < rate else None


class Faults:
    """The application ``around`` another."""

    def __init__(self, application: Application, late_by: float) -> None:
        """``late_by``: seconds, more than the client waits."""
        self._application = application
        self._late_by = late_by
        self.plans: dict[str, Plan] = {}
        self.met: Counter[str] = Counter()
        """How many faults requests with each text have met."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        operation = operation_of(scope)
        if operation is None or not self.plans:
            await self._application(scope, receive, send)
            return
        body = await whole_body(receive)
        again = repeated(body)

        async def nowhere(message: Message) -> None:
            pass

        fault = self._fault(operation, body.decode())
        if fault is Fault.LATE_REQUEST:
            await asyncio.sleep(self._late_by)
        if fault in IS_DONE:
            await self._application(scope, again, nowhere)
        if fault is Fault.LATE_ANSWER:
            await asyncio.sleep(self._late_by)
        if fault is None:
            await self._application(scope, again, send)
        elif fault in _ERRORS or fault in _REASONS or fault is Fault.UNPROCESSED:
            await answer(send, *error_of(fault, operation, json.loads(body)))
        else:
            await _break_off(send)

    def _fault(self, operation: str, body: str) -> Fault | None:
        text = next((text for text in self.plans if text in body), None)
        fault = self.plans[text](operation) if text else None
        if text and fault:
            self.met[text] += 1
        return fault


def error_of(fault: Fault, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The status and content of an answer that is a fault."""
    if fault is Fault.UNPROCESSED:
        kept = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}[operation]
        return 200, {"Responses": {}, kept: request["RequestItems"]}
    if operation == "TransactWriteItems" and fault in _REASONS:
        reasons: list[dict[str, str]] = [{"Code": "None"} for _ in request["TransactItems"]]
        reasons[-1] = {"Code": _REASONS[fault], "Message": "injected"}
        return 400, error("TransactionCanceledException", "injected", CancellationReasons=reasons)
    status, name = _ERRORS[fault]
    return status, error(name, "injected")


async def _break_off(send: Send) -> None:
    """Promise more than is sent, so that the server closes the connection."""
    # DynamoDB's answers carry their checksum; without one, botocore takes half an answer for an empty one.
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"1000"), (b"x-amz-crc32", b"1")],
        }
    )
    await send({"type": "http.response.body", "body": b'{"Item": {', "more_body": True})
    raise ConnectionAbortedError("broken off on purpose")
