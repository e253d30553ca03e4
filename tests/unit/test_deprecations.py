"""What the answers of a route say that goes away. None does today, so one is said to."""

from datetime import UTC, datetime

import pytest

from campaigns.http import endpoint
from campaigns.http.endpoint import DEPRECATIONS, Deprecation
from support.functions import ENDPOINTS, load
from support.http import call, event
from tools.openapi import document

ROUTE = "GET /api/campaigns"
GOING = Deprecation(
    datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, 12, tzinfo=UTC), "https://example.com/versions.html"
)
LINK = '<https://example.com/versions.html>; rel="deprecation"; type="text/html"'


@pytest.fixture
def going(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(endpoint.DEPRECATIONS, ROUTE, GOING)


@pytest.mark.usefixtures("table", "going")
def test_every_answer_says_since_when_until_when_and_what_comes() -> None:
    list_campaigns = load("list_campaigns")
    for answer in (call(list_campaigns, event()), call(list_campaigns, event(query="limit=0"))):
        assert answer.headers["Deprecation"] == "@1798761600"
        assert answer.headers["Sunset"] == "Thu, 01 Jul 2027 12:00:00 GMT"
        assert answer.headers["Link"] == LINK


@pytest.mark.usefixtures("table", "going")
def test_the_link_to_the_next_page_stays() -> None:
    create = load("create_campaign")
    for _ in range(2):
        call(create, event({"name": "N"}))
    answer = call(load("list_campaigns"), event(query="limit=1"))
    assert answer.headers["Link"].startswith(LINK + ", <?")
    assert answer.headers["Link"].endswith('>; rel="next"')


@pytest.mark.usefixtures("table", "going")
def test_other_routes_say_nothing() -> None:
    assert not {"Deprecation", "Sunset", "Link"} & call(load("create_campaign"), event({"name": "N"})).headers.keys()


@pytest.mark.usefixtures("going")
def test_the_document_says_it_too() -> None:
    methods = [
        (f"{method.upper()} {path}", operation.get("deprecated", False))
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    ]
    assert [route for route, deprecated in methods if deprecated] == [ROUTE]
    assert len(methods) == len(ENDPOINTS)


def test_each_has_half_a_year() -> None:
    """As docs/versions.md promises."""
    assert all((each.sunset - each.since).days >= 180 for each in DEPRECATIONS.values())
