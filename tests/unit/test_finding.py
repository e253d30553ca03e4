"""What may be asked of a list, and how it is planned to be found."""

from base64 import urlsafe_b64encode
from collections.abc import Set
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from campaigns.domain.campaign import Kind
from campaigns.domain.finding import LIST_QUERY, Filters, Query
from campaigns.domain.identifiers import encode_cursor
from campaigns.domain.inputs import NewCampaign
from campaigns.store.planning import BY_NAME, BY_STATUS, BY_UPDATE, CAMPAIGNS, MEMBERSHIPS, Path, plan, plan_count
from campaigns.store.table import Table
from support.functions import load
from support.http import Answer, call, event
from support.stores import CampaignStore

OTHERS_ID = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def ask(table: Table) -> Any:
    """Sends a list request with this query."""
    function = load("list_campaigns")
    return lambda query, **more: call(function, event(query=query, **more))


BAD = {
    "colour=red": "colour",
    "Status=draft": "Status",
    "status[]=draft": "status[]",
    "status=": "status",
    "status=draft,": "status",
    "status=archived": "status",
    "status=Draft": "status",
    "status=draft,draft": "status",
    "status=draft&status=active": "status",
    "label=": "label",
    "label=,": "label",
    "label=q4,Q4": "label",
    f"label={'x' * 51}": "label",
    f"label={','.join(map(str, range(21)))}": "label",
    "q=": "q",
    f"q={'x' * 101}": "q",
    "q=%00": "q",
    "q=a%0Ab": "q",
    "sequence=": "sequence",
    "template=" + "x" * 10_241: "template",
    "ids=" + "x" * 31: "ids",
    "template=a&template=b": "template",
    "sort=foo": "sort",
    "sort=": "sort",
    "sort=--name": "sort",
    "sort=name,createdAt": "sort",
    "sort=name&sort=createdAt": "sort",
    "archived=yes": "archived",
    "archived=False": "archived",
    "createdAfter=2025-09-15T10:00:00": "createdAfter",
    "createdBefore=2025-09-15": "createdBefore",
    "updatedAfter=yesterday": "updatedAfter",
    "updatedBefore=1757930400": "updatedBefore",
    "updatedBefore=2025-09-15T10:00:00+02:00": "updatedBefore",  # a + that was not encoded is a space
    "createdAfter=2025-13-01T00:00:00Z": "createdAfter",
    "createdAfter=10000-01-01T00:00:00Z": "createdAfter",
    "ids=": "ids",
    f"ids={OTHERS_ID},{OTHERS_ID}": "ids",
    "ids=" + ",".join(f"cmp_{number:026}" for number in range(101)): "ids",
    f"ids={OTHERS_ID}&status=draft": "ids",
    f"ids={OTHERS_ID}&limit=20": "ids",
    "limit=0": "limit",
    "cursor=x": "cursor",
    "cursor=": "cursor",
    f"cursor={encode_cursor('globex', OTHERS_ID)}": "cursor",
    f"cursor={encode_cursor('acme', OTHERS_ID)}&status=draft": "cursor",
    f"cursor={encode_cursor('acme', OTHERS_ID, str(Query(Filters(statuses=('active',)))))}&status=draft": "cursor",
    f"cursor={encode_cursor('acme', OTHERS_ID, str(Query(by='name', descending=False)))}&sort=-name": "cursor",
    f"cursor={encode_cursor('acme', 'x', str(Query(by='name')))}&sort=-name": "cursor",
    f"cursor={encode_cursor('acme', 'A' * 1000 + OTHERS_ID, str(Query(by='name')))}&sort=-name": "cursor",
    f"cursor={encode_cursor('acme', OTHERS_ID, str(Query(by='updatedAt')))}&sort=-updatedAt": "cursor",
}
"""Bad queries, and what is to blame."""


