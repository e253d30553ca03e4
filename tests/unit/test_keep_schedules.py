"""The dates of campaigns are kept, whatever becomes of the messages about them."""

import json
import random
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.domain.actors import SCHEDULE
from campaigns.domain.campaign import Campaign
from campaigns.domain.errors import CampaignsError, InvalidInput
from campaigns.domain.identifiers import timestamp
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.events.schedules import ahead, keep, read_wake, schedule_name
from campaigns.runtime import bootstrap
from campaigns.runtime.work import working_for
from campaigns.store import keys
from campaigns.store.items import author_of
from campaigns.store.schedules import ScheduleStore
from campaigns.store.table import Table
from support.authors import author
from support.clock import ManualClock
from support.engines import memory_client, new_table
from support.functions import load
from support.http import Context
from support.schedules import Wakers, delivery, refused, told
from support.stores import CampaignStore


class Service:
    """Campaigns and what wakes for them, on one clock."""

    def __init__(self, table: Table) -> None:
        self.clock = ManualClock()
        self.table = table
        self.wakers = Wakers(self.clock)
        self.campaigns = CampaignStore(table, self.clock)
        self.dates = ScheduleStore(table, self.clock)

    def at(self, **ahead: float) -> str:
        return timestamp(self.clock.now + timedelta(**ahead))

    def hear(self, body: str) -> None:
        wake = read_wake(body)
        with working_for(wake.tenant_id, SCHEDULE):
            keep(wake, self.dates, self.wakers.kept, self.clock)

    def create(self, starts_at: str, ends_at: str | None = None) -> Campaign:
        made = self.campaigns.create("acme", NewCampaign(name="N", starts_at=starts_at, ends_at=ends_at))
        self.hear(told(made.id, startsAt=made.starts_at, endsAt=made.ends_at))
        return made

    def get(self, id_: str) -> Campaign:
        return self.campaigns.get("acme", id_)

    def let_pass(self, **time: float) -> None:
        """Let time pass, and what comes with it happen."""
        end = self.clock.now + timedelta(**time)
        while (moment := self.wakers.next_moment()) and moment <= end:
            self.clock.now = max(moment, self.clock.now)
            self.wakers.fire()
            due = [each for each in self.wakers.messages if each[0] <= self.clock.now]
            self.wakers.messages = [each for each in self.wakers.messages if each not in due]
            for _, body in due:
                self.hear(body)
        self.clock.now = end


@pytest.fixture
def service(table: Table) -> Service:
    return Service(table)


def test_a_campaign_starts_and_ends_to_the_second(service: Service) -> None:
    made = service.create(starts_at=service.at(hours=1, milliseconds=250), ends_at=service.at(days=400))
    assert set(service.wakers.schedules) == {schedule_name(made.id, str(date)) for date in made.dates}
    service.let_pass(hours=1)
    assert service.get(made.id) == made
    service.let_pass(seconds=1)
    started = service.get(made.id)
    assert (started.status, started.version, started.updated_at) == ("active", 2, service.at())
    assert author_of(service.table.get(keys.campaign("acme", made.id)) or {}) == SCHEDULE
    assert [each.id for each in service.campaigns.list("acme", 20, None).campaigns] == [made.id]
    service.let_pass(days=500)
    ended = service.get(made.id)
    assert (ended.status, ended.version, ended.status_at) == ("completed", 3, made.ends_at)
    assert (service.wakers.schedules, service.wakers.messages) == ({}, [])


def test_a_past_start_acts_at_once_and_an_end_that_came_meanwhile_after_it(service: Service) -> None:
    made = service.create(starts_at=service.at(days=-2), ends_at=service.at(days=-1))
    assert (service.get(made.id).status, service.get(made.id).version) == ("completed", 3)
    late = service.campaigns.create(
        "acme", NewCampaign(name="N", starts_at=service.at(hours=1), ends_at=service.at(hours=2))
    )
    service.clock.advance(3 * 3_600_000)
    service.hear(told(late.id))
    assert (service.get(late.id).status, service.get(late.id).version) == ("completed", 3)


@pytest.mark.parametrize("times", [1, 2])
def test_who_changed_the_status_by_hand_was_first(service: Service, times: int) -> None:
    made = service.create(starts_at=service.at(hours=1))
    service.clock.advance(2 * 3_600_000)
    for status in ("active", "draft"):
        by_hand = service.campaigns.update("acme", made.id, {"status": status}, None)
    for _ in range(times):
        service.hear(told(made.id))
    assert service.get(made.id) == by_hand


def test_a_start_happens_once_though_somebody_takes_it_back(service: Service) -> None:
    made = service.create(starts_at=service.at(hours=1))
    service.let_pass(hours=1)
    assert service.get(made.id).status == "active"
    back = service.campaigns.update("acme", made.id, CampaignPatch(status="draft"), None)
    service.hear(told(made.id))
    assert service.get(made.id) == back


