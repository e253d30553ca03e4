"""DynamoDB in memory, as isolated as AWS says that it is, and no more: each item's part of a call is a step.

By the DynamoDB Developer Guide ("Isolation levels for transactions", "Transaction conflict handling") and Idziorek and
others ("Distributed Transactions at Scale in Amazon DynamoDB", ATC 2023):

- A transaction *prepares* its items, one by one, in any order: one whose condition holds is locked. When all are, it
  *commits* them, one by one, in any order; else it lets go of those that it has. It answers when that is done.
- A write, or a transaction that reads, is turned away from a locked item. Another read sees what was committed last,
  locked or not.
- A batch is done item by item, in any order; a query reads its items one after the other.
- A request that carries the token of another one is the same: refused while that is under way, and done once.

What is not here: that calls take time, pages of 1 MB, and full or busy partitions (see ``strict.py``).
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from support.expressions import InvalidExpression
from support.interleaving import NOTHING, Ended, Footprint, Interleaving, Resource
from support.memory import Changed, Key, MemoryDynamoDB, Refused, Request, check_none, error_of, key_of, told_as_errors

type Faults = Mapping[tuple[str, int], Fault]
type Wanted = tuple[str, Footprint, Callable[[], Any]]

FREE = {"Code": "None"}
CONFLICT = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}


class Fault(Enum):
    """What can go wrong with a call."""

    LOST_ANSWER = "done, and nobody hears of it"
    LATE_REQUEST = "done at some time after the one who asked has given up"
    KILLED = "never sent: the one who asks goes no further"
    KILLED_WAITING = "done at some time: the one who asked goes no further"


class Killed(BaseException):
    """The function ends here."""


class ItemByItem(MemoryDynamoDB):
    """The engine in memory for the actors of an interleaving; whoever else asks is answered at once.

    Whom others got in the way of asks once more for the same, so it is as if that had come later. Where
    ``most_conflicts`` is 0, it does come later, and nobody gets in the way of anybody; else an actor gives up when it
    happens to it more often: what follows is another order's matter.

    ``faults`` says what goes wrong with actors' calls, by how their names begin and the calls' number.
    """

    def __init__(self, most_conflicts: int = 0, faults: Faults | None = None) -> None:
        super().__init__(now=lambda: 0)
        self.turns = Interleaving()
        self.gave_up = False
        self.met = 0
        """How many faults, or conflicts."""
        self._faults = faults or {}
        self._most_conflicts = most_conflicts
        self._locked: dict[Key, object] = {}
        self._under_way: set[str] = set()

    def copy_of(self, other: MemoryDynamoDB, changed: Changed) -> None:
        """Hold what another holds, and tell of changes from now on."""
        for name, table in other._tables.items():
            partitions = {partition: dict(items) for partition, items in table.partitions.items()}
            self._tables[name] = replace(table, partitions=partitions, changed=changed)

    def _answer(self, operation: str, request: Request, answer: Callable[[Request], Request]) -> Request:
        self.meta.events.sent(operation, request)
        actor = self.turns.actor()
        if actor:
            actor.calls += 1
            for (name, number), fault in self._faults.items():
                if actor.name.startswith(name) and actor.calls == number:
                    self.met += 1
                    self._fail(fault, f"{actor.name}'s late call {number}", partial(answer, request))
        with told_as_errors(operation):
            return answer(request)

    def _fail(self, fault: Fault, name: str, answer: Callable[[], object]) -> None:
        def unheard() -> None:
            with suppress(ClientError, Refused):
                answer()

        match fault:
            case Fault.KILLED:
                raise Killed
            case Fault.LOST_ANSWER:
                unheard()
                raise ConnectionClosedError(endpoint_url="http://dynamodb")
            case Fault.LATE_REQUEST:
                self.turns.spawn(name, unheard)
                raise ReadTimeoutError(endpoint_url="http://dynamodb")
            case Fault.KILLED_WAITING:
                self.turns.spawn(name, unheard)
                raise Killed

    def _count_conflict(self, *, met: bool) -> None:
        actor = self.turns.actor()
        if not met or actor is None:
            return
        self.met += 1
        actor.conflicts += 1
        if actor.conflicts > self._most_conflicts and actor.calls:  # who is late has made no call itself
            self.gave_up = True
            raise Ended

    # ---- Reads

    def _get_item(self, request: Request) -> Request:
        answer: Request
        (answer,) = self.turns.take(_reading(request["Key"], partial(super()._get_item, request)))
        return answer

    def _batch_get_item(self, request: Request) -> Request:
        ((name, wanted),) = request["RequestItems"].items()
        table = self._tables[name]
        found = self.turns.take(*(_reading(key, partial(table.get, key_of(key))) for key in wanted["Keys"]))
        answer: Request = {"Responses": {name: [item for item in found if item is not None]}, "UnprocessedKeys": {}}
        if request.get("ReturnConsumedCapacity") == "TOTAL":
            answer["ConsumedCapacity"] = [{"TableName": name, "CapacityUnits": float(len(found))}]
        return answer

    def _get_together(self, request: Request) -> Request:
        keys = [each["Get"]["Key"] for each in request["TransactItems"]]
        get = super()._get_together

        def read() -> tuple[Request, list[Request]]:
            return get(request), [CONFLICT if key_of(key) in self._locked else FREE for key in keys]

        items = frozenset(each for key in keys for each in _item("item", key))
        locks = frozenset(each for key in keys for each in _item("lock", key))
        footprint = Footprint(reads=items | locks, needs=self._needed(locks))
        answer: Request
        ((answer, reasons),) = self.turns.take((f"reads together {', '.join(map(_named, keys))}", footprint, read))
        self._count_conflict(met=CONFLICT in reasons)
        check_none(reasons, "TransactGetItems")
        return answer

    def _query(self, request: Request) -> Request:
        if self.turns.actor() is None:
            return super()._query(request)
        (named,) = re.findall(r"\bPK = (:\w+)", request["KeyConditionExpression"])
        partition = request["ExpressionAttributeValues"][named].get("S", "nothing")
        footprint = Footprint(reads=frozenset({_partition(partition)}))
        most, start = request.get("Limit"), request.get("ExclusiveStartKey")
        whole: Request = {"Count": 0, "ScannedCount": 0, "Items": []}
        while most is None or whole["ScannedCount"] < most:
            one = {**request, "Limit": 1, **({"ExclusiveStartKey": start} if start else {})}
            says = f"queries {partition} after {start['SK']['S'] if start else 'its start'}"
            (page,) = self.turns.take((says, footprint, partial(super()._query, one)))
            whole["Items"] += page.get("Items", [])
            whole |= {name: whole[name] + page[name] for name in ("Count", "ScannedCount")}
            whole["ConsumedCapacity"] = page.get("ConsumedCapacity")
            start = page.get("LastEvaluatedKey")
            if start is None:
                return whole
        return {**whole, "LastEvaluatedKey": start}

    # ---- Writes

    def _write_alone(self, verb: str, request: Request) -> Request:
        key = request.get("Key") or request["Item"]
        do = super()._write_alone

        def write() -> Request | None:
            return None if key_of(key) in self._locked else do(verb, request)

        answer: Request | None
        (answer,) = self.turns.take(self._writing(f"{verb.lower()}s", key, write))
        self._count_conflict(met=answer is None)
        if answer is None:
            raise error_of(f"{verb}Item", "TransactionConflictException", CONFLICT["Message"])
        return answer

    def _batch_write_item(self, request: Request) -> Request:
        ((name, writes),) = request["RequestItems"].items()

        def write(key: Any, item: Any) -> bool:
            if key_of(key) in self._locked:
                return False
            self._tables[name].put(key_of(key), item)
            return True

        steps = []
        for each in writes:
            ((verb, entry),) = each.items()
            key, item = entry.get("Key") or entry["Item"], entry.get("Item")
            says = f"{verb.removesuffix('Request').lower()}s"
            steps.append(self._writing(says, key, partial(write, key, item)))
        done = self.turns.take(*steps)
        left = [each for each, is_done in zip(writes, done, strict=True) if not is_done]
        self._count_conflict(met=bool(left))
        return {"UnprocessedItems": {name: left} if left else {}}

    # ---- Transactions

    def _transact(self, request: Request) -> Request:
        if self.turns.actor() is None:
            return super()._transact(request)
        operations = [pair for each in request["TransactItems"] for pair in each.items()]
        self._check_transaction(operations)
        token, said = request.get("ClientRequestToken", ""), json.dumps(operations)
        of_token = Footprint(writes=frozenset({("token", token)}) if token else NOTHING)
        (state,) = self.turns.take((f"begins {token}", of_token, partial(self._begin, token, said)))
        if state == "under way":
            self._count_conflict(met=True)
            raise error_of("TransactWriteItems", "TransactionInProgressException", "The transaction is in progress")
        if state == "done":
            return {}
        writes: dict[Key, Callable[[], None]] = {}
        keys = [each.get("Key") or each["Item"] for _, each in operations]
        reasons = self.turns.take(
            *(
                self._locking(
                    f"prepares {verb.lower()} of", key, partial(self._prepare, verb, each, writes), reads=True
                )
                for (verb, each), key in zip(operations, keys, strict=True)
            )
        )
        done = all(reason == FREE for reason in reasons)
        ends = [
            self._locking(
                "commits" if done else "lets go of",
                key,
                partial(self._end, key_of(key), writes[key_of(key)] if done else None),
                writes=done and verb != "ConditionCheck",
            )
            for (verb, _), key in zip(operations, keys, strict=True)
            if key_of(key) in writes
        ]
        self.turns.take(*ends)
        self.turns.take((f"ends {token}", of_token, partial(self._forget, token, said if done else None)))
        self._count_conflict(met=CONFLICT in reasons)
        check_none(reasons)
        return {}

    def _begin(self, token: str, said: str) -> str:
        if token in self._under_way:
            return "under way"
        if token in self._tokens:
            self._check_token(token, said)
            return "done"
        if token:
            self._under_way.add(token)
        return "new"

    def _forget(self, token: str, done: str | None) -> None:
        self._under_way.discard(token)
        if token and done:
            self._tokens[token] = 0, done

    def _prepare(self, verb: str, operation: Request, writes: dict[Key, Callable[[], None]]) -> Request:
        key = key_of(operation.get("Key") or operation["Item"])
        if key in self._locked:
            return CONFLICT
        try:
            prepared = self._prepared(verb, operation)
            reason = prepared.reason()
            write = prepared.write() if reason == FREE else None
        except InvalidExpression as error:
            return {"Code": "ValidationError", "Message": str(error)}
        if write:
            writes[key] = write
            self._locked[key] = writes
            self.turns.hold(("lock", *key))
        return reason

    def _end(self, key: Key, write: Callable[[], None] | None) -> None:
        del self._locked[key]
        self.turns.let_go(("lock", *key))
        if write:
            write()

    # ---- What steps look at and change

    def _needed(self, locks: frozenset[Resource]) -> frozenset[Resource]:
        return NOTHING if self._most_conflicts else locks

    def _writing(self, says: str, key: Any, body: Callable[[], Any]) -> Wanted:
        item, lock = _item("item", key), _item("lock", key)
        entered = frozenset({_partition(key["PK"]["S"])})
        return f"{says} {_named(key)}", Footprint(lock, item, entered, self._needed(lock)), body

    def _locking(
        self, says: str, key: Any, body: Callable[[], Any], *, reads: bool = False, writes: bool = False
    ) -> Wanted:
        item, lock = _item("item", key), _item("lock", key)
        footprint = Footprint(
            reads=item if reads else NOTHING,
            writes=lock | item if writes else lock,
            enters=frozenset({_partition(key["PK"]["S"])}) if writes else NOTHING,
            needs=self._needed(lock) if reads else NOTHING,
        )
        return f"{says} {_named(key)}", footprint, body


def _item(kind: str, key: Any) -> frozenset[Resource]:
    return frozenset({(kind, *key_of(key))})


def _partition(partition: str) -> Resource:
    return "partition", partition


def _named(key: Any) -> str:
    return "/".join(key_of(key))


def _reading(key: Any, body: Callable[[], Any]) -> Wanted:
    return f"reads {_named(key)}", Footprint(reads=_item("item", key)), body
