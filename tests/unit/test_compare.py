"""The requests that docs/compare.md counts for this API: each job is done, and what was sent is counted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.campaign import Kind
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.api import Api
from support.catalogue import named
from support.http import Answer
from support.stores import CampaignStore

PAGE = Path(__file__).parents[2] / "docs" / "compare.md"
COUNTED = {
    int(number): int(count)
    for number, count in re.findall(r"^\| (\d+) \|[^|]+\| (\d+) \|", PAGE.read_text(), re.MULTILINE)
}
SEQUENCES = [f"sequence-{n}" for n in range(16)]
TEMPLATES = [f"template-{n}" for n in range(9)]


class Counted(Api):
    """The endpoints, a catalogue, and how many requests there were."""

    def __init__(self, table: Table) -> None:
        super().__init__(CampaignStore(table))
        catalogue = CatalogueStore(table)
        for kind, ids in ((Kind.SEQUENCE, SEQUENCES), (Kind.TEMPLATE, TEMPLATES)):
            for id_ in ids:
                catalogue.follow(named(id_, id_.title(), kind=kind))
        self.requests = 0

    def call(self, function: str, body: Any = None, milliseconds: int = 60_000, **request: Any) -> Answer:
        self.requests += 1
        return super().call(function, body, milliseconds, **request)

    def given(self, name: str = "Spring launch", **more: Any) -> Any:
        """A campaign that was there before, with ten sequences and nine templates."""
        new = {"name": name, "sequences": SEQUENCES[:10], "templates": TEMPLATES} | more
        return super().call("create_campaign", new).body

    def now(self, campaign: Any) -> Any:
        """What the campaign holds in the end."""
        return super().call("get_campaign", path={"id": campaign["id"]}).body

    def activated(self, campaign: Any) -> Any:
        return super().call("update_campaign", {"status": "active"}, path={"id": campaign["id"]}).body


def ids(items: Any) -> list[str]:
    return [each["id"] for each in items]


def create(api: Counted) -> None:
    made = api.call("create_campaign", {"name": "Launch", "sequences": SEQUENCES[:6], "templates": TEMPLATES}).body
    assert (ids(made["sequences"]), ids(made["templates"])) == (SEQUENCES[:6], TEMPLATES)


def find(api: Counted) -> None:
    wanted = [api.activated(api.given(name)) for name in ("Late SPRING", "Spring")]
    api.activated(api.given("Autumn"))
    api.given("Spring, a draft")
    found = api.call("list_campaigns", query="status=active&q=spring").body
    assert (sorted(ids(found["data"])), found["nextCursor"]) == (sorted(ids(wanted)), None)


def holders(api: Counted) -> None:
    wanted = [api.given(), api.given("Autumn")]
    api.given("Without", templates=TEMPLATES[1:])
    found = api.call("list_campaigns", query=f"template={TEMPLATES[0]}&archived=any").body
    assert (sorted(ids(found["data"])), found["nextCursor"]) == (sorted(ids(wanted)), None)


def unless_changed(api: Counted) -> None:
    seen = api.given()
    request: dict[str, Any] = {"path": {"id": seen["id"]}, "headers": {"If-Match": seen["etag"]}}
    assert api.call("update_campaign", {"status": "active"}, **request).body["status"] == "active"
    assert Api.call(api, "update_campaign", {"status": "completed"}, **request).status == 412  # whoever comes second
    assert api.now(seen)["status"] == "active"


def repeat(api: Counted) -> None:
    new, headers = {"name": "Launch", "sequences": SEQUENCES[:6]}, {"Idempotency-Key": "launch"}
    lost = Api.call(api, "create_campaign", new, headers=headers).body
    assert api.call("create_campaign", new, headers=headers).body == lost
    assert ids(Api.call(api, "list_campaigns").body["data"]) == [lost["id"]]


def clone(api: Counted) -> None:
    first = api.given(labels=["q4"], metadata={"crmId": "42"})
    copy = api.call("clone_campaign", {}, path={"id": first["id"]}).body
    assert copy["id"] != first["id"]
    for field in ("sequences", "templates", "labels", "metadata"):
        assert copy[field] == first[field]


def start_later(api: Counted) -> None:
    campaign = api.given()
    now = datetime.now(UTC).replace(microsecond=0)
    monday = (now + timedelta(days=7 - now.weekday())).replace(hour=9, minute=0, second=0)
    answer = api.call("update_campaign", {"startsAt": monday.isoformat()}, path={"id": campaign["id"]})
    assert datetime.fromisoformat(answer.body["startsAt"]) == monday


def exchange(api: Counted) -> None:
    campaign = api.given()
    out, put_in = SEQUENCES[:10], SEQUENCES[10:15]
    change = {"add": {"sequences": put_in}, "remove": {"sequences": out}}
    unknown = {"add": {"sequences": [*put_in, "unknown"]}, "remove": {"sequences": out}}
    assert Api.call(api, "change_associations", unknown, path={"id": campaign["id"]}).status == 404
    assert api.now(campaign) == campaign
    assert ids(api.call("change_associations", change, path={"id": campaign["id"]}).body["sequences"]) == put_in


JOBS: dict[int, Callable[[Counted], None]] = {
    1: create,
    2: find,
    3: holders,
    4: unless_changed,
    5: repeat,
    6: clone,
    9: start_later,
    10: exchange,
}


def test_the_page_counts_ten_jobs() -> None:
    assert list(COUNTED) == list(range(1, 11))


@pytest.mark.parametrize("number", JOBS)
def test_a_job_takes_as_many_requests_as_the_page_says(table: Table, number: int) -> None:
    api = Counted(table)
    JOBS[number](api)
    assert api.requests == COUNTED[number]
