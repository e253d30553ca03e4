"""A DynamoDB client that fails as it is told to, in this process and on a watch that the test owns.

What its failures look like is shown against real, broken connections in tests/store/test_faults.py.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from campaigns.store.table import Table
from local.faults import Fault, error_of
from support.clock import Stopwatch
from support.elsewhere import Elsewhere
from support.engines import new_table
from support.way import Way

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


class FlakyClient(Way):
    """Leads to another client, unless its ``plan`` says otherwise."""

    def __init__(self, client: "DynamoDBClient", watch: Stopwatch) -> None:
        super().__init__(watch)
        self.meta = client.meta
        self._client: Any = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = "".join(map(str.title, name.split("_")))
        seconds = self.meta.config.read_timeout  # type: ignore[attr-defined]

        def send(**request: Any) -> Any:
            return self.meet(
                operation,
                lambda: getattr(self._client, name)(**request),
                seconds,
                lambda fault: _refused(fault, operation, request),
            )

        return send


def _refused(fault: Fault, operation: str, request: dict[str, Any]) -> Any:
    status, content = error_of(fault, operation, request)
    if status == 200:
        return content
    code = content["__type"].partition("#")[2]
    answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}, **content}
    raise ClientError(answer, operation)


class Bench(NamedTuple):
    """One table, seen directly and through a client that fails, and the services around it."""

    direct: Table
    flaky: FlakyClient
    watch: Stopwatch
    elsewhere: Elsewhere
    """The other services, which fail by the same plan."""

    @property
    def faulty(self) -> Table:
        """The same table, through the client that fails."""
        client: Any = self.flaky
        return Table(client, self.direct.name)


def bench_on(client: "DynamoDBClient") -> Bench:
    """A new table, and what breaks on the way to it."""
    watch = Stopwatch()
    flaky = FlakyClient(client, watch)
    return Bench(new_table(client), flaky, watch, Elsewhere(flaky))
