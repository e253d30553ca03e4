"""The store of webhooks, on every engine; and clients that do the same at once, on DynamoDB Local."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from campaigns.domain.errors import CampaignsError, Conflict, InvalidInput, NotFound
from campaigns.domain.identifiers import new_id, timestamp
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.domain.webhooks import MAX_SECRETS, MAX_WEBHOOKS, Sealed, Webhook
from campaigns.runtime.deadline import answer_within
from campaigns.store import keys
from campaigns.store.table import Table
from campaigns.store.webhooks import WebhookStore
from support.catalogue import START
from support.clock import ManualClock
from support.engines import counted_calls

NEW = NewWebhook("https://hooks.example.com/", ("campaign.*",))
THREADS = 16


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def webhooks(table: Table, clock: ManualClock) -> WebhookStore:
    return WebhookStore(table, clock)


def made(store: WebhookStore, tenant: str = "acme", key: str | None = None, blob: str = "blob") -> Webhook:
    return store.create(tenant, new_id("wh_", START), NEW, Sealed(blob), key).webhook


def test_made_read_changed_deleted(webhooks: WebhookStore, table: Table, clock: ManualClock) -> None:
    first, second = made(webhooks), made(webhooks)
    assert webhooks.get("acme", first.id) == first
    assert webhooks.list("acme") == sorted((first, second), key=lambda each: each.id)
    assert webhooks.list("globex") == []
    clock.advance(1000)
    off = webhooks.update("acme", first.id, {"enabled": False, "events": ["campaign.deleted"]})
    assert (off.enabled, off.events, off.updated_at) == (False, ("campaign.deleted",), timestamp(clock.now))
    clock.advance(1000)
    still_off = webhooks.update("acme", first.id, {"enabled": False})
    assert still_off.disabled_at == off.disabled_at
    assert webhooks.update("acme", first.id, {"enabled": True}).enabled
    webhooks.delete("acme", first.id)
    for gone in (webhooks.delete, webhooks.get):
        with pytest.raises(NotFound):
            gone("acme", first.id)
    with pytest.raises(NotFound):
        webhooks.update("acme", first.id, {"enabled": True})
    assert webhooks.list("acme") == [second]
    assert (table.get(keys.webhook_count("acme")) or {})["webhooks"] == 1


def test_there_is_room_for_ten(webhooks: WebhookStore) -> None:
    for _ in range(MAX_WEBHOOKS):
        made(webhooks)
    with pytest.raises(InvalidInput, match="up to 10 webhooks"):
        made(webhooks)
    assert len(webhooks.list("acme")) == MAX_WEBHOOKS
    made(webhooks, "globex")


def test_a_key_counts_for_a_day(webhooks: WebhookStore, clock: ManualClock) -> None:
    first = made(webhooks, key="key", blob="first")
    assert made(webhooks, key="key", blob="second") == first
    with pytest.raises(Conflict):
        webhooks.create("acme", new_id("wh_", START), NEW._replace(description="D"), Sealed("b"), "key")
    clock.advance(24 * 3600 * 1000)
    assert made(webhooks, key="key", blob="third").secrets == (Sealed("third"),)
    assert len(webhooks.list("acme")) == 2


def test_secrets_rotate(webhooks: WebhookStore, clock: ManualClock) -> None:
    id_ = made(webhooks, blob="0").id
    for number in range(1, MAX_SECRETS):
        webhooks.rotate("acme", id_, Sealed(str(number)), timedelta(minutes=1))
    with pytest.raises(InvalidInput, match="graceSeconds"):
        webhooks.rotate("acme", id_, Sealed("9"), timedelta(minutes=1))
    clock.advance(60_000)
    assert [each.blob for each in webhooks.rotate("acme", id_, Sealed("9"), timedelta()).secrets] == ["9"]
    with pytest.raises(NotFound):
        webhooks.rotate("acme", new_id("wh_", START), Sealed("9"), timedelta())


def test_round_trips(webhooks: WebhookStore, table: Table) -> None:
    id_ = made(webhooks).id
    for expected, act in (
        (["TransactWriteItems"], lambda: made(webhooks, key="key")),
        (["GetItem"], lambda: webhooks.get("acme", id_)),
        (["Query"], lambda: webhooks.list("acme")),
        (["UpdateItem"], lambda: webhooks.update("acme", id_, {"enabled": False})),
        (["GetItem", "UpdateItem"], lambda: webhooks.rotate("acme", id_, Sealed("b"), timedelta())),
        (["TransactWriteItems"], lambda: webhooks.delete("acme", id_)),
    ):
        with counted_calls(table.client) as calls:
            act()
        assert calls == expected


@pytest.mark.parametrize("race", range(3))
def test_of_16_made_at_once_ten_are(real_table: Table, race: int) -> None:
    webhooks, tenant = WebhookStore(real_table), f"race-{race}"
    barrier = Barrier(THREADS)

    def make(_: int) -> str:
        barrier.wait()
        try:
            with answer_within(60):
                made(webhooks, tenant)
        except CampaignsError as error:
            return type(error).__name__
        return "OK"

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(make, range(THREADS)))
    assert outcomes == {"OK": MAX_WEBHOOKS, "InvalidInput": THREADS - MAX_WEBHOOKS}
    assert len(webhooks.list(tenant)) == MAX_WEBHOOKS
