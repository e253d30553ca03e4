"""What follows from events: deliveries to webhooks, and dates that are kept. Under every order of the steps that can
matter, or, where those are too many, under some that Hypothesis draws (``SCHEDULES`` in the environment: many).
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from campaigns.domain.campaign import Campaign
from campaigns.domain.identifiers import timestamp
from campaigns.events.schedules import keep
from campaigns.store.requests import deliveries, schedules, webhooks
from campaigns.store.requests.clauses import EXISTS
from campaigns.store.schedules import ScheduleStore
from store.test_simulation import Hasty
from store.test_simulation_large import drawn
from support import reacting
from support.clients import create_webhook, delete, delete_webhook, lead_webhook, move, turn, update
from support.orders import TURNS, Turn, Wrong, explore, replay, try_once
from support.reacting import Reacting
from support.world import LATER, start

DRAWN = max(10, int(os.environ.get("SCHEDULES", "100")) // 4)
URL, ELSEWHERE = "https://hooks.example.com/", "https://elsewhere.example.com/"
NEAR, SOON, THEN = (timestamp(LATER + timedelta(minutes=minutes)) for minutes in (1, 60, 120))
HOOKED = start(hooks=(URL,))
STARTING, ENDING = start(starts_at=SOON), start(ends_at=SOON, status="active")

SMALL: dict[str, Reacting] = {
    "webhooks with one key": Reacting(HOOKED, {"a": [create_webhook(URL)], "b": [create_webhook(URL)]}),
    "updated, webhook deleted": Reacting(HOOKED, {"a": [update("New")], "b": [delete_webhook()]}),
    "updated, failing, webhook deleted": Reacting(
        HOOKED, {"a": [update("New")], "b": [delete_webhook()]}, answers={URL: [500]}
    ),
    "updated, gone, webhook led elsewhere": Reacting(
        HOOKED, {"a": [update("New")], "b": [lead_webhook(ELSEWHERE)]}, answers={URL: [410]}
    ),
    "cleared, starting": Reacting(STARTING, {"a": [move(None)]}),
    "deleted, starting": Reacting(STARTING, {"a": [delete()]}),
    "completed by hand, ending": Reacting(ENDING, {"a": [turn("completed")]}),
    "started by hand, starting": Reacting(STARTING, {"a": [turn("active")]}),
}
LARGE: dict[str, Reacting] = {
    "updated, failing, told twice": Reacting(HOOKED, {"a": [update("New")]}, answers={URL: [500]}, deliveries=2),
    "moved nearer, starting": Reacting(STARTING, {"a": [move(NEAR)]}),
    "moved, starting": Reacting(STARTING, {"a": [move(THEN)]}),
    "moved, and moved back": Reacting(STARTING, {"a": [move(THEN), move(SOON)]}),
    "cleared, and set again": Reacting(STARTING, {"a": [move(None), move(SOON)]}),
    "moved, deleted, told twice": Reacting(STARTING, {"a": [move(THEN)], "b": [delete()]}, deliveries=2),
}


@pytest.mark.parametrize("name", SMALL)
def test_no_order_of_reactions_breaks_a_promise(name: str, record_property: Callable[[str, object], None]) -> None:
    tried = explore(SMALL[name])
    record_property("schedules explored", tried.orders)
    assert tried.ended


@pytest.mark.parametrize("name", LARGE)
def test_no_drawn_order_of_reactions_breaks_a_promise(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    ended = draw(LARGE[name], DRAWN)
    record_property("schedules drawn", ended)
    assert ended


def draw(scenario: Reacting, most: int = 200) -> int:
    """Try orders that are drawn; how many ended. Wrong at the first after which something is, as small as it gets."""
    ended = 0

    @settings(drawn, max_examples=most)
    @given(TURNS)
    def run(turns: list[Turn]) -> None:
        nonlocal ended
        ended += try_once(scenario, turns)

    run()
    return ended


# ---- Designs that break a promise

ANYWAY = "({} OR attribute_exists(PK) OR attribute_not_exists(PK))"


def a_replay_looks_at_once(_: pytest.MonkeyPatch) -> Reacting:
    scenario = SMALL["webhooks with one key"]
    return Reacting(scenario.start, scenario.clients, kind=Hasty)


def a_note_makes_a_webhook(patching: pytest.MonkeyPatch) -> Reacting:
    patching.setattr(webhooks, "EXISTS", ANYWAY.format(EXISTS))
    return SMALL["updated, failing, webhook deleted"]


def one_is_gone_wherever_it_leads(patching: pytest.MonkeyPatch) -> Reacting:
    patching.setattr(webhooks, "LEADS_AS_SEEN", ANYWAY.format(webhooks.LEADS_AS_SEEN))
    return SMALL["updated, gone, webhook led elsewhere"]


def an_earlier_attempt_is_written_over_a_later_one(patching: pytest.MonkeyPatch) -> Reacting:
    patching.setattr(deliveries, "AS_SEEN", ANYWAY.format(deliveries.AS_SEEN))
    return LARGE["updated, failing, told twice"]


def a_date_turns_what_is_there(patching: pytest.MonkeyPatch) -> Reacting:
    request = schedules.turn

    def careless(*given: Any) -> Any:
        made = request(*given)
        return made | {"ConditionExpression": ANYWAY.format(made["ConditionExpression"])}

    patching.setattr(schedules, "turn", careless)
    return SMALL["cleared, starting"]


def one_looks_once(patching: pytest.MonkeyPatch) -> Reacting:
    class Once(ScheduleStore):
        """Does not see what has changed since."""

        def __init__(self, campaigns: ScheduleStore) -> None:
            self._campaigns = campaigns
            self._seen: list[Campaign | None] = []

        def keep(self, *asked: str) -> Campaign | None:
            self._seen = self._seen or [self._campaigns.keep(*asked)]
            return self._seen[0]

    patching.setattr(
        reacting, "keep", lambda wake, campaigns, *more, **named: keep(wake, Once(campaigns), *more, **named)
    )
    return LARGE["cleared, and set again"]


BROKEN: list[tuple[Callable[[pytest.MonkeyPatch], Reacting], str, Callable[[Reacting], object]]] = [
    (a_replay_looks_at_once, "created for", explore),
    (a_note_makes_a_webhook, "part of a webhook", explore),
    (one_is_gone_wherever_it_leads, "taken for gone", explore),
    (an_earlier_attempt_is_written_over_a_later_one, "pending", explore),
    (a_date_turns_what_is_there, "a date that it has not", explore),
]
AT_LENGTH = [(one_looks_once, "should be active", explore)]
"""After some 900 orders."""


@pytest.mark.parametrize(("design", "complaint", "run"), [*BROKEN, *(AT_LENGTH if "SCHEDULES" in os.environ else [])])
def test_a_broken_design_is_caught_and_its_schedule_replays(
    design: Callable[[pytest.MonkeyPatch], Reacting],
    complaint: str,
    run: Callable[[Reacting], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = design(monkeypatch)
    with pytest.raises(Wrong, match=complaint) as caught:
        run(scenario)
    assert replay(scenario, caught.value.schedule) == caught.value.wrongs
