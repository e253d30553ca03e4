"""The service under orders of its steps that Hypothesis draws, with four to eight at once: what they do, the turns that
they take, and what fails. A failure is made as small as it gets, and prints its schedule, which ``replay`` runs again.

``SCHEDULES`` in the environment says how many are drawn: other ones each time. Without it, a hundred, always the same.
"""

import os
import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from campaigns.store.catalogue import CatalogueStore
from support.catalogue import deleted, named
from support.clients import TENANT, add, change, clone, create, delete, get, remove, replace, update
from support.isolation import Fault
from support.orders import TURNS, Turn, Wrong, replay, try_once
from support.world import Scenario, start

SCHEDULES = int(os.environ.get("SCHEDULES", "100"))
drawn = settings(
    max_examples=SCHEDULES,
    derandomize="SCHEDULES" not in os.environ,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)

SEQUENCES = st.sampled_from(["x", "y"])
REQUESTS = st.one_of(
    st.builds(add, SEQUENCES),
    st.builds(remove, SEQUENCES),
    st.builds(replace, SEQUENCES),
    st.builds(change, st.just(("x",)), st.just(("y",))),
    st.builds(change, st.just(("y",)), st.just(("x",))),
    st.builds(update, st.sampled_from("AB")),
    st.builds(clone),
    st.builds(create, SEQUENCES),
    st.builds(get),
    st.builds(delete),
)
CLIENTS = st.lists(st.lists(REQUESTS, min_size=1, max_size=2), min_size=2, max_size=4)
ANNOUNCEMENTS = [
    announcement
    for id_ in ("x", "y")
    for announcement in (named(id_, "New", at=2, tenant=TENANT), deleted(id_, at=3, tenant=TENANT))
]
AGAIN = named("x", "Again", at=4, tenant=TENANT)
FAULTS = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "announcement 0", "keep_memberships", "publish_events"]), st.integers(1, 4)),
    st.sampled_from(Fault),
    max_size=1,
)
SCENARIOS = st.builds(
    Scenario,
    start=st.builds(start, st.just("x")) | st.builds(start),
    clients=CLIENTS.map(lambda several: dict(zip("abcd", several, strict=False))),
    told=st.lists(st.sampled_from([*ANNOUNCEMENTS, AGAIN]), min_size=2, max_size=4, unique=True),
    faults=FAULTS,
    most_conflicts=st.just(30),
    deliveries=st.integers(1, 2),
    clones_are_large=st.booleans(),
)


def test_no_drawn_order_of_a_large_scenario_breaks_a_promise(record_property: Callable[[str, object], None]) -> None:
    ended = 0

    @drawn
    @given(SCENARIOS, TURNS)
    def run(scenario: Scenario, turns: list[Turn]) -> None:
        nonlocal ended
        ended += try_once(scenario, turns)

    run()
    record_property("schedules drawn", ended)
    assert ended >= SCHEDULES * 9 // 10


def test_what_is_found_is_small_and_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CatalogueStore, "look_again", lambda *_: None)
    clients = {"a": [add("x")], "b": [update("B"), remove("y")], "c": [clone(), get()]}
    scenario = Scenario(start("y"), clients, [ANNOUNCEMENTS[1], ANNOUNCEMENTS[2]], most_conflicts=30)

    def breaks(turns: list[Turn]) -> bool:
        try:
            try_once(scenario, turns)
        except Wrong:
            return True
        return False

    turns = find(TURNS, breaks, settings=settings(drawn, max_examples=500), random=random.Random(1))
    assert len(turns) <= 2
    with pytest.raises(Wrong) as caught:
        try_once(scenario, turns)
    assert replay(scenario, caught.value.schedule) == caught.value.wrongs
