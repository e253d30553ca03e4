"""The dates of campaigns, on every engine alike: in order, cleared, and of what is due."""

from typing import Any

import pytest

from campaigns.domain.actors import SCHEDULE
from campaigns.domain.errors import InvalidInput, PreconditionFailed
from campaigns.domain.finding import Filters, Query
from campaigns.domain.identifiers import timestamp
from campaigns.domain.inputs import CampaignPatch, CloneOptions, NewCampaign
from campaigns.runtime.work import working_for
from campaigns.store import keys
from campaigns.store.schedules import ScheduleStore
from campaigns.store.table import Table
from support.clock import ManualClock
from support.engines import counted_calls
from support.stores import CampaignStore

PAST, EARLIER = "2025-09-14T09:00:00.000Z", "2025-09-13T09:00:00.000Z"
SOON, LATER, LAST = "2025-09-15T11:00:00.000Z", "2025-10-01T09:00:00.000Z", "2026-10-01T09:00:00.000Z"
NEW = NewCampaign(name="Launch", starts_at=SOON, ends_at=LATER)


@pytest.fixture
def clock() -> ManualClock:
    """It is 10:00 on 15 September 2025."""
    return ManualClock()


@pytest.fixture
def store(table: Table, clock: ManualClock) -> CampaignStore:
    return CampaignStore(table, clock)


def status_at(table: Table, id_: str) -> str | None:
    item = table.get(keys.campaign("acme", id_))
    assert item is not None
    return item.get("statusAt")


def due(store: CampaignStore, id_: str, at: str) -> str | None:
    turn = store.get("acme", id_).due(at)
    return turn and turn.after


def test_dates_are_kept_shown_and_cleared(store: CampaignStore) -> None:
    made = store.create("acme", NEW)
    assert (made.shown()["startsAt"], made.shown()["endsAt"]) == (SOON, LATER)
    assert store.get("acme", made.id) == made
    without_start = store.update("acme", made.id, CampaignPatch(startsAt=None), {1})
    assert (without_start.dates, without_start.version) == ((None, LATER), 2)
    assert store.update("acme", made.id, CampaignPatch(startsAt=None), None) == without_start
    moved = store.update("acme", made.id, CampaignPatch(startsAt=LATER, endsAt=LAST), None)
    assert (moved.dates, moved.version) == ((LATER, LAST), 3)
    assert store.update("acme", made.id, CampaignPatch(startsAt=LATER, endsAt=LAST), None) == moved
    assert moved.updated_at > made.updated_at
    assert store.clone("acme", made.id, CloneOptions()).campaign.dates == (None, None)


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        (CampaignPatch(endsAt=SOON), f"endsAt must be later than startsAt, which is {SOON}"),
        (CampaignPatch(endsAt=PAST, name="Not this either"), "endsAt must be later"),
        (CampaignPatch(startsAt=LATER), f"startsAt must be earlier than endsAt, which is {LATER}"),
        (CampaignPatch(startsAt=LAST), "startsAt must be earlier"),
    ],
)
def test_one_date_is_compared_with_the_other_where_that_is_decided(
    store: CampaignStore, table: Table, patch: CampaignPatch, wrong: str
) -> None:
    made = store.create("acme", NEW)
    with counted_calls(table.client) as calls, pytest.raises(InvalidInput, match=wrong):
        store.update("acme", made.id, patch, None)
    assert calls == ["UpdateItem"]
    assert store.get("acme", made.id) == made
    with pytest.raises(PreconditionFailed):
        store.update("acme", made.id, patch, {7})


@pytest.mark.parametrize("patch", [{"startsAt": None}, {"endsAt": None}, {"startsAt": None, "endsAt": None}])
def test_a_campaign_of_the_first_release_has_no_dates_to_clear_and_takes_them(store: CampaignStore, patch: Any) -> None:
    made = store.create("acme", NewCampaign(name="Old"))
    assert store.update("acme", made.id, patch, None) == made
    assert store.update("acme", made.id, CampaignPatch(endsAt=SOON), None).dates == (None, SOON)
    assert store.update("acme", made.id, CampaignPatch(startsAt=PAST), None).dates == (PAST, SOON)


