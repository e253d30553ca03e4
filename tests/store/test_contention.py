"""Clients that add one hot sequence to campaigns of their own at once, where condition checks get in each other's way.

In simulated time: a read takes 5 ms and a transaction 15, more or less by a half. ``pytest -s`` prints the table.
"""

import statistics
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pytest

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import Unavailable
from campaigns.domain.inputs import NewCampaign
from campaigns.runtime.deadline import DEFAULT_SECONDS, answer_within
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from local.strict import Rules
from support.catalogue import named
from support.engines import new_table
from support.simulation import Simulation, TakesTime
from support.stores import CampaignStore
from support.strict import strict_memory

type Answers = list[tuple[bool, float]]
"""Whether an addition was done, and the seconds that it took."""


class Figures(NamedTuple):
    """Of many additions, in milliseconds; ``unavailable`` is a share."""

    p50: float
    p99: float
    unavailable: float


def additions(count: int, seed: int, over: float = 0.0) -> Answers:
    """Add the sequence to ``count`` campaigns, all at once or evenly ``over`` seconds."""
    simulation = Simulation(seed)
    memory = TakesTime(simulation, call_seconds=0.005)
    table = new_table(strict_memory(Rules(), memory))
    store = CampaignStore(table)
    CatalogueStore(table).follow(named("hot", "Hot"))
    ids = [store.create("acme", NewCampaign(name=str(number))).id for number in range(count)]

    def add(campaign_id: str) -> tuple[bool, float]:
        began = simulation.now()
        done = True
        try:
            with answer_within(DEFAULT_SECONDS):
                store.add("acme", campaign_id, Kind.SEQUENCE, "hot")
        except Unavailable:
            done = False
        return done, simulation.now() - began

    memory.is_instant = False
    answers = simulation.run([partial(add, id_) for id_ in ids], over)
    memory.is_instant = True
    assert [store.get("acme", id_).holds(Kind.SEQUENCE, "hot") for id_ in ids] == [done for done, _ in answers]
    assert holders(table) == sum(done for done, _ in answers)
    return answers


def holders(table: Table) -> int:
    found = table.query(
        KeyConditionExpression="PK = :pk", ExpressionAttributeValues={":pk": {"S": "TENANT#acme#SEQUENCE#hot"}}
    )
    return len(list(found))


def figures(answers: Answers) -> Figures:
    times = sorted(1000 * seconds for _, seconds in answers)
    unavailable = sum(not done for done, _ in answers) / len(answers)
    return Figures(statistics.median(times), times[len(times) * 99 // 100], unavailable)


@pytest.mark.parametrize(
    ("at_once", "longest"), [(1, 50), (2, 250), (4, 600), (8, 1_000), (16, 1_500), (32, 2_500), (64, 4_000)]
)
def test_as_many_as_64_at_once_are_all_done(
    at_once: int, longest: float, record_property: Callable[[str, object], None]
) -> None:
    answers = [answer for seed in range(max(2, 128 // at_once)) for answer in additions(at_once, seed)]
    found = figures(answers)
    print(f"{at_once} at once: p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms, 503 {found.unavailable:.1%}")
    assert found.unavailable == 0
    assert found.p99 < longest
    record_property("additions of one hot sequence", len(answers))


@pytest.mark.parametrize(("per_second", "longest"), [(10, 50), (25, 50), (50, 4_000), (100, 8_000)])
def test_as_many_as_a_tenant_may_send_are_all_done(per_second: int, longest: float) -> None:
    """For four seconds; a hundred a second is a tenant's limit (docs/limits.md)."""
    found = figures(additions(4 * per_second, seed=1, over=4))
    print(f"{per_second} a second: p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms, 503 {found.unavailable:.1%}")
    assert found.unavailable == 0
    assert found.p99 < longest
