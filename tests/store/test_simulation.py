"""The service under every order of its steps, as far as orders can matter: all of small scenarios, some of large ones.

``SCHEDULES`` in the environment says how many orders of the large ones are tried.
"""

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from campaigns.runtime.logs import logger
from support.catalogue import deleted, named
from support.clients import TENANT, add, change, clone, create, delete, get, remove, replace, update
from support.exploration import Exploration
from support.interleaving import Step
from support.world import Scenario, World, start

SCHEDULES = int(os.environ.get("SCHEDULES", "100"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    level = logger.log_level
    logger.setLevel("ERROR")
    yield
    logger.setLevel(level)


class Wrong(AssertionError):
    """What is not as promised, after which steps."""

    def __init__(self, world: World, wrongs: list[str]) -> None:
        self.schedule = [taken.step.name for taken in world.turns.taken]
        self.wrongs = wrongs
        steps = [f"  {taken.step.says}" for taken in world.turns.taken]
        super().__init__("\n".join([*wrongs, "after", *steps, f"to replay: {self.schedule}"]))


class Tried(NamedTuple):
    """How many orders were run, and how many of them to the end."""

    orders: int
    ended: int
    faults: int


def explore(scenario: Scenario) -> Tried:
    """Try every order; Wrong at the first after which something is."""
    exploration, orders, ended, faults = Exploration(), 0, 0, 0
    while exploration.goes_on:
        world = World(scenario)
        with world.running():
            exploration.run(world.turns)
            orders += 1
            faults += world.dynamodb.met
            if world.turns.pending or world.dynamodb.gave_up:
                continue
            ended += 1
            if wrongs := world.wrongs():
                raise Wrong(world, wrongs)
    return Tried(orders, ended, faults)


def replay(scenario: Scenario, schedule: list[str]) -> list[str]:
    """What is wrong after these steps."""
    world, names = World(scenario), iter(schedule)

    def choose() -> Step | None:
        name = next(names, None)
        return None if name is None else world.turns.pending[name]

    with world.running():
        world.turns.run(choose)
        return world.wrongs()


GONE, RENAMED = deleted("x", at=2, tenant=TENANT), named("x", "New", at=2, tenant=TENANT)
AGAIN = named("x", "Again", at=3, tenant=TENANT)

SMALL: dict[str, Scenario] = {
    "add, deleted": Scenario(start(), {"a": [add("x")]}, [GONE]),
    "add, renamed": Scenario(start(), {"a": [add("x")]}, [RENAMED]),
    "add, add": Scenario(start(), {"a": [add("x")], "b": [add("x")]}),
    "add, add another": Scenario(start(), {"a": [add("x")], "b": [add("y")]}),
    "add, remove": Scenario(start("x"), {"a": [add("x")], "b": [remove("x")]}),
    "add, delete": Scenario(start(), {"a": [add("x")], "b": [delete()]}),
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
    "create, deleted": Scenario(start(), {"a": [create("x")]}, [GONE]),
    "update, add, get": Scenario(start(), {"a": [update("New")], "b": [add("x")], "c": [get()]}),
    "update, update": Scenario(start(), {"a": [update("A", 1)], "b": [update("B", 1)]}),
    "renamed, deleted": Scenario(start("x"), {"a": [get()]}, [RENAMED, GONE]),
}


@pytest.mark.parametrize("name", SMALL)
def test_no_order_of_a_small_scenario_breaks_a_promise(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    tried = explore(SMALL[name])
    print(name, tried)
    record_property("schedules explored", tried.orders)
