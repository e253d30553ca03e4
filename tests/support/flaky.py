"""A DynamoDB client that fails as it is told to, in this process and on a watch that the test owns.

What its failures look like is shown against real, broken connections in tests/store/test_faults.py.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from campaigns.store.table import Table
from local.faults import IS_DONE, Fault, Plan, error_of
from support.clock import Stopwatch
from support.engines import new_table

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

_URL = "http://dynamodb"


class FlakyClient:
    """Leads to another client, unless its ``plan`` says otherwise."""

    def __init__(self, client: "DynamoDBClient", watch: Stopwatch) -> None:
        self.plan: Plan | None = None
        self.meta = client.meta
        self._client: Any = client
        self._watch = watch
        self._late: list[Callable[[], Any]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = "".join(map(str.title, name.split("_")))
        return lambda **request: self._meet(operation, getattr(self._client, name), request)

    def _meet(self, operation: str, send: Callable[..., Any], request: dict[str, Any]) -> Any:
        fault = self.plan(operation) if self.plan else None
        if fault is Fault.LATE_REQUEST:
            self._late.append(lambda: send(**request))
        elif fault is None or fault in IS_DONE:
            try:
                answer = send(**request)
            except ClientError:
                if fault is None:
                    raise
                answer = None  # The refusal is lost, as any answer.
            self.arrive()
            if fault is None:
                return answer
        return self._fail(fault, operation, request)

    def _fail(self, fault: Fault, operation: str, request: dict[str, Any]) -> Any:
        if fault in {Fault.LATE_ANSWER, Fault.LATE_REQUEST}:
            self._watch.pause(self.meta.config.read_timeout)  # type: ignore[attr-defined]
            raise ReadTimeoutError(endpoint_url=_URL)
        if fault in {Fault.LOST_ANSWER, Fault.CLOSED}:
            raise ConnectionClosedError(endpoint_url=_URL)
        status, content = error_of(fault, operation, request)
        if status == 200:
            return content
        code = content["__type"].partition("#")[2]
        answer: Any = {
            "Error": {"Code": code, "Message": ""},
            "ResponseMetadata": {"HTTPStatusCode": status},
            **content,
        }
        raise ClientError(answer, operation)

    def arrive(self) -> None:
        """Let what is late arrive now: after the request that came next, or when all is over."""
        late, self._late = self._late, []
        for send in late:
            try:
                send()
            except ClientError:
                continue


class Bench(NamedTuple):
    """One table, seen directly and through a client that fails."""

    direct: Table
    flaky: FlakyClient
    watch: Stopwatch

    @property
    def faulty(self) -> Table:
        """The same table, through the client that fails."""
        client: Any = self.flaky
        return Table(client, self.direct.name)


def bench_on(client: "DynamoDBClient") -> Bench:
    """A new table, and what breaks on the way to it."""
    watch = Stopwatch()
    return Bench(new_table(client), FlakyClient(client, watch), watch)
