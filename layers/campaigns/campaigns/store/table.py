"""The thin call: sends requests to the one table and turns its failures into the domain's.

What a failed condition means is the caller's to say; what a broken connection means is the same everywhere.
"""

import random
import secrets
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from itertools import batched
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from zlib import crc32

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from campaigns.domain.errors import InvalidInput, Unavailable
from campaigns.runtime import deadline, work
from campaigns.runtime.logs import logger
from campaigns.store import keys
from campaigns.store.attributes import deserialize_all

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

Item = dict[str, Any]

_BUSY = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"})
_LARGE_GIGABYTES = 8
"""A partition of a table with local indexes may have 10."""
_IN_THE_WAY = frozenset({"TransactionConflictException", "TransactionInProgressException"})
_dice = random.SystemRandom()  # Nothing unique is made at import, a seed neither.


OVERTAKEN = 0.1
"""The longest pause, in seconds, of one whom another writer of the same campaign has overtaken."""


class Looked(NamedTuple):
    """What one call of a query found."""

    items: list[Item]
    passed: int
    read: int
    """Whether it passed the filter or not."""
    units: float
    """Read units of 4 KB that it took."""
    last: Any
    """The key where it stopped, in DynamoDB's own JSON; None at the end."""


class ConditionFailed(Exception):
    """A write's condition did not hold. ``item`` is what was there instead, None where nothing was.

    ``doubtful`` says that an earlier attempt at the same write got no answer: what is in the way may be its result.
    """

    def __init__(self, item: Item | None) -> None:
        super().__init__("condition failed")
        self.item = item
        self.doubtful = False


class TransactionRefused(Exception):
    """A transaction did not happen because conditions did not hold.

    ``refusals`` has, by the operation's position in the transaction, the ConditionFailed that each operation whose
    condition did not hold would have raised alone.
    """

    def __init__(self, refusals: dict[int, ConditionFailed]) -> None:
        super().__init__("transaction refused")
        self.refusals = refusals


class WrongTenant(Exception):
    """A request names a key that is not of the tenant for whom the work is done: a fault of ours, never sent."""


class ItemTooLarge(Exception):
    """The item would pass DynamoDB's limit of 400 KB."""


class PartitionFull(InvalidInput):
    """The tenant's campaigns would pass DynamoDB's limit on a partition with local indexes."""

    def __init__(self) -> None:
        super().__init__("Your campaigns take 10 GB, the most that one organisation can have; delete some.")


class OutcomeUnknown(Unavailable):
    """The write got no answer: it may have happened, happen yet, or never happen."""

    def __init__(self) -> None:
        super().__init__("The database did not answer; whether this took effect is not known. Look, or try again.")


class _NotDone(Exception):
    """Nothing was done (a transaction of others in the way, throttling, no connection); the same again may pass."""


class _Doubtful(Exception):
    """No answer came: it may have been done, or not."""