def test_a_date_is_due_once_it_has_passed_for_the_status_that_it_ends(store: CampaignStore) -> None:
    id_ = store.create("acme", NEW).id
    assert [due(store, id_, at) for at in (PAST, SOON, LAST)] == [None, "active", "active"]
    store.update("acme", id_, CampaignPatch(status="active"), None)
    assert [due(store, id_, at) for at in (SOON, LATER)] == [None, "completed"]
    store.update("acme", id_, CampaignPatch(status="completed"), None)
    assert due(store, id_, LAST) is None
    store.update("acme", id_, CampaignPatch(endsAt=None, status="draft"), None)
    assert due(store, id_, LAST) == "active"


def test_who_sets_the_status_after_a_date_has_won(store: CampaignStore, clock: ManualClock, table: Table) -> None:
    id_ = store.create("acme", NEW).id
    clock.advance(2 * 3_600_000)
    assert due(store, id_, timestamp(clock.now)) == "active"
    store.update("acme", id_, CampaignPatch(status="active"), None)
    store.update("acme", id_, CampaignPatch(status="draft"), None)
    assert due(store, id_, timestamp(clock.now)) is None
    # What leaves the date as it is does not wake it again, even if the date comes along.
    clock.advance(5)
    with counted_calls(table.client) as calls:
        renamed = store.update("acme", id_, CampaignPatch(name="New", startsAt=SOON), None)
    assert (renamed.name, calls) == ("New", ["UpdateItem"] * 2)
    assert due(store, id_, timestamp(clock.now)) is None
    with pytest.raises(PreconditionFailed):
        store.update("acme", id_, CampaignPatch(name="Newer", startsAt=SOON), {1})


def test_a_new_date_in_the_past_acts_on_the_status_that_there_is(
    store: CampaignStore, clock: ManualClock, table: Table
) -> None:
    assert due(store, store.create("acme", NewCampaign(name="N", starts_at=PAST)).id, PAST) == "active"
    id_ = store.create("acme", NewCampaign(name="N")).id
    for status in ("active", "draft"):
        store.update("acme", id_, {"status": status}, None)
    assert status_at(table, id_)
    clock.advance(5)
    with counted_calls(table.client) as calls:
        store.update("acme", id_, CampaignPatch(startsAt=EARLIER, endsAt=PAST), None)
    assert (calls, status_at(table, id_)) == (["UpdateItem"], None)
    assert due(store, id_, PAST) == "active"
    store.update("acme", id_, CampaignPatch(status="active", endsAt=SOON), None)
    assert due(store, id_, SOON) == "completed"
    store.update("acme", id_, CampaignPatch(status="active", endsAt=PAST), None)
    assert due(store, id_, SOON) == "completed"


def test_what_is_due_happens_once_on_every_engine(store: CampaignStore, clock: ManualClock, table: Table) -> None:
    made, dates = store.create("acme", NEW), ScheduleStore(table, clock)
    assert dates.keep("acme", made.id) == made
    clock.advance(2 * 3_600_000)
    with working_for("acme", SCHEDULE), counted_calls(table.client) as calls:
        started = dates.keep("acme", made.id)
    assert started
    assert started == store.get("acme", made.id)
    assert (started.status, started.version, started.status_at, started.updated_at) == (
        "active",
        2,
        SOON,
        timestamp(clock.now),
    )
    assert calls == ["GetItem", "UpdateItem", "GetItem"]
    assert store.list("acme", 20, None, Query(Filters(statuses=("active",)))).campaigns == [started]
    with counted_calls(table.client) as calls:
        assert dates.keep("acme", made.id) == started
    assert calls == ["GetItem"]
    assert dates.keep("globex", made.id) is None
    store.delete("acme", made.id, None)
    assert dates.keep("acme", made.id) is None
