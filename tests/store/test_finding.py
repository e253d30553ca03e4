"""What is found, compared with a plain list: all filters, sorts and page sizes, with changes between pages."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unicodedata import normalize
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.finding import COUNT_QUERY, LIST_QUERY
from campaigns.domain.identifiers import timestamp
from campaigns.domain.inputs import NewCampaign
from campaigns.store import searching
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import named
from support.clock import ManualClock
from support.memory import MemoryDynamoDB
from support.stores import CampaignStore

type Parameters = dict[str, str]

RUNS = itertools.count()
SUBJECTS = ("onboarding", "a,b#c")
NAMES = st.sampled_from(
    [
        *("Spring", "spring sale", "SPRING  SALE", "Straße", "STRASSE 2", "İstanbul", "é", "e\u0301a", "cmp_0", "100%"),
        *("\U0001f680", "z", "ᾷ" * 199 + "x", "ᾷ" * 199 + "y"),
    ]
)
TEXTS = st.sampled_from(
    ["spring", "SALE", "ss", "ß", "İ", "i", "é", "E\u0301", "e", " ", "%", "\U0001f680", "cmp_0", "0", "x", "ᾷx", "zz"]
)
LABELS = ("q4", "EMEA", "Été")


@dataclass
class World:
    """A tenant with campaigns, and the same campaigns in a plain list."""

    table: Table
    clock: ManualClock = field(default_factory=ManualClock)
    tenant: str = field(default_factory=lambda: f"find-{next(RUNS)}")
    campaigns: list[Campaign] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = CampaignStore(self.table, self.clock)
        for kind in Kind:
            for id_ in SUBJECTS:
                CatalogueStore(self.table).follow(named(id_, id_, kind=kind, tenant=self.tenant))

    def create(self, name: str, labels: list[str], status: str, archived: bool, held: list[tuple[Kind, str]]) -> None:
        made = self.store.create(self.tenant, NewCampaign(name=name, labels=labels))
        self.campaigns.append(made)
        for kind, id_ in held:
            self.store.add(self.tenant, made.id, kind, id_)
        changes: Any = ({"status": status} if status != "draft" else {}) | ({"archived": True} if archived else {})
        if changes:
            self.change(len(self.campaigns) - 1, changes)
        self.campaigns[-1] = self.store.get(self.tenant, made.id)

    def change(self, which: int, changes: Any) -> None:
        id_ = self.campaigns[which].id
        self.campaigns[which] = self.store.update(self.tenant, id_, changes, None)

    def meddle(self, what: str, *how: Any) -> set[str]:
        """Change something; the ids of what was there and is changed."""
        if what == "create":
            self.create(*how[0])
            return set()
        if not self.campaigns:
            return set()
        which = how[0] % len(self.campaigns)
        id_ = self.campaigns[which].id
        if what == "delete":
            self.delete(which)
        else:
            self.change(which, {what: how[1]})
        return {id_}

    def delete(self, which: int) -> None:
        self.store.delete(self.tenant, self.campaigns.pop(which).id, None)

    def page(self, parameters: Parameters, limit: int, cursor: str | None) -> tuple[list[Campaign], str | None]:
        page = self.store.list(self.tenant, limit, cursor, LIST_QUERY.parse(parameters).query)
        return page.campaigns, page.next_cursor

    def pages(self, parameters: Parameters, limit: int) -> Iterator[list[Campaign]]:
        cursor = None
        for _ in range(200):
            shown, cursor = self.page(parameters, limit, cursor)
            yield shown
            if cursor is None:
                return
        pytest.fail("the pages do not end")

    def expected(self, parameters: Parameters) -> list[Campaign]:
        """The contract, read as plainly as it goes."""
        sort = parameters.get("sort", "-createdAt")
        found = [campaign for campaign in self.campaigns if all(plain(campaign, *each) for each in parameters.items())]
        if parameters.get("archived", "false") == "false":
            found = [campaign for campaign in found if campaign.archived_at is None]
        by: dict[str, Callable[[Campaign], Any]] = {
            "createdAt": lambda each: each.id,
            "updatedAt": lambda each: (each.updated_at, each.id),
            "name": lambda each: (caseless(each.name).encode()[:990].decode(errors="ignore"), each.id),
        }
        return sorted(found, key=by[sort.removeprefix("-")], reverse=sort.startswith("-"))


def caseless(text: str) -> str:
    return normalize("NFC", normalize("NFC", text).casefold())


def plain(campaign: Campaign, parameter: str, value: str) -> bool:
    """Whether a campaign is what one parameter asks for."""
    match parameter:
        case "status":
            return campaign.status in value.split(",")
        case "label":
            return {caseless(each) for each in value.split(",")} <= {caseless(each) for each in campaign.labels}
        case "q":
            return caseless(value) in caseless(campaign.name)
        case "sequence" | "template":
            return value in [each.id for each in campaign.associations(Kind(parameter))]
        case "archived":
            return value != "true" or campaign.archived_at is not None
        case "sort":
            return True
    at = datetime.fromisoformat(campaign.created_at if parameter.startswith("created") else campaign.updated_at)
    bound = datetime.fromisoformat(value)
    return at > bound if parameter.endswith("After") else at < bound


MOMENTS = st.integers(-5_000, 60_000).map(
    lambda microseconds: (
        ManualClock().now.replace(microsecond=0).isoformat()[:19] + f".{max(microseconds, 0):06d}+00:00"
    )
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.lists(st.sampled_from(["draft", "active", "completed"]), min_size=1, unique=True).map(",".join),
        "label": st.lists(st.sampled_from(["Q4", "emea", "été"]), min_size=1, max_size=2, unique=True).map(",".join),
        "q": TEXTS,
        "sequence": st.sampled_from([*SUBJECTS, "unknown"]),
        "template": st.sampled_from(SUBJECTS),
        "createdAfter": MOMENTS,
        "createdBefore": MOMENTS,
        "updatedAfter": MOMENTS,
        "updatedBefore": MOMENTS,
        "archived": st.sampled_from(["false", "true", "any"]),
    },
).map(lambda given: dict(list(given.items())[:3]))
SORTS = st.sampled_from([sign + by for by in ("createdAt", "updatedAt", "name") for sign in ("", "-")])
SPECS = st.tuples(
    NAMES,
    st.lists(st.sampled_from(LABELS), max_size=3, unique=True),
    st.sampled_from(["draft", "active", "completed"]),
    st.sampled_from([False, False, True]),
    st.lists(st.tuples(st.sampled_from(list(Kind)), st.sampled_from(SUBJECTS)), max_size=3, unique=True),
)
WORLDS = st.lists(st.tuples(SPECS, st.integers(0, 2)), max_size=9)
CHANGES = st.one_of(
    st.tuples(st.just("create"), SPECS),
    st.tuples(st.just("delete"), st.integers(0, 8)),
    st.tuples(st.just("name"), st.integers(0, 8), NAMES),
    st.tuples(st.just("status"), st.integers(0, 8), st.sampled_from(["draft", "active", "completed"])),
    st.tuples(st.just("archived"), st.integers(0, 8), st.booleans()),
    st.tuples(st.just("labels"), st.integers(0, 8), st.lists(st.sampled_from(LABELS), unique=True)),
)
BUDGETS = st.sampled_from([1, 4, 256])
"""In read units: what is a megabyte in truth, and so little that pages are short or empty."""


def thorough(table: Table) -> settings:
    """Fewer examples where each takes long."""
    return settings(
        max_examples=100 if isinstance(table.client, MemoryDynamoDB) else 12,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def world_of(table: Table, specs: list[tuple[Any, int]]) -> World:
    world = World(table)
    for spec, milliseconds in specs:
        world.clock.advance(milliseconds)
        world.create(*spec)
    return world


def test_what_is_found_is_what_a_plain_list_has(shared_table: Table) -> None:
    @thorough(shared_table)
    @given(WORLDS, PARAMETERS, SORTS, st.integers(1, 4), BUDGETS)
    def check(specs: list[Any], filters: Parameters, sort: str, limit: int, budget: int) -> None:
        world, parameters = world_of(shared_table, specs), filters | {"sort": sort}
        with patch.object(searching, "BUDGET", budget):
            pages = list(world.pages(parameters, limit))
        assert [each for page in pages for each in page] == world.expected(parameters)
        if budget == searching.BUDGET:
            assert all(len(page) == limit for page in pages[:-1])
        counted = world.store.count(world.tenant, COUNT_QUERY.parse(filters))
        assert counted == (len(world.expected(parameters)), "exact")

    check()


@pytest.mark.parametrize("sort", ["name", "-name", "updatedAt", "-updatedAt", "createdAt", "-createdAt"])
@pytest.mark.parametrize("what", ["created", "updated"])
def test_between_a_moment_and_itself_is_nothing(shared_table: Table, sort: str, what: str) -> None:
    """Also where few hold what is asked for: DynamoDB refuses a range that ends before it begins."""
    world = world_of(shared_table, [])
    at = timestamp(world.clock.now)
    for held in {}, {"sequence": "onboarding"}:
        parameters = {f"{what}After": at, f"{what}Before": at, "sort": sort, **held}
        assert list(world.pages(parameters, 3)) == [[]]
        counted = {name: value for name, value in parameters.items() if name != "sort"}
        assert world.store.count(world.tenant, COUNT_QUERY.parse(counted)) == (0, "exact")


def test_what_nobody_changes_is_listed_exactly_once_whatever_others_do(shared_table: Table) -> None:
    @thorough(shared_table)
    @given(WORLDS, PARAMETERS, SORTS, st.integers(1, 3), BUDGETS, st.lists(CHANGES, max_size=5))
    def check(specs: list[Any], filters: Parameters, sort: str, limit: int, budget: int, changes: list[Any]) -> None:
        world, parameters = world_of(shared_table, specs), filters | {"sort": sort}
        matching = {each.id for each in world.expected(parameters)}
        unchanged, listed = {each.id for each in world.campaigns}, list[str]()
        with patch.object(searching, "BUDGET", budget):
            for page in world.pages(parameters, limit):
                listed += [each.id for each in page]
                world.clock.advance(1)
                if changes:
                    unchanged -= world.meddle(*changes.pop())
                matching &= {each.id for each in world.expected(parameters)}
        # Sorted by creation, changes that leave a campaign among the matching ones make no difference.
        promised = matching if sort.endswith("createdAt") else matching & unchanged
        assert [id_ for id_ in listed if id_ in promised] == [
            each.id for each in world.expected(parameters) if each.id in promised
        ]

    check()
