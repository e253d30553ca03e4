"""The events in events/ are what the functions really get: each function takes its own."""

import boto3
import pytest

from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.events.queues import CatalogueQueues, DeadLetters
from campaigns.events.schedules import Schedules
from campaigns.runtime import bootstrap
from campaigns.store.table import Table
from campaigns.webhooks.sealing import Sealer
from local.examples import EVENTS, event, seed
from support.examples import EXPECTED
from support.functions import FUNCTIONS, load
from support.http import Context


def test_every_function_has_an_event() -> None:
    functions = sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))
    assert sorted(path.stem for path in EVENTS.glob("*.json")) == functions == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_function_takes_its_event(
    table: Table,
    queues: CatalogueQueues,
    dead_letters: DeadLetters,
    wakers: Schedules,
    deliveries: DeliveryQueues,
    sealer: Sealer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    events = boto3.client("events")
    monkeypatch.setattr(bootstrap, "event_bus", lambda: events)
    monkeypatch.setenv("CAMPAIGNS_EVENT_BUS", "default")
    seed(table, sealer)
    assert EXPECTED[name](load(name).handler(event(name), Context()))