def test_what_wakes_early_for_others_or_for_what_is_gone_changes_nothing(service: Service) -> None:
    made = service.create(starts_at=service.at(hours=1))
    before = dict(service.wakers.schedules)
    service.hear(told(made.id))
    service.hear(told(made.id, tenant="globex"))
    assert (service.get(made.id), service.wakers.schedules) == (made, before)
    service.campaigns.delete("acme", made.id, None)
    service.hear(told(made.id, startsAt=made.starts_at))
    service.hear(told("cmp_nothing"))
    service.hear(told("../x", startsAt=service.at(days=1)))
    assert service.wakers.schedules == {}


def test_a_moved_date_has_another_schedule_in_whatever_order_that_is_heard(service: Service) -> None:
    first, second, third = (service.at(hours=hours) for hours in (1, 2, 3))
    made = service.create(starts_at=first)
    service.campaigns.update("acme", made.id, CampaignPatch(startsAt=second), None)
    service.campaigns.update("acme", made.id, CampaignPatch(startsAt=third), None)
    moves = [{"field": "startsAt", "from": first, "to": second}, {"field": "startsAt", "from": second, "to": third}]
    for move in (moves[1], moves[0], moves[0], {"field": "name", "from": "M", "to": "N"}):
        service.hear(told(made.id, [move], startsAt=move["to"] if move in moves else None))
        assert schedule_name(made.id, third) in service.wakers.schedules
    assert list(service.wakers.schedules) == [schedule_name(made.id, third)]


def test_a_change_between_the_look_and_the_schedule_is_seen(service: Service) -> None:
    first, second = service.at(hours=1), service.at(hours=2)
    made = service.create(starts_at=first)
    service.campaigns.update("acme", made.id, CampaignPatch(startsAt=second), None)

    def meanwhile() -> bool:
        # Somebody moves it back, which is heard before this one deletes what it found to be too much.
        service.wakers.fails = lambda: False
        service.campaigns.update("acme", made.id, CampaignPatch(startsAt=first), None)
        service.hear(told(made.id, [{"field": "startsAt", "from": second, "to": first}], startsAt=first))
        return False

    service.wakers.fails = meanwhile
    service.hear(told(made.id, [{"field": "startsAt", "from": first, "to": second}], startsAt=second))
    assert list(service.wakers.schedules) == [schedule_name(made.id, first)]


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "7", '{"detail": {}}', '{"detail": {"tenantId": "acme", "campaign": "c"}}', "\ud800"]
)
def test_what_is_no_event_of_a_campaign_is_malformed(body: str) -> None:
    with pytest.raises(InvalidInput):
        read_wake(body)


