"""The requests that docs/compare.md counts for this API: each job is done, and what was sent is counted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from campaigns.domain.campaign import Kind
from campaigns.runtime import bootstrap
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import named
from support.functions import load
from support.http import Answer, Context, call, event
from support.stream import StreamedDynamoDB, records_for

PAGE = Path(__file__).parents[2] / "docs" / "compare.md"
COUNTED = {
    int(number): int(count)
    for number, count in re.findall(r"^\| (\d+) \|[^|]+\| (\d+) \|", PAGE.read_text(), re.MULTILINE)
}
SEQUENCES = [f"sequence-{n}" for n in range(16)]
TEMPLATES = [f"template-{n}" for n in range(9)]
KEY = "key_01K56C9R3T8V0W2X4Y6Z8A1B3C"


class Counted:
    """The endpoints, a catalogue, and how many requests there were."""

    def __init__(self, table: Table, client: StreamedDynamoDB) -> None:
        self._functions = cache(load)  # each when it is asked for the first time
        self._client = client
        catalogue = CatalogueStore(table)
        for kind, ids in ((Kind.SEQUENCE, SEQUENCES), (Kind.TEMPLATE, TEMPLATES)):
            for id_ in ids:
                catalogue.follow(named(id_, id_.title(), kind=kind))
        self.requests = 0

    def ask(self, function: str, body: Any = None, **request: Any) -> Answer:
        self.requests += 1
        return self.aside(function, body, **request)

    def aside(self, function: str, body: Any = None, **request: Any) -> Answer:
        """What belongs to no job is not counted."""
        asked = event(body, **request)
        asked["requestContext"]["authorizer"]["keyId"] = KEY
        return call(self._functions(function), asked)

    def happened(self) -> None:
        """The stream's records have come to the function that writes the history."""
        records = list(records_for("publish_events", self._client.records))
        assert load("publish_events").handler({"Records": records}, Context()) == {"batchItemFailures": []}

    def given(self, name: str = "Spring launch", **more: Any) -> Any:
        """A campaign that was there before, with ten sequences and nine templates."""
        new = {"name": name, "sequences": SEQUENCES[:10], "templates": TEMPLATES} | more
        return self.aside("create_campaign", new).body

    def now(self, campaign: Any) -> Any:
        """What the campaign holds in the end."""
        return self.aside("get_campaign", path={"id": campaign["id"]}).body

    def activated(self, campaign: Any) -> Any:
        """The campaign, made active by somebody."""
        return self.aside("update_campaign", {"status": "active"}, path={"id": campaign["id"]}).body


class Bus:
    """Takes whatever is put on it."""

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 - EventBridge's name
        return {"Entries": [{} for _ in Entries]}


@pytest.fixture
def client() -> StreamedDynamoDB:
    """DynamoDB in memory, with its stream."""
    return StreamedDynamoDB()


@pytest.fixture
def api(table: Table, client: StreamedDynamoDB, dead_letters: object, monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(bootstrap, "event_bus", Bus)
    monkeypatch.setenv("CAMPAIGNS_EVENT_BUS", "bus")
    return Counted(table, client)


def ids(items: Any) -> list[str]:
    return [each["id"] for each in items]


def create(api: Counted) -> None:
    made = api.ask("create_campaign", {"name": "Launch", "sequences": SEQUENCES[:6], "templates": TEMPLATES}).body
    assert (ids(made["sequences"]), ids(made["templates"])) == (SEQUENCES[:6], TEMPLATES)


def find(api: Counted) -> None:
    wanted = [api.activated(api.given(name)) for name in ("Late SPRING", "Spring")]
    api.activated(api.given("Autumn"))
    api.given("Spring, a draft")
    found = api.ask("list_campaigns", query="status=active&q=spring").body
    assert (sorted(ids(found["data"])), found["nextCursor"]) == (sorted(ids(wanted)), None)


def holders(api: Counted) -> None:
    wanted = [api.given(), api.given("Autumn")]
    api.given("Without", templates=TEMPLATES[1:])
    found = api.ask("list_campaigns", query=f"template={TEMPLATES[0]}&archived=any").body
    assert (sorted(ids(found["data"])), found["nextCursor"]) == (sorted(ids(wanted)), None)


def unless_changed(api: Counted) -> None:
    seen = api.given()
    request: dict[str, Any] = {"path": {"id": seen["id"]}, "headers": {"If-Match": seen["etag"]}}
    assert api.ask("update_campaign", {"status": "active"}, **request).body["status"] == "active"
    assert api.aside("update_campaign", {"status": "completed"}, **request).status == 412  # whoever comes second
    assert api.now(seen)["status"] == "active"


def repeat(api: Counted) -> None:
    new, headers = {"name": "Launch", "sequences": SEQUENCES[:6]}, {"Idempotency-Key": "launch"}
    lost = api.aside("create_campaign", new, headers=headers).body
    assert api.ask("create_campaign", new, headers=headers).body == lost
    assert ids(api.aside("list_campaigns").body["data"]) == [lost["id"]]


def clone(api: Counted) -> None:
    first = api.given(labels=["q4"], metadata={"crmId": "42"})
    copy = api.ask("clone_campaign", {}, path={"id": first["id"]}).body
    assert copy["id"] != first["id"]
    for field in ("sequences", "templates", "labels", "metadata"):
        assert copy[field] == first[field]


def tell(api: Counted) -> None:
    campaign = api.given()
    api.activated(campaign)
    api.happened()
    last, first = api.ask("list_events", query=f"campaign={campaign['id']}").body["data"]
    assert (last["type"], first["type"]) == ("campaign.updated", "campaign.created")
    assert last["changes"] == [{"field": "status", "from": "draft", "to": "active"}]
    assert (last["actor"]["type"], last["actor"]["id"]) == ("api_key", KEY)


def call_back(api: Counted) -> None:
    new = {"url": "https://hooks.example.com/campaigns", "events": ["campaign.*"]}
    made = api.ask("create_webhook", new)
    assert made.status == 201
    Verifier(made.body["secret"])  # by which the receiver knows a signature


def start_later(api: Counted) -> None:
    campaign = api.given()
    now = datetime.now(UTC).replace(microsecond=0)
    monday = (now + timedelta(days=7 - now.weekday())).replace(hour=9, minute=0, second=0)
    answer = api.ask("update_campaign", {"startsAt": monday.isoformat()}, path={"id": campaign["id"]})
    assert datetime.fromisoformat(answer.body["startsAt"]) == monday


def exchange(api: Counted) -> None:
    campaign = api.given()
    out, put_in = SEQUENCES[:10], SEQUENCES[10:15]
    change = {"add": {"sequences": put_in}, "remove": {"sequences": out}}
    unknown = {"add": {"sequences": [*put_in, "unknown"]}, "remove": {"sequences": out}}
    assert api.aside("change_associations", unknown, path={"id": campaign["id"]}).status == 404
    assert api.now(campaign) == campaign
    assert ids(api.ask("change_associations", change, path={"id": campaign["id"]}).body["sequences"]) == put_in


JOBS: dict[int, Callable[[Counted], None]] = {
    1: create,
    2: find,
    3: holders,
    4: unless_changed,
    5: repeat,
    6: clone,
    7: tell,
    8: call_back,
    9: start_later,
    10: exchange,
}


def test_the_page_counts_ten_jobs() -> None:
    assert list(COUNTED) == list(JOBS) == list(range(1, 11))


@pytest.mark.parametrize("number", JOBS)
def test_a_job_takes_as_many_requests_as_the_page_says(api: Counted, number: int) -> None:
    JOBS[number](api)
    assert api.requests == COUNTED[number]
