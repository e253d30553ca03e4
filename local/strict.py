"""DynamoDB's rules that emulators forget, in front of one of them.

What a client on AWS must reckon with and DynamoDB Local, MiniStack and moto never show, by the words of the Amazon
DynamoDB Developer Guide and API reference:

- *Conflicts* ("Transaction conflict handling"). A transaction is cancelled where another write in flight names one of
  its items, condition checks included; a lone write is refused where a transaction in flight names its item; a
  transaction that reads is cancelled where a write is in flight, or comes meanwhile. Other reads are never refused.
- *Pages*. A query reads 1 MB before it filters. Where it fetches whole items for an index, each counts 4 KB at least
  ("Local secondary indexes"). A page may be shorter than it could be, and empty where nothing passes the filter.
- *Batches*. A part of a batch may be handed back; a batch that reads answers 16 MB at most.
- *Partitions*. One that is asked for more units a second than it has turns requests away. One that is full, in a table
  with local indexes, takes no more, except deletions.

Units are counted from what requests and answers hold; so an update counts as what it sets, and items that a filter
drops count for nothing: AWS may throttle earlier, never later. A partition's size is that of its items alone.

Every table here has the keys ``PK`` and ``SK``.
"""

import asyncio
import json
import math
import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from local.wire import error
from tools.capacity import size

type Request = dict[str, Any]
type Ask = Callable[[str, Request], Awaitable[Any]]
"""Asks the emulator, by the name of an operation; raises what is no success."""
type Handle = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]
"""Lets the emulator handle a request: an operation and a body; the status and the body of the answer."""
type Item = tuple[str, str, str]
"""Table, partition and sort key."""
type Entry = tuple[str, Any]
"""What a batch has of a table: a key, or a write."""

MEGABYTE = 1_048_576
READ_UNIT, WRITE_UNIT = 4096, 1024


@dataclass(frozen=True)
class Rules:
    """How strict. Conflicts, and what a page or a batch may hold, are as on AWS unless told otherwise."""

    page_bytes: int = MEGABYTE
    batch_bytes: int = 16 * MEGABYTE
    short: float = 0
    """The share of queries that get a short page, and of batches of which a part is handed back."""
    partition_bytes: int | None = None
    """AWS: 10 GB."""
    reads_per_second: float | None = None
    """Of one partition. AWS: 3,000."""
    writes_per_second: float | None = None
    """Of one partition. AWS: 1,000."""
    transaction_seconds: float = 0.01
    """How long a transaction takes at least, at an endpoint."""
    seed: int = 0


class Refused(Exception):
    """An error of DynamoDB's: its name, and the content of the answer."""

    def __init__(self, name: str, message: str, **more: Any) -> None:
        super().__init__(name)
        self.name = name
        self.content = error(name, message, **more)


class _Kind(Enum):
    """Of the requests that conflicts are about."""

    TRANSACTION = auto()
    WRITE = auto()
    READ = auto()
    """A transaction that reads."""


_YIELDS_TO = {
    _Kind.TRANSACTION: {_Kind.TRANSACTION, _Kind.WRITE},
    _Kind.WRITE: {_Kind.TRANSACTION},
    _Kind.READ: {_Kind.TRANSACTION, _Kind.WRITE},
}


@dataclass(eq=False)
class _Flight:
    """A request in flight; ``met`` are those of its items that it had to yield for."""

    kind: _Kind
    met: set[Item] = field(default_factory=set)


