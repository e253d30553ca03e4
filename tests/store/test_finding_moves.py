"""A list while others write, between any two of its calls to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from campaigns.domain.finding import LIST_QUERY
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.store.table import Table
from support.clock import ticking
from support.engines import counted_calls, memory_client, new_table
from support.stores import CampaignStore
from support.strict import OFTEN_SHORT, strict_memory

STATUSES: list[Any] = ["draft", "active", "completed"]


@pytest.fixture(params=["memory", "strict"])
def table(request: pytest.FixtureRequest) -> Table:
    """The engines that take no time."""
    return new_table(memory_client() if request.param == "memory" else strict_memory(OFTEN_SHORT))


@contextmanager
def meanwhile(table: Table, at: int, happens: Callable[[], object]) -> Iterator[None]:
    """Before the call with this number, something happens."""
    calls = 0

    def count(**_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == at + 1:
            happens()

    table.client.meta.events.register("before-send.dynamodb", count)
    try:
        yield
    finally:
        table.client.meta.events.unregister("before-send.dynamodb", count)


def listed(store: CampaignStore, query: dict[str, str], limit: int) -> list[str]:
    ids, cursor = list[str](), None
    while True:
        page = store.list("acme", limit, cursor, LIST_QUERY.parse(query).query)
        ids += [each.id for each in page.campaigns]
        cursor = page.next_cursor
        if cursor is None:
            return ids


def mixed(table: Table, count: int) -> tuple[CampaignStore, list[str]]:
    """Campaigns whose statuses take turns, some of them archived; in the order of their creation."""
    store = CampaignStore(table, ticking)
    ids = []
    for number in range(count):
        ids.append(store.create("acme", NewCampaign(name=str(number))).id)
        patch = CampaignPatch(status=STATUSES[number % 3], **({"archived": True} if number % 5 == 4 else {}))
        store.update("acme", ids[-1], patch, None)
    return store, ids


@pytest.mark.parametrize("sort", ["createdAt", "-createdAt"])
@pytest.mark.parametrize("limit", [2, 20])
@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("draft,active", "active"),
        ("draft,active", "draft"),
        ("draft,completed", "draft"),
        ("active,completed", "active"),
    ],
)
def test_what_goes_over_between_the_statuses_asked_for_is_listed_exactly_once(
    table: Table, sort: str, limit: int, asked: str, goes_to: Any
) -> None:
    """Whenever it goes, and either way."""
    store, ids = mixed(table, 9)
    query = {"status": asked, "sort": sort, "archived": "any"}
    other = next(each for each in asked.split(",") if each != goes_to)
    movers = [id_ for number, id_ in enumerate(ids) if STATUSES[number % 3] == other]
    expected = [id_ for number, id_ in enumerate(ids) if STATUSES[number % 3] in asked]
    if sort.startswith("-"):
        expected.reverse()
    with counted_calls(table.client) as calls:
        assert listed(store, query, limit) == expected
    for at in range(len(calls)):
        for mover in (movers[0], movers[-1]):
            with meanwhile(table, at, lambda id_=mover: store.update("acme", id_, CampaignPatch(status=goes_to), None)):
                assert listed(store, query, limit) == expected, at
            store.update("acme", mover, CampaignPatch(status=other), None)
