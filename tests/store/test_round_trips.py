"""How many calls each operation makes without contention: the figures of the architecture, counted on the wire.

On DynamoDB Local that is behind the rules of ``local/strict.py``, none of which is met here.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from campaigns.domain.actors import SCHEDULE
from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.contents import Wish, exactly, wanted
from campaigns.domain.deliveries import Outcome, after
from campaigns.domain.errors import CampaignsError
from campaigns.domain.identifiers import new_id, timestamp
from campaigns.domain.inputs import CampaignPatch, CloneOptions, NewCampaign
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.domain.webhooks import Sealed
from campaigns.events.fanning_out import FanOut
from campaigns.runtime.work import working_for
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.deliveries import DeliveryStore
from campaigns.store.schedules import ScheduleStore
from campaigns.store.table import Table
from campaigns.store.webhooks import WebhookStore
from local.examples import event
from support.authors import WORDY
from support.billing import billed
from support.catalogue import named
from support.clock import ManualClock, ticking
from support.engines import consumed_capacity, counted_calls
from support.stores import CampaignStore, tenant_of
from support.webhooks import Waiting
from tools.capacity import BEHIND, CAPACITY

type Operation = Callable[[CampaignStore, str], object]
OPERATIONS: dict[str, tuple[list[str], Operation]] = {
    "create": (["TransactWriteItems"], lambda store, _: store.create("acme", NewCampaign(name="N"))),
    "create with a key": (
        ["TransactWriteItems"],
        lambda store, _: store.create_with_key("acme", NewCampaign(name="N"), "key"),
    ),
    "create again with a key": (
        ["TransactWriteItems", "TransactGetItems"],
        lambda store, _: store.create_with_key("acme", NewCampaign(name="N"), "used"),
    ),
    "get": (["GetItem"], lambda store, id_: store.get("acme", id_)),
    "list": (["Query"], lambda store, _: store.list("acme", 20, None)),
    "update": (["UpdateItem"], lambda store, id_: store.update("acme", id_, CampaignPatch(name="M"), None)),
    "update a status": (
        ["UpdateItem"],
        lambda store, id_: store.update("acme", id_, CampaignPatch(status="active"), None),
    ),
    "update a description": (
        ["UpdateItem"],
        lambda store, id_: store.update("acme", id_, CampaignPatch(description="D"), None),
    ),
    "update labels": (["UpdateItem"], lambda store, id_: store.update("acme", id_, CampaignPatch(labels=("a",)), None)),
    "merge metadata": (
        ["UpdateItem"],
        lambda store, id_: store.update("acme", id_, CampaignPatch(metadata={"k": "v", "l": None}), None),
    ),
    "archive": (["UpdateItem"], lambda store, id_: store.update("acme", id_, CampaignPatch(archived=True), None)),
    "update dates": (
        ["UpdateItem"],
        lambda store, id_: store.update(
            "acme",
            id_,
            CampaignPatch(startsAt="2024-01-01T00:00:00.000Z", endsAt="2029-01-01T00:00:00.000Z", status="draft"),
            None,
        ),
    ),
    "update, no change": (
        ["UpdateItem"],
        lambda store, id_: store.update("acme", id_, CampaignPatch(status="draft"), None),
    ),
    "delete": (["TransactWriteItems"], lambda store, id_: store.delete("acme", id_, None)),
    "add": (
        ["BatchGetItem", "TransactWriteItems"],
        lambda store, id_: store.add("acme", id_, Kind.SEQUENCE, "another"),
    ),
    "add, held already": (["BatchGetItem"], lambda store, id_: store.add("acme", id_, Kind.SEQUENCE, "held")),
    "add, unknown": (["BatchGetItem"], lambda store, id_: store.add("acme", id_, Kind.SEQUENCE, "unknown")),
    "remove": (["TransactWriteItems"], lambda store, id_: store.remove("acme", id_, Kind.SEQUENCE, "held")),
    "remove, not held": (
        ["TransactWriteItems"],
        lambda store, id_: store.remove("acme", id_, Kind.SEQUENCE, "another"),
    ),
    "create with contents": (
        ["BatchGetItem", "TransactWriteItems"],
        lambda store, _: store.create("acme", NewCampaign(name="N", sequences=["another", "held"])),
    ),
    "create with contents and a key": (
        ["BatchGetItem", "TransactWriteItems"],
        lambda store, _: store.create_with_key("acme", NewCampaign(name="N", sequences=["another", "held"]), "key"),
    ),
    "create again with contents and a key": (
        ["BatchGetItem", "TransactGetItems"],
        lambda store, _: store.create_with_key("acme", NewCampaign(name="N", sequences=["held"]), "used too"),
    ),
    "change many": (
        ["BatchGetItem", "TransactWriteItems"],
        lambda store, id_: store.change(
            "acme", id_, Wish(wanted(Kind.SEQUENCE, ["another"], "add"), {(Kind.SEQUENCE, "held")})
        ),
    ),
    "change many, no change": (
        ["BatchGetItem"],
        lambda store, id_: store.change("acme", id_, exactly(Kind.SEQUENCE, ["held"])),
    ),
    "clone": (
        ["BatchGetItem", "BatchGetItem", "TransactWriteItems"],
        lambda store, id_: store.clone("acme", id_, CloneOptions()),
    ),
    "an impossible id": ([], lambda store, _: store.get("acme", "../acme")),
}


def furnished(table: Table) -> tuple[CampaignStore, Campaign]:
    """A campaign that holds one of two sequences, and two that were made with idempotency keys."""
    store = CampaignStore(table, ticking)
    for id_ in ("held", "another"):
        CatalogueStore(table).follow(named(id_, "Name"))
    for key, held in (("used", ()), ("used too", ["held"])):
        store.create_with_key("acme", NewCampaign(name="N", sequences=held), key)
    campaign = store.create("acme", NewCampaign(name="N"))
    return store, store.add("acme", campaign.id, Kind.SEQUENCE, "held")


@pytest.mark.parametrize("table", ["memory", "moto", "dynamodb-local"], indirect=True)
@pytest.mark.parametrize("name", OPERATIONS)
def test_calls(table: Table, name: str) -> None:
    store, campaign = furnished(table)
    expected, operation = OPERATIONS[name]
    with counted_calls(table.client) as calls:
        try:
            operation(store, campaign.id)
        except CampaignsError:
            assert name in {"add, held already", "add, unknown", "an impossible id"}
    assert calls == expected


def test_a_list_takes_one_call_per_megabyte(real_table: Table) -> None:
    store = CampaignStore(real_table)
    for number in range(120):
        store.create("acme", NewCampaign(name=str(number), description="\U0001f680" * 2000))  # 8 KB each
    with counted_calls(real_table.client) as calls:
        assert len(store.list("acme", 100, None).campaigns) == 100
    assert calls == ["Query"]
    with counted_calls(real_table.client) as calls:
        assert len(store.list("acme", 20, None).campaigns) == 20
    assert calls == ["Query"]


def test_the_authorizer_makes_one_call_and_one_more_in_an_hour(table: Table) -> None:
    api_keys = ApiKeyStore(table, lambda: datetime(2026, 1, 1, 9, next(minutes), tzinfo=UTC))
    minutes = iter((0, 0, 1, 59))
    key = api_keys.issue("acme").key
    for expected in (["GetItem", "UpdateItem"], ["GetItem"], ["GetItem"]):
        with counted_calls(table.client) as calls:
            assert tenant_of(api_keys, key) == "acme"
        assert calls == expected
    api_keys = ApiKeyStore(table, lambda: datetime(2026, 1, 1, 10, tzinfo=UTC))
    with counted_calls(table.client) as calls:
        assert tenant_of(api_keys, key) == "acme"
        assert tenant_of(api_keys, "kr_" + "x" * 43) is None
        assert tenant_of(api_keys, f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}") is None
        assert tenant_of(api_keys, "kr_x") is None
    assert calls == ["GetItem", "UpdateItem", "GetItem"]
    assert api_keys.list("acme")[0].last_used_at == "2026-01-01T10:00:00.000Z"


@pytest.mark.parametrize("name", CAPACITY)
def test_capacity(real_table: Table, name: str) -> None:
    store, campaign = furnished(real_table)
    _, operation = OPERATIONS[name]
    with billed(real_table) as bill, working_for("acme", WORDY):
        try:
            operation(store, campaign.id)
        except CampaignsError:
            assert name == "add, held already"
    assert (bill.read, bill.write) == CAPACITY[name]
    assert bill.trips == len(OPERATIONS[name][0])


def test_capacity_of_webhooks(real_table: Table) -> None:
    clock, webhooks = ManualClock(), WebhookStore(real_table)
    queues = Waiting(clock)
    wants_all = NewWebhook("https://hooks.example.com/campaigns", ("campaign.*",))
    webhooks.create("acme", new_id("wh_", clock.now), wants_all, Sealed("x" * 250))
    announced = event("fan_out_webhooks")["Records"][0]["body"]
    with billed(real_table) as fan_out:
        assert FanOut(webhooks, queues, clock).follow(announced) == 1
    deliveries, (order,) = DeliveryStore(real_table, clock), queues.due()
    with billed(real_table) as delivery:
        webhook, before = deliveries.look(order)
        assert (webhook is not None, before) == (True, None)
        attempt = Outcome(200, "x" * 100, 123).shown(timestamp(clock.now))
        deliveries.record(order, after(order, None, attempt, "succeeded", None))
    assert (fan_out.read, fan_out.write, fan_out.trips) == (*BEHIND["an event that webhooks may want"], 1)
    assert (delivery.read, delivery.write, delivery.trips) == (*BEHIND["a delivery to a webhook"], 2)


def test_capacity_of_dates(real_table: Table) -> None:
    starts = "2025-09-15T11:00:00.000Z"
    campaign = CampaignStore(real_table, lambda: datetime(2025, 9, 15, 10, tzinfo=UTC)).create(
        "acme", NewCampaign(name="N", starts_at=starts)
    )
    dates = ScheduleStore(real_table, lambda: datetime.fromisoformat(starts))
    with billed(real_table) as bill, working_for("acme", SCHEDULE):
        assert (dates.keep("acme", campaign.id) or campaign).status == "active"
    assert (bill.read, bill.write, bill.trips) == (*BEHIND["a date that starts or ends a campaign"], 3)


@pytest.mark.parametrize("name", ["get", "list", "update", "update a status", "update a description"])
def test_capacity_is_counted_as_dynamodb_counts_it(real_table: Table, name: str) -> None:
    """Where DynamoDB Local bills as AWS does: outside transactions."""
    store, campaign = furnished(real_table)
    with consumed_capacity(real_table.client) as used:
        OPERATIONS[name][1](store, campaign.id)
    assert (used["read"], used["write"]) == CAPACITY[name]