class Table:
    """The one table, behind a DynamoDB client of any kind (AWS, DynamoDB Local, moto)."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        tenant: Callable[[], str | None] | Literal["any"] = "any",
        patience: float = deadline.DEFAULT_SECONDS,
    ) -> None:
        """``client`` should try once: what may be repeated, and for how long, is decided here.

        ``tenant`` says whose keys alone a request may name: a defence in depth, where a store takes a wrong one.
        ``patience`` is the seconds that a call may take where nobody has set a limit.
        """
        self.client = client
        self.name = name
        self._tenant = tenant
        self._patience = patience
        client.meta.events.register("response-received.dynamodb", _check_whole, unique_id="campaigns-check-whole")
        config: Any = client.meta.config
        self._attempt_seconds: float = config.connect_timeout + config.read_timeout

    def attempts(self, longest_pause: float = 1.0) -> Iterator[int]:
        """Count 0, 1, 2 ... with a pause before each repetition, as long as one more attempt would end in time.

        The pause is drawn evenly from 0 to a bound that doubles ("full jitter", AWS Architecture Blog, "Exponential
        Backoff And Jitter"), so that those who met do not meet again. Where an attempt failed because another got
        its way, ``longest_pause`` is short: some progress is made every time, and long pauses would only add up.

        Raises:
            Unavailable: the time is used up.
        """
        last_start = deadline.end(self._patience) - self._attempt_seconds
        attempt = 0
        while True:
            yield attempt
            pause = _dice.uniform(0, min(longest_pause, 0.02 * 2 ** min(attempt, 10)))
            if deadline.now() + pause > last_start:
                raise Unavailable("The database is busy; try again.")
            deadline.pause(pause)
            attempt += 1

    def send(self, operation: str, **request: Any) -> Any:
        """Send a request about this table until it is answered: it may be done twice, or knows its own traces.

        Raises:
            ConditionFailed: the write's condition did not hold.
            ItemTooLarge: the item would be too large.
            Unavailable: no answer in time.
        """
        return self._call(operation, TableName=self.name, **request)

    def get(self, key: keys.Key) -> Item | None:
        """One item, strongly consistent."""
        response = self.send("get_item", Key=key, ConsistentRead=True)
        return _maybe(response.get("Item"))

    def get_all(self, wanted: Iterable[keys.Key]) -> list[Item | None]:
        """Items in the order of their keys, one call per 100; each is strongly consistent, all are no snapshot."""
        return self.get_metered(wanted)[0]

    def get_metered(self, wanted: Iterable[keys.Key]) -> tuple[list[Item | None], float]:
        """The same, and the read units that it took."""
        in_order = list(wanted)
        found: dict[tuple[str, str], Item] = {}
        units = 0.0
        for batch in batched(in_order, 100, strict=False):
            unread: Any = {self.name: {"Keys": list(batch), "ConsistentRead": True}}
            for _ in self.attempts():
                response = self._call("batch_get_item", RequestItems=unread, ReturnConsumedCapacity="TOTAL")
                units += sum(each["CapacityUnits"] for each in response.get("ConsumedCapacity", []))
                for item in response["Responses"].get(self.name, []):
                    found[item["PK"]["S"], item["SK"]["S"]] = item
                unread = response.get("UnprocessedKeys")
                if not unread:
                    break
        return [_maybe(found.get((key["PK"]["S"], key["SK"]["S"]))) for key in in_order], units

    def get_settled(self, wanted: Iterable[keys.Key]) -> list[Item | None]:
        """Items in the order of their keys, as they are while no transaction is writing them; 100 per call.

        Other reads see what a transaction has committed item by item: one of its items already, and another not yet.
        """
        found: list[Item | None] = []
        for batch in batched(wanted, 100, strict=False):
            gets: list[Any] = [{"Get": {"TableName": self.name, "Key": key}} for key in batch]
            response = self._call("transact_get_items", TransactItems=gets)
            found += [_maybe(each.get("Item")) for each in response["Responses"]]
        return found

    def look(self, **request: Any) -> Looked:
        """One call of a query, strongly consistent: it stops after ``Limit`` items or a megabyte, whatever passes."""
        response = self.send("query", ConsistentRead=True, ReturnConsumedCapacity="TOTAL", **request)
        return Looked(
            [deserialize_all(item) for item in response.get("Items", [])],
            response["Count"],
            response["ScannedCount"],
            response["ConsumedCapacity"]["CapacityUnits"],
            response.get("LastEvaluatedKey"),
        )

    def query(self, **request: Any) -> Iterator[Item]:
        """The items of a query, strongly consistent; one call per megabyte, and none that is not asked for."""
        while True:
            response = self.send("query", ConsistentRead=True, **request)
            for item in response["Items"]:
                yield deserialize_all(item)
            start = response.get("LastEvaluatedKey")
            if start is None:
                return
            if "Limit" in request:
                request["Limit"] -= len(response["Items"])
                if request["Limit"] <= 0:
                    return
            request["ExclusiveStartKey"] = start

    def delete_all(self, unwanted: Iterable[keys.Key]) -> None:
        """Delete items by key, without conditions; 25 per call."""
        self._write_all({"DeleteRequest": {"Key": key}} for key in unwanted)

    def put_all(self, items: Iterable[Any]) -> None:
        """Put items, given in DynamoDB's own JSON, without conditions; 25 per call."""
        self._write_all({"PutRequest": {"Item": item}} for item in items)

    def _write_all(self, writes: Iterable[Any]) -> None:
        for batch in batched(writes, 25, strict=False):
            wanted: Any = {self.name: list(batch)}
            for _ in self.attempts():
                wanted = self._call("batch_write_item", RequestItems=wanted).get("UnprocessedItems")
                if not wanted:
                    break

    def transact(self, operations: list[Any]) -> None:
        """Do all operations or none, once.

        Every repetition of the request carries the same token, which DynamoDB recognises for ten minutes.

        Raises:
            TransactionRefused: conditions did not hold.
            ItemTooLarge: an item would be too large.
            Unavailable: no answer in time, or turned away.
        """
        located = [
            {verb: {"TableName": self.name, **operation}} for named in operations for verb, operation in named.items()
        ]
        answer = self._call(
            "transact_write_items",
            TransactItems=located,
            ClientRequestToken=secrets.token_hex(16),
            ReturnItemCollectionMetrics="SIZE",
        )
        _warn_of_large_partitions(answer)

    def _call(self, operation: str, **request: Any) -> Any:
        if self._tenant != "any" and not keys.all_of_tenant(request, self._tenant()):
            raise WrongTenant(operation)
        doubtful = False
        for _ in self.attempts():
            try:
                return self._once(operation, request)
            except _NotDone:
                continue
            except _Doubtful:
                doubtful = True
            except ConditionFailed as refusal:
                refusal.doubtful = doubtful
                raise
        raise AssertionError("attempts() ends by raising")

    def _once(self, operation: str, request: dict[str, Any]) -> Any:
        start = deadline.now()
        try:
            return getattr(self.client, operation)(**request)
        except ClientError as error:
            raise _translated(error) from error
        except (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError) as error:
            raise _NotDone from error
        except (HTTPClientError, ResponseParserError, SSLError) as error:
            raise _Doubtful from error
        finally:
            work.count_attempt(deadline.now() - start)


def _check_whole(response_dict: dict[str, Any] | None = None, **_: Any) -> None:
    """Refuse an answer that broke off: botocore reads it as an empty one, in which there is no such item.

    Its own check of DynamoDB's checksum only decides about its own repetitions, which this client does not use.
    """
    checksum = response_dict["headers"].get("x-amz-crc32") if response_dict else None
    if response_dict and checksum is not None and int(checksum) != crc32(response_dict["body"]):
        raise HTTPClientError(error="the answer broke off")


def _warn_of_large_partitions(answer: dict[str, Any]) -> None:
    """Leave a line that an alarm looks for (template.yaml, LargePartitions)."""
    for metrics in answer.get("ItemCollectionMetrics", {}).values():
        for each in metrics:
            if each["SizeEstimateRangeGB"][-1] > _LARGE_GIGABYTES:
                logger.warning("partition nearly full", partition=each["ItemCollectionKey"]["PK"]["S"])


def _translated(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if make := _MEANINGS.get(code):
        return make(error)
    if code == "ValidationException" and "size" in error.response["Error"]["Message"].lower():
        return ItemTooLarge()
    if error.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Doubtful()
    return error


def _cancellation(error: ClientError) -> Exception:
    """Reads the cancellation reasons, which stand in the order of the operations."""
    reasons: list[Any] = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    if codes == {"ConditionalCheckFailed"}:
        return TransactionRefused(
            {
                position: ConditionFailed(_maybe(reason.get("Item")))
                for position, reason in enumerate(reasons)
                if reason["Code"] == "ConditionalCheckFailed"
            }
        )
    if "ValidationError" in codes:
        return ItemTooLarge()
    if "ItemCollectionSizeLimitExceeded" in codes:
        return PartitionFull()
    # A conflict or a throttled operation: whether the conditions hold is not known, so the same again may pass.
    return _NotDone()


def _maybe(item: Any) -> Item | None:
    return deserialize_all(item) if item else None


_MEANINGS: dict[str, Callable[[ClientError], Exception]] = {
    "ConditionalCheckFailedException": lambda error: ConditionFailed(_maybe(error.response.get("Item"))),
    "TransactionCanceledException": _cancellation,
    "ItemCollectionSizeLimitExceededException": lambda _: PartitionFull(),
    **dict.fromkeys(_BUSY | _IN_THE_WAY, lambda _: _NotDone()),
}
"""What the codes of DynamoDB's errors mean here."""
