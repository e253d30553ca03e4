"""The service in small scenarios in which one call fails, every call in every way, under every order that can matter.

At length where ``SCHEDULES`` is in the environment: with scenarios of which there are thousands of orders.
"""

import os
from collections.abc import Callable
from dataclasses import replace as replaced
from itertools import count
from typing import Any, NamedTuple

import pytest

from campaigns.store.clones import CloneStore
from store.test_simulation import SMALL
from support.isolation import Fault
from support.orders import Tried, Wrong, explore, replay


class Failing(NamedTuple):
    """Who fails, by how their names begin; in a scenario."""

    scenario: str
    actor: str
    faults: tuple[Fault, ...] = tuple(Fault)


BRIEF = (Fault.LOST_ANSWER, Fault.KILLED)
"""After which nothing is under way, so that there are few orders."""
FAILING = [
    Failing("add, remove", "a"),
    Failing("add, remove", "b"),
    Failing("add, remove", "keep_memberships"),
    Failing("add, delete", "b"),
    Failing("add, delete", "publish_events"),
    Failing("creations with one key", "a"),
    Failing("clone, clone", "a"),
    Failing("delete, deleted", "a"),
    Failing("delete, deleted", "announcement", BRIEF),
    Failing("delete, deleted", "publish_events"),
    Failing("delete, deleted", "keep_memberships"),
    Failing("add, deleted", "announcement", BRIEF),
    Failing("add, deleted", "keep_memberships", BRIEF),
]
AT_LENGTH = [
    Failing("add, deleted", "a"),
    Failing("add, deleted", "announcement"),
    Failing("add, deleted", "keep_memberships"),
    Failing("delete, deleted", "announcement"),
    Failing("large clones with one key", "a"),
    Failing("large clone, deleted", "a"),
    Failing("large clone, deleted", "announcement"),
    Failing("large clone, deleted", "keep_memberships"),
]


def at_every_call(failing: Failing, fault: Fault) -> list[Tried]:
    """Let each of an actor's calls fail, in every order."""
    tried = []
    for number in count(1):
        tried.append(explore(replaced(SMALL[failing.scenario], faults={(failing.actor, number): fault})))
        if not tried[-1].met:
            return tried[:-1]
    raise AssertionError("count() does not end")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("failing", "fault"),
    [
        pytest.param(each, fault, id=f"{each.scenario}: {each.actor}, {fault.name}")
        for each in FAILING + (AT_LENGTH if "SCHEDULES" in os.environ else [])
        for fault in each.faults
    ],
)
def test_no_failing_call_breaks_a_promise(
    failing: Failing, fault: Fault, record_property: Callable[[str, object], None]
) -> None:
    tried = at_every_call(failing, fault)
    record_property("schedules with faults explored", sum(each.orders for each in tried))
    assert tried
    assert all(each.ended for each in tried)


def test_a_batch_that_arrives_late_would_put_back_a_membership(monkeypatch: pytest.MonkeyPatch) -> None:
    in_transactions = CloneStore._write_all

    def in_batches(self: CloneStore, operations: Any) -> None:
        several = list(operations)
        self._table.put_all(each["Put"]["Item"] for each in several if "Put" in each)
        in_transactions(self, [each for each in several if "Put" not in each])

    monkeypatch.setattr(CloneStore, "_write_all", in_batches)
    late = replaced(SMALL["large clone, deleted"], faults={("a", 2): Fault.LATE_REQUEST})
    with pytest.raises(Wrong, match="has a membership of sequence 'x', does not hold it") as caught:
        explore(late)
    assert replay(late, caught.value.schedule) == caught.value.wrongs
