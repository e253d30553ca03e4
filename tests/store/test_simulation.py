"""The service in small scenarios, under every order of its steps, as far as orders can matter."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace as replaced
from typing import Any

import pytest

from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table, _Doubtful
from support.catalogue import deleted, named
from support.clients import TENANT, add, change, clone, create, delete, get, remove, replace, update
from support.isolation import Fault
from support.orders import Wrong, explore, replay
from support.world import Scenario, start

GONE, RENAMED = deleted("x", at=2, tenant=TENANT), named("x", "New", at=2, tenant=TENANT)
AGAIN = named("x", "Again", at=3, tenant=TENANT)

SMALL: dict[str, Scenario] = {
    "add, deleted": Scenario(start(), {"a": [add("x")]}, [GONE]),
    "add, renamed": Scenario(start(), {"a": [add("x")]}, [RENAMED]),
    "add, add": Scenario(start(), {"a": [add("x")], "b": [add("x")]}),
    "add, add another": Scenario(start(), {"a": [add("x")], "b": [add("y")]}),
    "add, remove": Scenario(start("x"), {"a": [add("x")], "b": [remove("x")]}),
    "add, delete": Scenario(start(), {"a": [add("x")], "b": [delete()]}),
    "add, delete, all told twice": Scenario(start(), {"a": [add("x")], "b": [delete()]}, deliveries=2),
    "add, remove, in each other's way": Scenario(start("x"), {"a": [add("x")], "b": [remove("x")]}, most_conflicts=1),
    "add, remove, delete": Scenario(start(), {"a": [add("x"), remove("x")], "b": [delete()]}),
    "deleted, announced again": Scenario(start("x"), {"a": [get()]}, [GONE, AGAIN]),
    "remove, renamed": Scenario(start("x"), {"a": [remove("x")]}, [RENAMED]),
    "remove and add, deleted": Scenario(start("x"), {"a": [remove("x"), add("x")]}, [GONE]),
    "delete, deleted": Scenario(start("x"), {"a": [delete()]}, [GONE]),
    "delete, renamed": Scenario(start("x"), {"a": [delete()]}, [RENAMED]),
    "bulk, deleted": Scenario(start("y"), {"a": [change(("x",), ("y",))]}, [GONE]),
    "bulk, add": Scenario(start("y"), {"a": [change(("x",), ("y",))], "b": [add("x")]}),
    "replace, renamed": Scenario(start("y"), {"a": [replace("x", "y")]}, [RENAMED]),
    "replace, remove, get": Scenario(start("y"), {"a": [replace("x")], "b": [remove("y")], "c": [get(), get()]}),
    "clone, deleted": Scenario(start("x"), {"a": [clone()]}, [GONE]),
    "clone, renamed": Scenario(start("x"), {"a": [clone()]}, [RENAMED]),
    "clone, clone": Scenario(start("x"), {"a": [clone("key")], "b": [clone("key")]}),
    "large clone, deleted": Scenario(start("x"), {"a": [clone()]}, [GONE], clones_are_large=True),
    "large clone, renamed": Scenario(start("x"), {"a": [clone()]}, [RENAMED], clones_are_large=True),
    "large clones with one key": Scenario(
        start("x"), {"a": [clone("key")], "b": [clone("key")]}, clones_are_large=True
    ),
    "creations with one key": Scenario(start(), {"a": [create("x")], "b": [create("x")]}),
    "creations with one key, listed": Scenario(start(), {"a": [create("x")], "b": [create("x", listed=True)]}),
    "creations with one key, in each other's way": Scenario(
        start(), {"a": [create("x")], "b": [create("x")]}, most_conflicts=1
    ),
    "create, deleted": Scenario(start(), {"a": [create("x")]}, [GONE]),
    "update, add, get": Scenario(start(), {"a": [update("New")], "b": [add("x")], "c": [get()]}),
    "update, update": Scenario(start(), {"a": [update("A", 1)], "b": [update("B", 1)]}),
    "renamed, deleted": Scenario(start("x"), {"a": [get()]}, [RENAMED, GONE]),
}


@pytest.mark.parametrize("name", sorted(SMALL))
def test_no_order_of_a_small_scenario_breaks_a_promise(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    tried = explore(SMALL[name])
    record_property("schedules explored", tried.orders)


# ---- Designs that break a promise


class WithoutToken(Table):
    """The repetition of a transaction is another one."""

    def _once(self, operation: str, request: dict[str, Any]) -> Any:
        if "ClientRequestToken" in request:
            request["ClientRequestToken"] = secrets.token_hex(16)
        return super()._once(operation, request)


class Hopeful(Table):
    """What nobody answered is taken for done."""

    def transact(self, operations: list[Any]) -> None:
        try:
            self._once("transact_write_items", {**self._request(operations)})
        except _Doubtful:
            return

    def _request(self, operations: list[Any]) -> dict[str, Any]:
        located = [{verb: {"TableName": self.name, **each}} for pair in operations for verb, each in pair.items()]
        return {"TransactItems": located, "ClientRequestToken": secrets.token_hex(16)}


class Blind(Table):
    """A transaction's changes are made without their conditions."""

    def transact(self, operations: list[Any]) -> None:
        for each in operations:
            for operation in each.values():
                if "UpdateExpression" in operation:
                    operation["ConditionExpression"] = "attribute_exists(PK)"
                    values = operation["ExpressionAttributeValues"]
                    values.pop(":seen", None)
        super().transact(operations)


class Hasty(Table):
    """What a transaction is committing is read as it is."""

    def get_settled(self, wanted: Iterable[Any]) -> list[Any]:
        return self.get_all(wanted)


class Narrow(Table):
    """Of what a transaction is committing, one item is waited for."""

    def get_settled(self, wanted: Iterable[Any]) -> list[Any]:
        waited_for = list(wanted)
        return [*super().get_settled(waited_for[:1]), *self.get_all(waited_for[1:])]


BROKEN: dict[str, tuple[type[Table], Scenario]] = {
    "1: a success is lost": (
        Hopeful,
        Scenario(start(), {"a": [add("x"), get()]}, faults={("a", 2): Fault.LATE_REQUEST}),
    ),
    "2: a repetition turns a success into a conflict": (
        WithoutToken,
        Scenario(start(), {"a": [add("x")]}, faults={("a", 2): Fault.LOST_ANSWER}),
    ),
    "3: two succeed": (Blind, SMALL["add, add"]),
    "4: nobody knows who deleted": (Hasty, SMALL["add, delete"]),
    "4: a campaign without memberships": (Hasty, SMALL["large clone, deleted"]),
    "1: a replay is ahead of what it answers": (Hasty, SMALL["creations with one key"]),
    "1: a replay is ahead of the lists": (Narrow, SMALL["creations with one key, listed"]),
}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_design_is_caught_and_its_schedule_replays(promise: str) -> None:
    kind, scenario = BROKEN[promise]
    broken = replaced(scenario, kind=kind)
    with pytest.raises(Wrong) as caught:
        explore(broken)
    assert replay(broken, caught.value.schedule) == caught.value.wrongs


@pytest.mark.parametrize("name", ["add, deleted", "add, renamed", "bulk, deleted", "clone, renamed", "create, deleted"])
def test_without_a_second_look_a_fan_out_misses_an_addition(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CatalogueStore, "look_again", lambda *_: None)
    with pytest.raises(Wrong, match=r"which the tenant does not have|instead of 'New'"):
        explore(SMALL[name])
