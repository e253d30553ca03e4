"""What AWS would bill for the calls of a client, by the rules of its documentation.

No emulator counts like AWS: DynamoDB Local says 4 units for every transaction. So the calls are watched, the items that
they write are looked at before and after, and the units follow from the sizes:

- a strongly consistent read takes a unit for each 4 KB; a query for the sum of what it read, a batch for each item;
- in a transaction that reads, each item takes two units for each 4 KB;
- a write takes a unit for each KB of the larger of the old and the new item, twice as many in a transaction, in which a
  condition check counts as a write;
- an index takes a write where its entry comes, goes or changes, and two where it moves; once, also in a transaction.

Sources: "Capacity unit consumption", "DynamoDB item sizes and formats", "Local secondary indexes" and "DynamoDB
transactions" in the Amazon DynamoDB Developer Guide.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from campaigns.store.table import Table
from local.dynamodb import table_request
from tools.capacity import size

type Attributes = dict[str, Any]

READ_UNIT, WRITE_UNIT = 4096, 1024
_WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


@dataclass
class Bill:
    """What the calls so far have cost."""

    trips: int = 0
    read: int = 0
    write: int = 0
    index_writes: int = 0
    """Those of ``write`` that the indexes took."""
    sizes: list[int] = field(default_factory=list)
    """Of the items that were written, in bytes."""


class _Meter:
    """Watches one client's calls to one table."""

    def __init__(self, table: Table) -> None:
        request = table_request(table.name)
        self._table = table
        self._indexes = {
            index["IndexName"]: (
                index["KeySchema"][1]["AttributeName"],
                ["PK", "SK", *index["Projection"].get("NonKeyAttributes", [])],
            )
            for index in request["LocalSecondaryIndexes"]
        }
        self._request: Attributes = {}
        self._before: list[tuple[str, Attributes, Attributes | None]] = []
        self._looking = False
        self.bill = Bill()

    def sent(self, params: Attributes, model: Any, **_: Any) -> None:
        """Look at what a request is about to write."""
        if self._looking:
            return
        self.bill.trips += 1
        self._request = params
        self._before = [(verb, key, self._look(key)) for verb, key in self._written(model.name, params)]

    def answered(self, parsed: Attributes, model: Any, **_: Any) -> None:
        """Count what a request has cost, refused or not."""
        if self._looking:
            return
        factor = 2 if model.name == "TransactWriteItems" else 1
        for verb, key, before in self._before:
            after = before if verb == "ConditionCheck" else self._look(key)
            largest = max(size(item) for item in (before or {}, after or {}))
            written = max(1, math.ceil(largest / WRITE_UNIT))
            moved = sum(self._moved(name, before, after) for name in self._indexes)
            self.bill.write += factor * written + moved
            self.bill.index_writes += moved
            self.bill.sizes.append(largest)
        self.bill.read += self._read(model.name, parsed)

    def _written(self, operation: str, params: Attributes) -> Iterator[tuple[str, Attributes]]:
        if operation == "TransactWriteItems":
            named = [pair for each in params["TransactItems"] for pair in each.items()]
        elif operation == "BatchWriteItem":
            writes = [pair for each in params["RequestItems"][self._table.name] for pair in each.items()]
            named = [(verb.removesuffix("Request"), request) for verb, request in writes]
        elif operation in _WRITES:
            named = [(_WRITES[operation], params)]
        else:
            named = []
        for verb, each in named:
            whole = each.get("Key") or each["Item"]
            yield verb, {"PK": whole["PK"], "SK": whole["SK"]}

    def _look(self, key: Attributes) -> Attributes | None:
        self._looking = True
        try:
            answer: Any = self._table.client.get_item(TableName=self._table.name, Key=key, ConsistentRead=True)
        finally:
            self._looking = False
        item: Attributes | None = answer.get("Item")
        return item

    def _moved(self, index: str, before: Attributes | None, after: Attributes | None) -> int:
        old, new = self._entry(index, before), self._entry(index, after)
        if old == new:
            return 0
        both = [max(1, math.ceil(size(entry) / WRITE_UNIT)) for entry in (old, new) if entry is not None]
        sort_key = self._indexes[index][0]
        return max(both) if old and new and old[sort_key] == new[sort_key] else sum(both)

    def _entry(self, index: str, item: Attributes | None) -> Attributes | None:
        sort_key, projected = self._indexes[index]
        if item is None or sort_key not in item:
            return None
        return {name: item[name] for name in (sort_key, *projected) if name in item}

    def _read(self, operation: str, answer: Attributes) -> int:
        match operation:
            case "GetItem":
                return max(1, math.ceil(size(answer.get("Item", {})) / READ_UNIT))
            case "TransactGetItems":
                found = [each.get("Item", {}) for each in answer.get("Responses", [])]
                return 2 * sum(max(1, math.ceil(size(item) / READ_UNIT)) for item in found)
            case "BatchGetItem":
                wanted = len(self._request["RequestItems"][self._table.name]["Keys"])
                found = answer["Responses"].get(self._table.name, [])
                return wanted - len(found) + sum(max(1, math.ceil(size(item) / READ_UNIT)) for item in found)
            case "Query" if "FilterExpression" in self._request or self._request.get("Select") == "COUNT":
                # What was read and not answered only the database knows; DynamoDB Local counts queries as AWS does.
                return int(answer["ConsumedCapacity"]["CapacityUnits"])
            case "Query":
                return self._read_by_query(answer["Items"])
        return 0

    def _read_by_query(self, items: list[Attributes]) -> int:
        """Where what was read is what is answered. Of an index, whole items are fetched one by one."""
        index = self._request.get("IndexName")
        if index is None:
            return max(1, math.ceil(sum(map(size, items)) / READ_UNIT))
        entries = [self._entry(index, item) or {} for item in items]
        fetched = [item for item in items if self._request.get("Select") == "ALL_ATTRIBUTES"]
        return max(1, math.ceil(sum(map(size, entries)) / READ_UNIT)) + sum(
            max(1, math.ceil(size(item) / READ_UNIT)) for item in fetched
        )


@contextmanager
def billed(table: Table) -> Iterator[Bill]:
    """What AWS would bill for the calls to ``table`` inside."""
    meter = _Meter(table)
    events = table.client.meta.events
    events.register("provide-client-params.dynamodb", meter.sent)
    events.register("after-call.dynamodb", meter.answered)
    try:
        yield meter.bill
    finally:
        events.unregister("provide-client-params.dynamodb", meter.sent)
        events.unregister("after-call.dynamodb", meter.answered)
