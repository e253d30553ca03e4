"""What finding takes by each way through the table: trips and read units, as DynamoDB Local counts them."""

from typing import Any

import pytest

from campaigns.domain.finding import Count
from campaigns.store.finding import CampaignFinder
from campaigns.store.searching import BUDGET
from campaigns.store.table import Table
from local.strict import Rules
from support.billing import billed
from support.engines import client_of, consumed_capacity, counted_calls, memory_client, new_table
from support.finding import COUNTS, LIMIT, LISTS, Metered, counting, items, listing
from support.strict import strict_client_of
from tools.capacity import FINDING

MANY, FEWER = 600, 250


@pytest.fixture(scope="module")
def table(endpoint: str) -> Table:
    """Behind AWS's rules, with a tenant for each number of campaigns."""
    made = new_table(client_of(endpoint))
    for count in (MANY, FEWER):
        made.put_all(items(f"has-{count}", range(count)))
    return Table(strict_client_of(endpoint, Rules()), made.name)


@pytest.fixture(scope="module")
def memory() -> Metered:
    """The same campaigns in this process."""
    made = new_table(memory_client())
    made.put_all(items(f"has-{MANY}", range(MANY)))
    return Metered(made.client, made.name)


@pytest.mark.parametrize("name", LISTS)
def test_a_page_takes_what_is_written_down(table: Table, name: str) -> None:
    asked = LISTS[name]
    with billed(table) as bill, consumed_capacity(table.client) as used:
        page = listing(CampaignFinder(table), f"has-{MANY}", asked)
    assert (bill.trips, used["read"], len(page.campaigns)) == (asked.trips, asked.units, asked.found)
    assert (page.next_cursor is not None) == asked.more
    assert bill.read == used["read"], "it is billed as DynamoDB counts it"
    assert used["read"] <= BUDGET


@pytest.mark.parametrize("name", [*LISTS, *COUNTS])
def test_the_engine_in_memory_counts_as_dynamodb_local_does(memory: Metered, name: str) -> None:
    """So that what more campaigns take can be counted there (bench/finding.py)."""
    kinds: list[Any] = [(LISTS, listing), (COUNTS, counting)]
    for known, find in kinds:
        if name in known:
            memory.units = 0
            with counted_calls(memory.client) as calls:
                find(CampaignFinder(memory), f"has-{MANY}", known[name])
            assert (len(calls), memory.units) == (known[name].trips, known[name].units)


@pytest.mark.parametrize("name", [name for name, asked in LISTS.items() if not asked.grows and "rare" not in name])
def test_a_page_takes_the_same_among_fewer(table: Table, name: str) -> None:
    asked = LISTS[name]
    with billed(table) as bill:
        listing(CampaignFinder(table), f"has-{FEWER}", asked)
    assert bill.trips == asked.trips
    assert asked.units - 4 <= bill.read <= asked.units


@pytest.mark.parametrize("name", [name for name, asked in LISTS.items() if {"status", "sort"} >= set(asked.parameters)])
def test_indexes_tell_without_reading(table: Table, name: str) -> None:
    """What a status, or an order, is asked for: two trips, and four units besides those of what is shown."""
    asked = LISTS[name]
    assert asked.trips <= {"two statuses": 4, "status, rare, by change": 4}.get(name, 2)
    assert asked.grows or asked.units <= LIMIT + 4


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_takes_what_is_written_down(table: Table, name: str) -> None:
    asked = COUNTS[name]
    with billed(table) as bill:
        count = counting(CampaignFinder(table), f"has-{MANY}", asked)
    assert (bill.trips, bill.read, count) == (asked.trips, asked.units, Count(asked.found, "exact"))


def test_the_page_on_costs_says_the_same() -> None:
    lists = {name: LISTS[f"{name}, common"].units for name in ("status", "label", "sequence")}
    lists["change"] = LISTS["by change"].units
    counts = {"status": COUNTS["status, common"].units, "label": COUNTS["label, rare"].units}
    said = {f"list by {name}": (units, 0) for name, units in lists.items()}
    assert said | {f"count by {name}": (units, 0) for name, units in counts.items()} == FINDING
