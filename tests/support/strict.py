"""A DynamoDB client behind the rules of ``local/strict.py``, in this process."""

import time
from collections.abc import Callable, Coroutine
from copy import copy
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from local.strict import Ask, Refused, Request, Rules, Strict
from support.engines import client_of
from support.memory import MemoryDynamoDB

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

OFTEN_SHORT = Rules(short=0.5, page_bytes=20_000)
"""For suites that look at what is answered, not at how many calls it takes."""


class StrictClient:
    """Leads to another client, by the rules. What AWS would not ask goes through ``looking``, which nobody counts."""

    def __init__(self, client: Any, looking: Any, rules: Rules, now: Callable[[], float] = time.monotonic) -> None:
        self.meta = client.meta
        self.strict = Strict(rules, now)
        self._ask = _asking(client)
        self._look = _asking(looking)
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = "".join(map(str.title, name.split("_")))
        return lambda **request: self._answer(operation, request)

    def _answer(self, operation: str, request: Request) -> Any:
        try:
            return _result_of(self.strict.answer(operation, request, self._ask, self._look))
        except Refused as refusal:
            answer: Any = {
                "Error": {"Code": refusal.name, "Message": refusal.content["message"]},
                "ResponseMetadata": {"HTTPStatusCode": 400},
                **refusal.content,
            }
            raise ClientError(answer, operation) from refusal


def strict_memory(rules: Rules, memory: MemoryDynamoDB | None = None) -> "DynamoDBClient":
    """The engine in memory, or ``memory``, behind the rules."""
    memory = memory or MemoryDynamoDB()
    unheard = copy(memory)
    unheard.meta = MemoryDynamoDB().meta
    client: Any = StrictClient(memory, unheard, rules)
    return client  # type: ignore[no-any-return]


def strict_client_of(endpoint_url: str, rules: Rules, threads: int = 1) -> "DynamoDBClient":
    """DynamoDB Local behind the rules, with room for ``threads``."""
    client: Any = StrictClient(client_of(endpoint_url, threads), client_of(endpoint_url, threads), rules)
    return client  # type: ignore[no-any-return]


def _asking(client: Any) -> Ask:
    async def ask(operation: str, request: Request) -> Any:
        return getattr(client, xform_name(operation))(**request)

    return ask


def _result_of[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """What comes of work that waits for nobody."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise RuntimeError("it waits")
