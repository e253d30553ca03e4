"""DynamoDB in this process: what the service asks of it, answered as DynamoDB Local answers (tests/store shows that).

It is fast, atomic under threads, and knows the limits that emulators forget: a query reads at most 1 MB before it
filters, an item has at most 400 KB, a transaction 100 operations, and a token is remembered for ten minutes.
"""

import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from support.billing import READ_UNIT
from support.expressions import Expressions, InvalidExpression, Item, comparable, project
from tools.capacity import size

MOST_READ = 1_048_576
MOST_IN_ITEM = 409_600
MOST_IN_TRANSACTION = 100
TOKEN_SECONDS = 600

type Key = tuple[str, str]
type Request = dict[str, Any]
type Write = Callable[[], None]
type Changed = Callable[[Key, Item | None, Item | None], None]
"""A key, and the item before and after."""


@dataclass
class _Table:
    """Items by partition and sort key, and the attributes that the local indexes sort by."""

    indexes: dict[str, dict[str, Any]]
    partitions: dict[str, dict[str, Item]] = field(default_factory=dict)
    changed: "Changed" = lambda *_: None
    """Told of every change, as a stream is."""

    def get(self, key: Key) -> Item | None:
        return self.partitions.get(key[0], {}).get(key[1])

    def put(self, key: Key, item: Item | None) -> None:
        partition = self.partitions.setdefault(key[0], {})
        old = partition.pop(key[1], None) if item is None else partition.get(key[1])
        if item is not None:
            partition[key[1]] = item
        if item != old:
            self.changed(key, old, item)


class Refused(Exception):
    """A condition that did not hold, with the item that was there."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


class _Events:
    """The part of botocore's hooks that tests listen to: what is sent."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def register(self, event: str, listener: Callable[..., Any], **_: Any) -> None:
        if event == "before-send.dynamodb":
            self._listeners.append(listener)

    def unregister(self, event: str, listener: Callable[..., Any], **_: Any) -> None:
        if event == "before-send.dynamodb":
            self._listeners.remove(listener)

    def sent(self, operation: str, request: Request) -> None:
        for listener in self._listeners:
            listener(request=request, event_name=f"before-send.dynamodb.{operation}")


