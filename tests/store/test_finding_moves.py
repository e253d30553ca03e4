"""A list while others write, between any two of its calls to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from campaigns.domain.errors import InvalidInput
from campaigns.domain.finding import LIST_QUERY
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import named
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
    other: Any = next(each for each in asked.split(",") if each != goes_to)
    movers = [id_ for number, id_ in enumerate(ids) if STATUSES[number % 3] == other]
    expected = [id_ for number, id_ in enumerate(ids) if STATUSES[number % 3] in asked]
    if sort.startswith("-"):
        expected.reverse()
    with counted_calls(table.client) as calls:
        assert listed(store, query, limit) == expected
    for at in range(len(calls)):
        for mover in (movers[0], movers[-1]):
            with meanwhile(table, at, partial(store.update, "acme", mover, CampaignPatch(status=goes_to), None)):
                assert listed(store, query, limit) == expected, at
            store.update("acme", mover, CampaignPatch(status=other), None)


@pytest.mark.parametrize(
    "query",
    [
        {"status": "draft"},
        {"sort": "-updatedAt"},
        {"sort": "name"},
        {"sequence": "s"},
        {"sequence": "s", "sort": "name"},
        {"label": "x", "sort": "updatedAt"},
        {"q": "n", "sort": "-name"},
    ],
)
def test_what_goes_between_the_index_and_its_reading_is_left_out_and_the_page_filled_on(
    table: Table, query: dict[str, str]
) -> None:
    """Deleted, renamed, archived, or no longer what is asked for."""
    store = CampaignStore(table, ticking)
    CatalogueStore(table).follow(named("s", "S"))
    new = NewCampaign(name="N", labels=["x"], sequences=["s"])
    ids = [store.create("acme", new).id for _ in range(8)]
    parsed = LIST_QUERY.parse(query).query
    whole = [each.id for each in store.list("acme", 8, None, parsed).campaigns]
    assert sorted(whole) == ids
    goes = [
        lambda: store.delete("acme", whole[0], None),
        lambda: store.update("acme", whole[1], CampaignPatch(archived=True), None),
    ]
    for number, go in enumerate(goes, 1):
        with meanwhile(table, 1, go), counted_calls(table.client) as calls:
            page = store.list("acme", 4, None, parsed)
        assert [each.id for each in page.campaigns] == whole[number : number + 4]
        assert "BatchGetItem" in calls
    rest = store.list("acme", 8, page.next_cursor, parsed).campaigns
    assert [each.id for each in rest] == whole[6:]


@pytest.mark.parametrize("sort", ["name", "-updatedAt"])
@pytest.mark.parametrize("holders", [100, 101])
def test_few_who_hold_a_sequence_are_sorted_and_many_are_looked_for(table: Table, holders: int, sort: str) -> None:
    """Either way, all of them once, in the order that is asked for."""
    store = CampaignStore(table, ticking)
    CatalogueStore(table).follow(named("s", "S"))
    for number in range(holders):
        store.create("acme", NewCampaign(name=f"{number * 37 % holders:03}", sequences=["s"]))
        store.create("acme", NewCampaign(name=f"{number:03} too"))
    made = [store.get("acme", id_) for id_ in listed(store, {"sequence": "s", "sort": sort}, 30)]
    expected = sorted(made, key=lambda each: each.name) if sort == "name" else made[:]
    assert (len(made), made) == (holders, expected)
    updates = [each.updated_at for each in made]
    assert sort == "name" or updates == sorted(updates, reverse=True)


QUERIES_OF_OTHERS: list[dict[str, str]] = [
    {"label": "x"},
    {"q": "secret"},
    {"sequence": "s"},
    {"label": "x", "sort": "-updatedAt"},
    {"q": "secret", "sort": "name"},
    {"sequence": "s", "sort": "name"},
    {"status": "draft", "label": "x"},
]


def test_another_tenants_labels_ids_sequences_and_cursors_find_nothing(table: Table) -> None:
    store = CampaignStore(table, ticking)
    for tenant in ("acme", "acme#SEQUENCE#s", "globex"):
        CatalogueStore(table).follow(named("s", "S", tenant=tenant))
    secret = [store.create("globex", NewCampaign(name="Secret", labels=["x"], sequences=["s"])).id for _ in range(3)]
    own = store.create("acme", NewCampaign(name="Own")).id
    for query in QUERIES_OF_OTHERS:
        parsed = LIST_QUERY.parse(query).query
        assert listed(store, query, 2) == []
        assert store.count("acme", parsed.filters).number == 0
        theirs = store.list("globex", 1, None, parsed)
        assert theirs.next_cursor is not None
        with pytest.raises(InvalidInput, match="cursor"):
            store.list("acme", 1, theirs.next_cursor, parsed)
    assert [each.id for each in store.those("acme", [*secret, own]).campaigns] == [own]
    assert listed(store, {}, 1) == [own]


def test_a_list_gets_on_where_all_that_was_looked_up_is_gone(real_table: Table) -> None:
    """DynamoDB Local takes nothing for what is not there, which says nothing of what the next will take."""
    store = CampaignStore(real_table, ticking)
    ids = [store.create("acme", NewCampaign(name=f"N {number}", labels=["x"])).id for number in range(30)]

    def delete_all() -> None:
        for id_ in ids:
            store.delete("acme", id_, None)

    with meanwhile(real_table, 1, delete_all):
        assert listed(store, {"label": "x", "sort": "name"}, 2) == []