@pytest.mark.parametrize("query", BAD)
def test_bad_input_is_named(ask: Any, query: str) -> None:
    answer: Answer = ask(query)
    assert (answer.status, answer.code, answer.fields) == (400, "VALIDATION_ERROR", [BAD[query]])


FINE = [
    "createdAfter=1969-12-31T23:59:59Z",
    "createdBefore=9999-12-31T23:59:59.999Z",
    "createdAfter=0001-01-01T00:00:00%2B14:00&createdBefore=9999-12-31T23:59:59-14:00",
    "createdBefore=1969-01-01T00:00:00Z",
    "createdAfter=2025-09-15T10:00:00Z&createdBefore=2025-09-14T10:00:00Z",
    "updatedAfter=9999-12-31T23:59:59.999999Z",
    *(f"q={quote(text)}" for text in ("ß", "İ", "\U0001f680", "%", " ", "\U0001f680" * 100)),
    "status=draft,active,completed",
    "sequence=" + quote("a/b"),
    "sequence=" + "x" * 3000,
    "template=%F0%9F%9A%80",
    f"ids={OTHERS_ID},nonsense",
    f"cursor={encode_cursor('acme', OTHERS_ID)}",
    f"cursor={encode_cursor('acme', OTHERS_ID)}&limit=3&sort=-createdAt&archived=false",
]


@pytest.mark.parametrize(
    "query", FINE + [f"{each}&sort={sort}" for each in FINE[:-3] for sort in ("name", "-updatedAt")]
)
def test_what_is_unusual_is_answered(ask: Any, table: Table, query: str) -> None:
    CampaignStore(table).create("globex", NewCampaign(name="\U0001f680"))
    answer: Answer = ask(query)
    assert (answer.status, answer.body) == (200, {"data": [], "nextCursor": None})


def test_a_cursor_of_the_first_version_goes_on(ask: Any, table: Table) -> None:
    first, second = [CampaignStore(table).create("acme", NewCampaign(name=name)).id for name in "ab"]
    packed = sha256(f"acme#{second}".encode()).digest()[:12] + second.encode()
    of_then = urlsafe_b64encode(packed).rstrip(b"=").decode()
    assert [each["id"] for each in ask(f"cursor={of_then}").body["data"]] == [first]
    assert ask(f"cursor={of_then}&sort=name").fields == ["cursor"]


def test_a_link_leads_to_the_next_page(ask: Any, table: Table) -> None:
    for number in range(3):
        CampaignStore(table).create("acme", NewCampaign(name=f"Été & {number}"))
    query = "q=" + quote("é & ") + "&limit=2&status=draft,active&sort=name"
    page: Answer = ask(query)
    link = page.headers["Link"]
    assert link.startswith("<?")
    assert link.endswith('>; rel="next"')
    assert parse_qs(link[2:].partition(">")[0]) == {
        "q": ["é & "],
        "limit": ["2"],
        "status": ["draft,active"],
        "sort": ["name"],
        "cursor": [page.body["nextCursor"]],
    }
    last: Answer = ask(link[2:].partition(">")[0])
    assert [each["name"] for each in last.body["data"]] == ["Été & 2"]
    assert last.body["nextCursor"] is None
    assert "Link" not in last.headers
    assert ask(query, method="HEAD").headers == page.headers


def test_ids_are_answered_in_their_order_without_what_is_not_there(ask: Any, table: Table) -> None:
    store = CampaignStore(table)
    one, two, three = [store.create("acme", NewCampaign(name=name)).id for name in "abc"]
    store.update("acme", two, {"archived": True}, None)
    others = store.create("globex", NewCampaign(name="Secret")).id
    answer: Answer = ask(f"ids={two},{others},{OTHERS_ID},nonsense,{three},{one}")
    assert [each["id"] for each in answer.body["data"]] == [two, three, one]
    assert answer.body["nextCursor"] is None