class _Flights:
    """The requests in flight, by the items that they name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at: dict[Item, list[_Flight]] = defaultdict(list)

    @contextmanager
    def naming(self, kind: _Kind, items: Sequence[Item]) -> Iterator[_Flight]:
        """A request that names ``items`` is in flight, unless it has met others: then it must not be sent."""
        flight = _Flight(kind)
        with self._lock:
            flight.met = {item for item in items if any(each.kind in _YIELDS_TO[kind] for each in self._at[item])}
            named = [] if flight.met else items
            for item in named:
                for each in self._at[item]:
                    if kind in _YIELDS_TO[each.kind]:
                        each.met.add(item)
                self._at[item].append(flight)
        try:
            yield flight
        finally:
            with self._lock:
                for item in named:
                    self._at[item].remove(flight)
                    if not self._at[item]:
                        del self._at[item]


class _Rate:
    """What each partition has used of its units a second, less what time has given back."""

    def __init__(self, per_second: float | None, now: Callable[[], float]) -> None:
        self._per_second = per_second
        self._now = now
        self._used: dict[str, tuple[float, float]] = {}

    def is_over(self, partition: str) -> bool:
        return self._per_second is not None and self._of(partition) >= self._per_second

    def use(self, partition: str, units: float) -> None:
        if self._per_second is not None:
            self._used[partition] = (self._of(partition) + units, self._now())

    def _of(self, partition: str) -> float:
        used, at = self._used.get(partition, (0.0, 0.0))
        return max(0.0, used - (self._now() - at) * (self._per_second or 0))


class Strict:
    """The rules, and what must be remembered to keep them. Requests may come from many threads, or from one loop."""

    def __init__(self, rules: Rules, now: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._dice = random.Random(rules.seed)  # noqa: S311 - wanted to be repeatable
        self._flights = _Flights()
        self._reads = _Rate(rules.reads_per_second, now)
        self._writes = _Rate(rules.writes_per_second, now)
        self.met: Counter[str] = Counter()
        """How often each rule was applied."""

    async def answer(self, operation: str, request: Request, ask: Ask, look: Ask) -> Any:
        """What AWS would answer, by way of ``ask``; what AWS would not ask is asked by ``look``.

        Raises:
            Refused: AWS would refuse it.
        """
        match operation:
            case "PutItem" | "UpdateItem" | "DeleteItem":
                answer = await self._write(operation, request, ask, look)
            case "TransactWriteItems":
                answer = await self._transact(request, ask, look)
            case "TransactGetItems":
                answer = await self._read_together(request, ask)
            case "BatchGetItem" | "BatchWriteItem":
                answer = await self._batch(operation, request, ask)
            case "Query" | "Scan":
                answer = await self._page(operation, request, ask, look)
            case "GetItem":
                answer = await self._get(request, ask)
            case _:
                answer = await ask(operation, request)
        return answer

    # ---- Writes

    async def _write(self, operation: str, request: Request, ask: Ask, look: Ask) -> Any:
        item = _item(request["TableName"], request)
        if self._writes.is_over(item[1]):
            raise self._throttled()
        if operation != "DeleteItem" and await self._is_full(item, look):
            self.met["full partition"] += 1
            raise Refused("ItemCollectionSizeLimitExceededException", "Item collection size limit exceeded.")
        with self._flights.naming(_Kind.WRITE, [item]) as flight:
            if flight.met:
                self.met["conflict"] += 1
                raise Refused("TransactionConflictException", "Transaction is ongoing for the item")
            self._writes.use(item[1], _units_of_write(request))
            return await ask(operation, request)

    async def _transact(self, request: Request, ask: Ask, look: Ask) -> Any:
        operations = [(verb, each) for named in request["TransactItems"] for verb, each in named.items()]
        items = [_item(each["TableName"], each) for _, each in operations]
        full = {
            item
            for item, (verb, _) in zip(items, operations, strict=True)
            if verb in {"Put", "Update"} and await self._is_full(item, look)
        }
        self._cancel(items, full, "full partition", "ItemCollectionSizeLimitExceeded")
        self._cancel(items, {item for item in items if self._writes.is_over(item[1])}, "throttling", "ThrottlingError")
        with self._flights.naming(_Kind.TRANSACTION, items) as flight:
            self._cancel(items, flight.met, "conflict", "TransactionConflict")
            for item, (_, each) in zip(items, operations, strict=True):
                self._writes.use(item[1], 2 * _units_of_write(each))
            return await ask("TransactWriteItems", request)

    async def _read_together(self, request: Request, ask: Ask) -> Any:
        items = [_item(each["Get"]["TableName"], each["Get"]) for each in request["TransactItems"]]
        with self._flights.naming(_Kind.READ, items) as flight:
            self._cancel(items, flight.met, "conflict", "TransactionConflict")
            found = await ask("TransactGetItems", request)
            self._cancel(items, flight.met, "conflict", "TransactionConflict")
            return found

    def _cancel(self, items: list[Item], blamed: set[Item], rule: str, code: str) -> None:
        if not blamed:
            return
        self.met[rule] += 1
        reasons = [{"Code": code, "Message": rule} if item in blamed else {"Code": "None"} for item in items]
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        raise Refused("TransactionCanceledException", message, CancellationReasons=reasons)

    async def _is_full(self, item: Item, look: Ask) -> bool:
        if self._rules.partition_bytes is None:
            return False
        held, request = 0, _of_partition(item)
        while True:
            found = await look("Query", request)
            held += sum(map(size, found["Items"]))
            if "LastEvaluatedKey" not in found or held >= self._rules.partition_bytes:
                return held >= self._rules.partition_bytes
            request = {**request, "ExclusiveStartKey": found["LastEvaluatedKey"]}

    def _throttled(self) -> Refused:
        self.met["throttling"] += 1
        return Refused("ThrottlingException", "Throughput exceeds the current capacity of your table or index.")

    # ---- Reads

    async def _get(self, request: Request, ask: Ask) -> Any:
        partition = request["Key"]["PK"]["S"]
        if self._reads.is_over(partition):
            raise self._throttled()
        found = await ask("GetItem", request)
        self._reads.use(partition, _read_units(size(found.get("Item", {}))))
        return found

    async def _page(self, operation: str, request: Request, ask: Ask, look: Ask) -> Any:
        partition = _partition_of(request)
        if partition and self._reads.is_over(partition):
            raise self._throttled()
        most = await self._most_read(operation, request, look)
        if most is not None:
            request = {**request, "Limit": min(most, request.get("Limit", most))}
        found = await ask(operation, request)
        if partition:
            self._reads.use(partition, _read_units(sum(map(size, found.get("Items", [])))))
        return found

    async def _most_read(self, operation: str, request: Request, look: Ask) -> int | None:
        """How many items the page may read; None where nothing but its own limit ends it."""
        if self._dice.random() < self._rules.short:
            self.met["short page"] += 1
            return self._dice.randint(1, 3)
        fetches = "IndexName" in request and request.get("Select") == "ALL_ATTRIBUTES"
        if "FilterExpression" not in request and not fetches and self._rules.page_bytes >= MEGABYTE:
            return None  # There, emulators are as strict.
        # What would be read is what is answered without the filter; so much of it goes into the page.
        unfiltered = await look(operation, _unfiltered(request))
        read = 0
        for number, item in enumerate(unfiltered["Items"]):
            read += _read_units(size(item)) * READ_UNIT if fetches else size(item)
            if number and read > self._rules.page_bytes:
                self.met["full page"] += 1
                return number
        return len(unfiltered["Items"]) if "LastEvaluatedKey" in unfiltered else None

    # ---- Batches

    async def _batch(self, operation: str, request: Request, ask: Ask) -> Any:
        reads = operation == "BatchGetItem"
        wanted: list[Entry] = [
            (table, each)
            for table, entries in request["RequestItems"].items()
            for each in (entries["Keys"] if reads else entries)
        ]
        taken, left = self._parted(wanted, self._reads if reads else self._writes)
        with ExitStack() as flying:
            if not reads:
                free = [entry for entry in taken if self._may_fly(entry, flying)]
                left += [entry for entry in taken if entry not in free]
                taken = free
            if not taken:
                raise self._throttled()
            found = await ask(operation, {**request, "RequestItems": _request_items(request, taken)})
        again = "UnprocessedKeys" if reads else "UnprocessedItems"
        for table, entries in found.get(again, {}).items():
            left += [(table, each) for each in (entries["Keys"] if reads else entries)]
        if reads:
            left += self._beyond_the_answer(found)
        return {**found, again: _request_items(request, left)}

    def _parted(self, wanted: list[Entry], rate: _Rate) -> tuple[list[Entry], list[Entry]]:
        """What is taken, and what is left: of partitions that are over their rate, and at random."""
        left = [entry for entry in wanted if rate.is_over(_item(*entry)[1])]
        taken = [entry for entry in wanted if entry not in left]
        if left:
            self.met["throttling"] += 1
        if len(taken) > 1 and self._dice.random() < self._rules.short:
            self.met["part of a batch"] += 1
            self._dice.shuffle(taken)
            cut = self._dice.randrange(1, len(taken))
            taken, left = taken[:cut], left + taken[cut:]
        for table, each in taken:
            rate.use(_item(table, each)[1], _units_of_write(each.get("PutRequest", {})) if rate is self._writes else 1)
        return taken, left

    def _may_fly(self, entry: Entry, flying: ExitStack) -> bool:
        flight = flying.enter_context(self._flights.naming(_Kind.WRITE, [_item(*entry)]))
        if flight.met:
            self.met["conflict"] += 1
        return not flight.met

    def _beyond_the_answer(self, found: Any) -> Iterator[Entry]:
        """Take out of an answer what is too much for it; whose keys those are."""
        room = self._rules.batch_bytes
        for table, items in found["Responses"].items():
            fitting = []
            for item in items:
                room -= size(item)
                if room >= 0:
                    fitting.append(item)
                else:
                    yield table, {"PK": item["PK"], "SK": item["SK"]}
            if len(fitting) < len(items):
                self.met["full batch"] += 1
            found["Responses"][table] = fitting


class _Failed(Exception):
    """The emulator's answer is no success."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class StrictEndpoint:
    """The rules for an endpoint that takes and gives DynamoDB's JSON, while ``use`` has been told some."""

    def __init__(self, rules: Rules | None) -> None:
        self._rules: Rules | None = None
        self.use(rules)

    def use(self, rules: Rules | None) -> Rules | None:
        """Keep to other rules from now on, or to none; the rules before."""
        before, self._rules = self._rules, rules
        self._strict = Strict(rules) if rules else None
        return before

    @property
    def met(self) -> Counter[str]:
        """How often each rule was applied since they are in use."""
        return self._strict.met if self._strict else Counter()

    async def answer(self, operation: str, body: bytes, handle: Handle) -> tuple[int, bytes]:
        """The status and body of the answer, by way of ``handle``."""
        rules, strict = self._rules, self._strict
        if rules is None or strict is None:
            return await handle(operation, body)

        async def ask(operation: str, request: Request) -> Any:
            if operation == "TransactWriteItems":
                await asyncio.sleep(rules.transaction_seconds)
            status, body = await handle(operation, json.dumps(request).encode())
            if status != HTTPStatus.OK:
                raise _Failed(status, body)
            return json.loads(body)

        try:
            return 200, json.dumps(await strict.answer(operation, json.loads(body), ask, ask)).encode()
        except Refused as refusal:
            return 400, json.dumps(refusal.content).encode()
        except _Failed as failed:
            return failed.status, failed.body


