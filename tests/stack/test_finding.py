"""Lists, counts and the catalogue over HTTP: what is found, and what is refused."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from support.stack import Tenant, eventually
from unit.test_finding import BAD, FINE

LIST = "/api/campaigns"
NOBODYS = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture(scope="module")
def seeker(new_tenant: Callable[[], Tenant]) -> Tenant:
    """A tenant with a sequence, a template and six campaigns; their names are their order."""
    tenant = new_tenant()
    tenant.announce("sequence.created", "welcome", "Welcome aboard")
    tenant.announce("template.created", "hello", "Hello")
    eventually(lambda: _known(tenant))
    for name, labels, status, archived in (
        ("a Spring", ["Q4"], "draft", False),
        ("b spring", ["q4", "emea"], "active", False),
        ("c autumn", [], "completed", False),
        ("d SPRING", ["emea"], "active", True),
        ("e Straße", ["q4"], "draft", False),
        ("f \U0001f680", [], "active", False),
    ):
        held = {"sequences": ["welcome"]} if "pring" in name.lower() else {}
        made = tenant.request("POST", LIST, json={"name": name, "labels": labels, **held}).json()
        patch: dict[str, Any] = {"status": status} | ({"archived": True} if archived else {})
        assert tenant.request("PATCH", f"{LIST}/{made['id']}", json=patch).status_code == 200
    return tenant


def _known(tenant: Tenant) -> None:
    for kind, id_ in (("sequences", "welcome"), ("templates", "hello")):
        assert tenant.request("GET", f"{LIST}/catalogue/{kind}/{id_}").status_code == 200


def found(tenant: Tenant, query: str) -> str:
    """The first letters of what a list has, over all its pages, by its links."""
    letters, url = "", f"{LIST}?{query}"
    for _ in range(20):
        answer = tenant.request("GET", url)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        letters += "".join(each["name"][0] for each in page["data"])
        assert all(each["etag"] for each in page["data"])
        if page["nextCursor"] is None:
            assert "Link" not in answer.headers
            return letters
        link, _, relation = answer.headers["Link"].partition(">; ")
        assert relation == 'rel="next"'
        url = LIST + link.removeprefix("<")
    pytest.fail("the pages do not end")


@pytest.mark.parametrize(
    ("query", "letters"),
    [
        ("", "fecba"),
        ("limit=2", "fecba"),
        ("sort=createdAt&archived=any", "abcdef"),
        ("archived=true", "d"),
        ("status=draft,active&limit=1", "feba"),
        ("status=completed&sort=createdAt", "c"),
        ("q=spring&sort=name&limit=1", "ab"),
        ("q=STRASSE", "e"),
        ("q=" + quote("\U0001f680"), "f"),
        ("label=Q4,EMEA", "b"),
        ("label=q4&sort=-name&limit=1", "eba"),
        ("sequence=welcome&archived=any", "dba"),
        ("sequence=welcome&sort=-name", "ba"),
        ("sequence=welcome&status=active&label=emea&archived=any&sort=updatedAt", "bd"),
        ("template=hello", ""),
        ("sequence=unknown", ""),
        ("sort=-updatedAt&limit=2", "fecba"),
        ("createdAfter=1969-01-01T00:00:00Z&createdBefore=9999-12-31T23:59:59Z", "fecba"),
        ("updatedBefore=2020-01-01T00:00:00%2B02:00", ""),
    ],
)
def test_a_list_has_what_is_asked_for(seeker: Tenant, query: str, letters: str) -> None:
    assert found(seeker, query) == letters
    filters = "&".join(each for each in query.split("&") if each.partition("=")[0] not in {"sort", "limit"})
    counted = seeker.request("GET", f"{LIST}/count?{filters}").json()
    assert counted == {"count": len(letters), "precision": "exact"}


def test_those_with_these_ids_are_answered_in_their_order(seeker: Tenant, tenant: Tenant) -> None:
    own = [each["id"] for each in seeker.request("GET", f"{LIST}?archived=any&sort=name").json()["data"]]
    theirs = tenant.create()["id"]
    answer = seeker.request("GET", f"{LIST}?ids={own[3]},{theirs},{NOBODYS},{own[0]}")
    assert [each["id"] for each in answer.json()["data"]] == [own[3], own[0]]
    assert answer.json()["nextCursor"] is None


def test_a_cursor_is_of_its_tenant_filters_and_order(seeker: Tenant, tenant: Tenant) -> None:
    cursor = seeker.request("GET", f"{LIST}?status=active&limit=1").json()["nextCursor"]
    assert seeker.request("GET", f"{LIST}?status=active&limit=5&cursor={cursor}").status_code == 200
    for who, query in (
        (tenant, "status=active"),
        (seeker, "status=draft"),
        (seeker, "status=active&sort=name"),
        (seeker, ""),
    ):
        answer = who.request("GET", f"{LIST}?{query}&cursor={cursor}")
        assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize("query", [each for each in BAD if "cursor" not in each])
def test_what_nobody_can_ask_for_is_named(seeker: Tenant, query: str) -> None:
    answer = seeker.request("GET", f"{LIST}?{query}")
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["error"]["details"]] == [BAD[query]]
    if BAD[query] in {"status", "label", "q", "archived", "createdAfter"}:
        assert seeker.request("GET", f"{LIST}/count?{query}").status_code == 400


@pytest.mark.parametrize("query", [each for each in FINE if "cursor" not in each and len(each) < 1000])
def test_what_is_unusual_is_answered(seeker: Tenant, query: str) -> None:
    assert seeker.request("GET", f"{LIST}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["sort=name", "limit=1", "cursor=x", f"ids={NOBODYS}"])
def test_a_count_has_neither_order_nor_pages(seeker: Tenant, query: str) -> None:
    answer = seeker.request("GET", f"{LIST}/count?{query}")
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["error"]["details"]] == [query.partition("=")[0]]


def test_the_catalogue_tells_what_campaigns_may_hold(seeker: Tenant, tenant: Tenant) -> None:
    sequences = f"{LIST}/catalogue/sequences"
    (entry,) = seeker.request("GET", f"{sequences}?q=ABOARD&limit=1").json()["data"]
    assert (entry["id"], entry["name"], set(entry)) == ("welcome", "Welcome aboard", {"id", "name", "updatedAt"})
    assert seeker.request("GET", f"{sequences}?q=nothing").json() == {"data": [], "nextCursor": None}
    held = seeker.request("GET", f"{sequences}/welcome").json()
    assert held == entry | {"campaignCount": {"count": 3, "precision": "exact"}}
    template = seeker.request("GET", f"{LIST}/catalogue/templates/hello").json()
    assert template["campaignCount"] == {"count": 0, "precision": "exact"}
    for path in ("sequences/hello", "sequences/unknown", "templates/welcome"):
        answer = seeker.request("GET", f"{LIST}/catalogue/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert tenant.request("GET", f"{sequences}/welcome").status_code == 404
    for query, field in (
        ("q=", "q"),
        ("q=%00", "q"),
        ("limit=101", "limit"),
        ("sort=name", "sort"),
        ("cursor=x", "cursor"),
    ):
        answer = seeker.request("GET", f"{sequences}?{query}")
        assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, field)