@pytest.fixture
def function(service: Service, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(bootstrap, "schedules", lambda: service.wakers.kept)
    function = load("keep_schedules")
    monkeypatch.setattr(function, "campaigns", service.dates)
    return function


def test_the_malformed_is_kept_aside_and_what_fails_comes_again(service: Service, function: ModuleType) -> None:
    far = service.campaigns.create(
        "acme", NewCampaign(name="N", starts_at=timestamp(datetime.now(UTC) + timedelta(days=9)))
    )
    past = service.campaigns.create("acme", NewCampaign(name="N", starts_at=service.at(days=-1)))
    service.wakers.fails = lambda: failing
    failing = True
    event = delivery(told(far.id), told(past.id))
    assert function.handler(event, Context()) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert service.get(past.id).status == "active"
    failing = False
    assert function.handler(delivery("no JSON", told(far.id)), Context()) == {"batchItemFailures": []}
    assert service.wakers.dead_letters == [("no JSON", "body must be valid JSON")]
    assert list(service.wakers.schedules) == [schedule_name(far.id, str(far.starts_at))]


def test_what_fails_for_the_last_time_is_kept_with_the_reason(
    service: Service, function: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> None:
        raise refused("AccessDeniedException")

    far = timestamp(datetime.now(UTC) + timedelta(days=9))
    made = service.campaigns.create("acme", NewCampaign(name="N", starts_at=far))
    monkeypatch.setattr(service.wakers, "create_schedule", fails)
    assert function.handler(delivery(told(made.id), receives=5), Context()) == {"batchItemFailures": []}
    ((body, reason),) = service.wakers.dead_letters
    assert (json.loads(body)["detail"]["campaign"]["id"], "AccessDenied" in reason) == (made.id, True)


RUNS, STEPS = 200, 50
NEAR_AND_FAR = (-90, -1, 0, 1, 5, 30, 61, 119, 121, 500, 4_000)
"""Dates are so many seconds ahead."""


class Dates:
    """Clients, time, and messages that are late, doubled, out of order and lost half way: one seed is one run."""

    def __init__(self, seed: int) -> None:
        self.service = Service(new_table(memory_client()))
        self.dice = random.Random(seed)
        self.failing = True
        self.service.wakers.fails = lambda: self.failing and self.dice.random() < 0.2
        self.id = self.service.campaigns.create("acme", NewCampaign(name="N")).id
        self.bodies: list[str] = []
        self.by_hand = ""
        """When somebody last said what the status is."""
        self.sent = 0
        """How many times dates were sent."""
        self.acted: list[tuple[str, str, int]] = []

    def seen(self) -> Campaign | None:
        try:
            return self.service.get(self.id)
        except CampaignsError:
            return None

    def step(self) -> None:
        action = self.dice.choices(
            (self.patch, self.delete, self.let_time_pass, self.let_a_message_arrive), weights=(4, 0.1, 3, 5)
        )[0]
        action()

    def patch(self) -> None:
        service, before, dice = self.service, self.seen(), self.dice
        patch: Any = {}
        if dice.random() < 0.5:
            patch["status"] = dice.choice(("draft", "draft", "active", "completed"))
        for name in ("startsAt", "endsAt"):
            if dice.random() < 0.4:
                ahead = dice.choice((None, *NEAR_AND_FAR))
                patch[name] = ahead if ahead is None else service.at(seconds=ahead)
        service.clock.advance(dice.choice((1, 900)))
        if not before or not patch or (patch.get("startsAt") or "") >= (patch.get("endsAt") or "~"):
            return
        try:
            with working_for("acme", author()):
                after = service.campaigns.update("acme", self.id, patch, None)
        except InvalidInput:
            return
        if after == before:
            return
        if "status" in patch:
            self.by_hand = after.updated_at
        moves = [
            {"field": field, "from": was, "to": is_}
            for field, was, is_ in zip(("startsAt", "endsAt"), before.dates, after.dates, strict=True)
            if was != is_
        ]
        if any(each["to"] and each["to"] <= after.updated_at for each in moves):
            self.by_hand = ""
        if moves:
            self.sent += 1
            self.bodies.append(told(self.id, moves, startsAt=after.starts_at, endsAt=after.ends_at))

    def delete(self) -> None:
        if before := self.seen():
            self.service.campaigns.delete("acme", self.id, None)
            self.bodies.append(told(self.id, startsAt=before.starts_at, endsAt=before.ends_at))

    def let_time_pass(self) -> None:
        self.service.clock.advance(self.dice.choice((0.3, 1, 10, 45, 100, 1_000)) * 1000)
        self.service.wakers.fire()

    def let_a_message_arrive(self) -> None:
        messages = self.service.wakers.messages
        here = [each for each in messages if each[0] <= self.service.clock.now]
        waiting: list[tuple[list[Any], Any]] = [(self.bodies, body) for body in self.bodies] + [
            (messages, each) for each in here
        ]
        if waiting:
            place, message = self.dice.choice(waiting)
            if self.look(message if place is self.bodies else message[1]) and self.dice.random() < 0.8:
                place.remove(message)

    def look(self, body: str) -> bool:
        """Whether that went well; what it did was right in any case."""
        before = self.seen()
        try:
            self.service.hear(body)
        except ClientError:  # the fault
            went_well = False
        else:
            went_well = True
        after = self.seen()
        if before and after and after.status != before.status:
            self.check_turns(before, after)
        return went_well

    def check_turns(self, before: Campaign, after: Campaign) -> None:
        """By the contract's words, not by the code's: each date once, not early, not against a later hand."""
        turns = {"draft": ("startsAt", before.starts_at, "active"), "active": ("endsAt", before.ends_at, "completed")}
        status: str = before.status
        while status != after.status:
            field, date, status = turns[status]
            assert date
            assert date <= timestamp(self.service.clock.now)
            assert self.by_hand < date
            assert (field, date, self.sent) not in self.acted
            self.acted.append((field, date, self.sent))

    def settle(self) -> None:
        """When all is quiet nothing is due, something wakes for what is ahead, and nothing for anything else."""
        self.failing = False
        wakers, clock = self.service.wakers, self.service.clock
        while self.bodies:
            assert self.look(self.bodies.pop())
        campaign = self.seen()
        for date in (dates := ahead(campaign.dates if campaign else (), clock.now)):
            woken = [at for at, _ in wakers.messages]
            woken += [at for name, (at, _) in wakers.schedules.items() if name == schedule_name(self.id, date)]
            assert any(at <= datetime.fromisoformat(date) + timedelta(seconds=1) for at in woken)
        assert set(wakers.schedules) <= {schedule_name(self.id, date) for date in dates}
        while moment := wakers.next_moment():
            clock.now = max(clock.now, moment)
            wakers.fire()
            here = [each for each in wakers.messages if each[0] <= clock.now]
            wakers.messages = [each for each in wakers.messages if each not in here]
            for _, body in here:
                assert self.look(body)
        if campaign := self.seen():
            for status, turn in (("draft", campaign.starts_at), ("active", campaign.ends_at)):
                assert campaign.status != status or not turn or turn <= self.by_hand


def test_dates_are_kept_whatever_becomes_of_the_messages() -> None:
    acted = 0
    for seed in range(RUNS):
        dates = Dates(seed)
        for _ in range(STEPS):
            dates.step()
        dates.settle()
        acted += len(dates.acted)
    assert acted > RUNS