SPAN = "createdAfter=2025-09-15T10:00:00Z"
CASES: dict[str, tuple[Path, int, Set[str], Set[str]]] = {
    "": (CAMPAIGNS, 1, {"archived"}, set()),
    "archived=any": (CAMPAIGNS, 1, set(), set()),
    SPAN: (CAMPAIGNS, 1, {"archived"}, set()),
    "q=x&label=y": (CAMPAIGNS, 1, {"archived", "text", "labels"}, set()),
    "updatedAfter=2025-09-15T10:00:00Z": (CAMPAIGNS, 1, {"archived", "updated"}, set()),
    "status=draft": (BY_STATUS, 1, {"archived"}, set()),
    f"status=draft,active&{SPAN}&archived=true": (BY_STATUS, 2, {"archived"}, set()),
    "status=draft,active,completed": (CAMPAIGNS, 1, {"archived"}, set()),
    "status=draft&q=x": (CAMPAIGNS, 1, {"archived", "text", "statuses"}, set()),
    "sequence=a": (MEMBERSHIPS, 1, set(), {"archived"}),
    "sequence=a&template=b&status=draft": (MEMBERSHIPS, 1, set(), {"archived", "held", "statuses"}),
    f"sequence=a&archived=any&{SPAN}": (MEMBERSHIPS, 1, set(), set()),
    "sequence=a%2Fb": (MEMBERSHIPS, 0, set(), set()),
    "createdAfter=2025-09-15T10:00:00Z&createdBefore=2025-09-15T10:00:00Z": (CAMPAIGNS, 0, set(), set()),
    "sort=-updatedAt": (BY_UPDATE, 1, {"archived"}, set()),
    f"sort=updatedAt&status=draft&q=x&label=y&{SPAN}": (
        BY_UPDATE,
        1,
        {"archived", "statuses", "text", "labels"},
        set(),
    ),
    "sort=updatedAt&sequence=a": (BY_UPDATE, 1, {"archived"}, {"held"}),
    "sort=name": (BY_NAME, 1, {"archived"}, set()),
    f"sort=name&q=x&{SPAN}": (BY_NAME, 1, {"archived"}, set()),
    "sort=-name&status=draft&label=y": (BY_NAME, 1, {"archived"}, {"statuses", "labels"}),
}
"""Path, ranges, what is filtered, and what is told by reading alone."""


def parsed(query: str) -> Query:
    given = {name: values[0] for name, values in parse_qs(query).items()}
    return LIST_QUERY.parse(given).query


@pytest.mark.parametrize("query", CASES)
def test_the_plan_of_a_list(query: str) -> None:
    made = plan("acme", parsed(query))
    assert (made.path, len(made.ranges), made.by_filter, made.by_reading) == CASES[query]
    assert all(each.partition.startswith("TENANT#acme") for each in made.ranges)
    assert (made.few is not None) == ("sort" in query and "sequence" in query)


@pytest.mark.parametrize(
    ("query", "path", "ranges"),
    [
        ("", BY_STATUS, 1),
        ("archived=any", BY_STATUS, 1),
        ("status=draft,active", BY_STATUS, 2),
        (SPAN, BY_STATUS, 3),
        ("q=x", BY_UPDATE, 1),
        ("label=x&status=draft", BY_UPDATE, 1),
        ("updatedBefore=2025-09-15T10:00:00Z", BY_UPDATE, 1),
        ("sequence=a&q=x", MEMBERSHIPS, 1),
    ],
)
def test_the_plan_of_a_count(query: str, path: Path, ranges: int) -> None:
    made = plan_count("acme", parsed(query).filters)
    assert (made.path, len(made.ranges)) == (path, ranges)


def test_what_means_the_same_is_bound_to_the_same_cursor() -> None:
    assert str(parsed("archived=false&sort=-createdAt&status=completed,active,draft")) == ""
    assert str(parsed("label=Q4,emea&status=active,draft")) == str(parsed("label=EMEA,q4&status=draft,active"))
    assert str(parsed("sequence=a")) != str(parsed("template=a"))
    assert parsed("template=a").filters.held == ((Kind.TEMPLATE, "a"),)