def _item(table: str, names: Request) -> Item:
    """The item that a request, or an entry of a batch, names."""
    for inner in ("PutRequest", "DeleteRequest"):
        names = names.get(inner, names)
    key = names.get("Key") or names.get("Item") or names
    return table, key["PK"]["S"], key["SK"]["S"]


def _read_units(size: int) -> int:
    return max(1, math.ceil(size / READ_UNIT))


def _units_of_write(request: Request) -> int:
    written = size(request.get("Item") or request.get("ExpressionAttributeValues", {}))
    return max(1, math.ceil(written / WRITE_UNIT))


def _of_partition(item: Item) -> Request:
    return {
        "TableName": item[0],
        "KeyConditionExpression": "PK = :partition",
        "ExpressionAttributeValues": {":partition": {"S": item[1]}},
        "ConsistentRead": True,
    }


def _partition_of(request: Request) -> str | None:
    """The partition that a query reads."""
    named = re.search(r"\bPK = (:\w+)", request.get("KeyConditionExpression", ""))
    return request["ExpressionAttributeValues"][named[1]]["S"] if named else None


def _unfiltered(request: Request) -> Request:
    """The same query, without what narrows its answer, and without the names and values that only this used."""
    left_out = {"FilterExpression", "ProjectionExpression", "Select"}
    whole = {name: value for name, value in request.items() if name not in left_out}
    if request.get("Select") == "ALL_ATTRIBUTES":
        whole["Select"] = "ALL_ATTRIBUTES"
    used = set(re.findall(r"[#:]\w+", request.get("KeyConditionExpression", "")))
    for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        kept = {each: value for each, value in whole.pop(name, {}).items() if each in used}
        if kept:
            whole[name] = kept
    return whole


def _request_items(request: Request, entries: list[Entry]) -> Request:
    """What a batch asks for, these entries only."""
    items: Request = {}
    for table, each in entries:
        asked_for = request["RequestItems"][table]
        if isinstance(asked_for, list):
            items.setdefault(table, []).append(each)
        else:
            items.setdefault(table, {**asked_for, "Keys": []})["Keys"].append(each)
    return items