class MemoryDynamoDB:
    """A DynamoDB client, and the database behind it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.meta = SimpleNamespace(events=_Events(), config=SimpleNamespace(connect_timeout=0.5, read_timeout=2.0))
        self._now = now
        self._tables: dict[str, _Table] = {}
        self._tokens: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    # ---- Operations, by botocore's names

    def create_table(self, **request: Any) -> Request:
        indexes = {
            each["IndexName"]: {
                "sort": each["KeySchema"][1]["AttributeName"],
                "projected": each["Projection"].get("NonKeyAttributes", []),
            }
            for each in request.get("LocalSecondaryIndexes", [])
        }
        self._tables[request["TableName"]] = _Table(indexes)
        return {}

    def delete_table(self, **request: Any) -> Request:
        del self._tables[request["TableName"]]
        return {}

    def get_item(self, **request: Any) -> Request:
        return self._answer("GetItem", request, self._get_item)

    def batch_get_item(self, **request: Any) -> Request:
        return self._answer("BatchGetItem", request, self._batch_get_item)

    def query(self, **request: Any) -> Request:
        return self._answer("Query", request, self._query)

    def scan(self, **request: Any) -> Request:
        return self._answer("Scan", request, self._scan)

    def put_item(self, **request: Any) -> Request:
        return self._answer("PutItem", request, lambda given: self._write_alone("Put", given))

    def update_item(self, **request: Any) -> Request:
        return self._answer("UpdateItem", request, lambda given: self._write_alone("Update", given))

    def delete_item(self, **request: Any) -> Request:
        return self._answer("DeleteItem", request, lambda given: self._write_alone("Delete", given))

    def batch_write_item(self, **request: Any) -> Request:
        return self._answer("BatchWriteItem", request, self._batch_write_item)

    def transact_write_items(self, **request: Any) -> Request:
        return self._answer("TransactWriteItems", request, self._transact)

    def transact_get_items(self, **request: Any) -> Request:
        return self._answer("TransactGetItems", request, self._get_together)

    def _answer(self, operation: str, request: Request, answer: Callable[[Request], Request]) -> Request:
        self.meta.events.sent(operation, request)
        with self._lock, told_as_errors(operation):
            return answer(request)

    # ---- Reads

    def _get_item(self, request: Request) -> Request:
        item = self._tables[request["TableName"]].get(key_of(request["Key"]))
        return {} if item is None else {"Item": item}

    def _get_together(self, request: Request) -> Request:
        found = (
            self._tables[each["Get"]["TableName"]].get(key_of(each["Get"]["Key"])) for each in request["TransactItems"]
        )
        return {"Responses": [{} if item is None else {"Item": item} for item in found]}

    def _batch_get_item(self, request: Request) -> Request:
        found: dict[str, list[Item]] = {}
        for name, wanted in request["RequestItems"].items():
            keys = [key_of(each) for each in wanted["Keys"]]
            if len(keys) != len(set(keys)) or len(keys) > MOST_IN_TRANSACTION:
                raise InvalidExpression("Provided list of item keys contains duplicates, or too many")
            found[name] = [item for key in keys if (item := self._tables[name].get(key)) is not None]
        answer: Request = {"Responses": found, "UnprocessedKeys": {}}
        if request.get("ReturnConsumedCapacity") == "TOTAL":
            answer["ConsumedCapacity"] = [
                {"TableName": name, "CapacityUnits": sum(map(_units, items)) + len(wanted["Keys"]) - len(items)}
                for (name, items), wanted in zip(found.items(), request["RequestItems"].values(), strict=True)
            ]
        return answer

    def _query(self, request: Request) -> Request:
        table = self._tables[request["TableName"]]
        shared = _shared(request)
        matches = shared.condition(request["KeyConditionExpression"])
        keeps = shared.condition(request.get("FilterExpression"))
        paths = shared.projection(request["ProjectionExpression"]) if "ProjectionExpression" in request else None
        shared.check_all_used()
        index = self._index(table, request)
        evaluated, more = self._evaluated(self._in_order(table, request, index, matches), request.get("Limit"))
        kept = [item for item in evaluated if keeps(item)]
        answer: Request = {"Count": len(kept), "ScannedCount": len(evaluated)}
        if request.get("Select") != "COUNT":
            answer["Items"] = kept if paths is None else [project(item, paths) for item in kept]
        if request.get("ReturnConsumedCapacity") == "TOTAL":
            answer["ConsumedCapacity"] = {"CapacityUnits": _units(*evaluated)}
        if more:
            answer["LastEvaluatedKey"] = {name: evaluated[-1][name] for name in ("PK", "SK", index["sort"])}
        return answer

    def _scan(self, request: Request) -> Request:
        shared = _shared(request)
        keeps = shared.condition(request.get("FilterExpression"))
        paths = shared.projection(request["ProjectionExpression"]) if "ProjectionExpression" in request else None
        items = [item for each in self._tables[request["TableName"]].partitions.values() for item in each.values()]
        items.sort(key=key_of)
        if start := request.get("ExclusiveStartKey"):
            items = [item for item in items if key_of(item) > key_of(start)]
        evaluated, more = self._evaluated(items, request.get("Limit"))
        kept = [item for item in evaluated if keeps(item)]
        answer: Request = {"Items": kept if paths is None else [project(item, paths) for item in kept]}
        if more:
            answer["LastEvaluatedKey"] = {name: evaluated[-1][name] for name in ("PK", "SK")}
        return answer

    def _evaluated(self, items: list[Item], limit: int | None) -> tuple[list[Item], bool]:
        """The items that one call reads, and whether it stopped before it knew that there are no more."""
        read = 0
        for number, item in enumerate(items):
            read += size(item)
            if number == limit or (number and read > MOST_READ):
                return items[:number], True
        return items, len(items) == limit

    def _index(self, table: _Table, request: Request) -> dict[str, Any]:
        name = request.get("IndexName")
        if name is None:
            return {"sort": "SK", "projected": None}
        if name not in table.indexes:
            raise InvalidExpression("The table does not have the specified index")
        return table.indexes[name]

    def _in_order(
        self, table: _Table, request: Request, index: dict[str, Any], matches: Callable[[Item], bool]
    ) -> list[Item]:
        """The items that the key condition names, after the start key; of an index, its entries."""

        def position(item: Item) -> Any:
            return comparable(item[index["sort"]]), comparable(item["SK"])

        reverse = not request.get("ScanIndexForward", True)
        items = [
            item
            for partition in self._partitions(table, request)
            for item in partition.values()
            if index["sort"] in item and matches(item)
        ]
        items.sort(key=position, reverse=reverse)
        if start := request.get("ExclusiveStartKey"):
            after = position(start)
            items = [item for item in items if (position(item) < after if reverse else position(item) > after)]
        if index["projected"] is not None and request.get("Select") != "ALL_ATTRIBUTES":
            kept = ("PK", "SK", index["sort"], *index["projected"])
            items = [{name: item[name] for name in kept if name in item} for item in items]
        return items

    def _partitions(self, table: _Table, request: Request) -> Iterator[dict[str, Item]]:
        """The one that the condition names, found by the value that it compares PK with."""
        for name, value in request["ExpressionAttributeValues"].items():
            if re.search(rf"\bPK = {name}\b", request["KeyConditionExpression"]):
                yield table.partitions.get(value["S"], {})

    # ---- Writes

    def _write_alone(self, verb: str, request: Request) -> Request:
        prepared = self._prepared(verb, request)
        reason = prepared.reason()
        if reason["Code"] != "None":
            raise Refused(reason.get("Item"))
        prepared.write()()
        wanted = {"ALL_OLD": prepared.old, "ALL_NEW": prepared.new}.get(request.get("ReturnValues", "NONE"))
        return {"Attributes": wanted} if wanted else {}

    def _batch_write_item(self, request: Request) -> Request:
        for name, writes in request["RequestItems"].items():
            for each in writes:
                ((verb, write),) = each.items()
                item = write.get("Item")
                self._tables[name].put(key_of(write["Key"] if verb == "DeleteRequest" else item), item)
        return {"UnprocessedItems": {}}

    def _transact(self, request: Request) -> Request:
        operations = [pair for each in request["TransactItems"] for pair in each.items()]
        self._check_transaction(operations)
        token, now = request.get("ClientRequestToken"), self._now()
        if token and token in self._tokens and now - self._tokens[token][0] < TOKEN_SECONDS:
            self._check_token(token, json.dumps(operations))
            return {}
        prepared = [self._prepared(verb, operation) for verb, operation in operations]
        reasons, writes = [], []
        for each in prepared:  # In this order: what can't be computed is told before a later condition is looked at.
            reasons.append(each.reason())
            if reasons[-1]["Code"] == "None":
                writes.append(each.write())
        check_none(reasons)
        for write in writes:
            write()
        if token:
            self._tokens[token] = (now, json.dumps(operations))
        return {}

    def _check_token(self, token: str, said: str) -> None:
        if self._tokens[token][1] != said:
            raise error_of("TransactWriteItems", "IdempotentParameterMismatchException", "Another request's token")

    def _check_transaction(self, operations: list[tuple[str, Request]]) -> None:
        if not 1 <= len(operations) <= MOST_IN_TRANSACTION:
            raise InvalidExpression("Member must have length less than or equal to 100")
        keys = [(each["TableName"], key_of(each.get("Key") or each["Item"])) for _, each in operations]
        if len(keys) != len(set(keys)):
            raise InvalidExpression("Transaction request cannot include multiple operations on one item")

    def _prepared(self, verb: str, request: Request) -> "_Prepared":
        table = self._tables[request["TableName"]]
        key = key_of(request.get("Key") or request["Item"])
        shared = _shared(request)
        prepared = _Prepared(
            verb,
            request,
            table.get(key),
            shared.condition(request.get("ConditionExpression")),
            shared.update(request["UpdateExpression"]) if "UpdateExpression" in request else dict,
            lambda new: table.put(key, new),
        )
        shared.check_all_used()
        return prepared


@dataclass
class _Prepared:
    """An operation that is understood, and not done yet."""

    verb: str
    request: Request
    old: Item | None
    condition: Callable[[Item], bool]
    update: Callable[[Item], Item]
    put: Callable[[Item | None], None]
    new: Item | None = None

    def reason(self) -> Request:
        """Why a transaction can't do it, in DynamoDB's words."""
        if self.condition(self.old or {}):
            return {"Code": "None"}
        shown = self.old and self.request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        old = {"Item": self.old} if shown else {}
        return {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", **old}

    def write(self) -> Write:
        """What does it; the new item is there by then."""
        match self.verb:
            case "ConditionCheck":
                return lambda: None
            case "Put":
                self.new = dict(self.request["Item"])
            case "Update":
                self.new = self.update(self.old or dict(self.request["Key"]))
        if self.new is not None and size(self.new) > MOST_IN_ITEM:
            raise InvalidExpression("Item size has exceeded the maximum allowed size")
        return lambda: self.put(self.new)


def check_none(reasons: list[Request], operation: str = "TransactWriteItems") -> None:
    """Cancel a transaction that there is a reason against."""
    if any(reason["Code"] != "None" for reason in reasons):
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        raise error_of(operation, "TransactionCanceledException", message, CancellationReasons=reasons)


@contextmanager
def told_as_errors(operation: str) -> Iterator[None]:
    """What DynamoDB refuses, as botocore raises it."""
    try:
        yield
    except InvalidExpression as error:
        raise error_of(operation, "ValidationException", str(error)) from error
    except Refused as error:
        old = {"Item": error.item} if error.item else {}
        raise error_of(operation, "ConditionalCheckFailedException", "The conditional request failed", **old) from error


def _shared(request: Request) -> Expressions:
    return Expressions(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))


def _units(*items: Item) -> float:
    """Read units of what one operation reads, strongly consistent."""
    return float(max(1, math.ceil(sum(map(size, items)) / READ_UNIT)))


def key_of(attributes: Item) -> Key:
    """The key of an item, or of what names one."""
    return attributes["PK"]["S"], attributes["SK"]["S"]


def error_of(operation: str, code: str, message: str, **more: Any) -> ClientError:
    """An error of DynamoDB's, as botocore raises it."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "Message": message,
        **more,
    }
    return ClientError(answer, operation)
