"""From an event on the bus to a webhook: who is told, what is sent, when it is tried again, and when it ends."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from campaigns.domain.deliveries import (
    MAX_PAYLOAD,
    MOST_ATTEMPTS,
    MOST_RETRY_AFTER,
    WAITS,
    Delivery,
    Order,
    Outcome,
    delivery_id,
    payload_of,
)
from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import is_delivery_id, new_id, timestamp
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.domain.webhooks import QUICK_SECONDS, Webhook
from campaigns.events.delivering import Deliverer
from campaigns.events.fanning_out import FanOut, read_order
from campaigns.store.deliveries import DeliveryStore
from campaigns.store.table import Table
from campaigns.store.webhooks import WebhookStore
from campaigns.webhooks.sealing import Sealer
from campaigns.webhooks.sending import Sender
from local.examples import event
from support.clock import ManualClock
from support.sealing import memory_sealer
from support.webhooks import Waiting

EVENT: dict[str, Any] = json.loads(event("fan_out_webhooks")["Records"][0]["body"])


class Receiver(Sender):
    """Answers as it is told, and writes down what came when."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._now = clock
        self.answer: Callable[[str], Outcome] = lambda _: Outcome(200, None, 1)
        self.sent: list[tuple[str, str, str, list[str]]] = []
        self.at: list[datetime] = []
        self.limits: list[float | None] = []

    def send(self, url: str, event_id: str, payload: str, secrets: Any, seconds: float | None = None) -> Outcome:
        self.limits.append(seconds)
        self.sent.append((url, event_id, payload, list(secrets)))
        self.at.append(self._now.now)
        return self.answer(url)


class World:
    """Webhooks of a tenant on a clock that the test owns."""

    def __init__(self, table: Table) -> None:
        self.clock = ManualClock()
        self.webhooks = WebhookStore(table, self.clock)
        self.deliveries = DeliveryStore(table, self.clock)
        self.sealer: Sealer = memory_sealer()
        self.receiver = Receiver(self.clock)
        self.queues = Waiting(self.clock)
        self.fan_out = FanOut(self.webhooks, self.queues, self.clock)
        self.deliverer = Deliverer(
            self.deliveries, self.queues, self.sealer, self.receiver, clock=self.clock, dice=lambda: 0.5
        )
        self.count = 0

    def webhook(self, url: str = "https://hooks.example.com/", *events: str) -> Webhook:
        id_ = new_id("wh_", self.clock.now)
        _, sealed = self.sealer.new("acme", id_)
        return self.webhooks.create("acme", id_, NewWebhook(url, events or ("campaign.*",)), sealed).webhook

    def happen(self, **more: Any) -> str:
        """One more event on the bus."""
        self.count += 1
        detail = EVENT["detail"] | {"id": f"evt_{self.count}_0", "occurredAt": timestamp(self.clock.now)}
        body = json.dumps(EVENT | {"detail": detail | more})
        self.fan_out.follow(body)
        return body

    def run(self) -> list[str | None]:
        """All that waits, each at its moment."""
        return [self.deliverer.deliver(order) for order in self.queues.due()]

    def log(self, webhook: Webhook) -> list[Delivery]:
        return self.deliveries.list("acme", webhook.id, 100, None).deliveries

    def now(self, webhook: Webhook) -> Webhook:
        return self.webhooks.get("acme", webhook.id)


@pytest.fixture
def world(table: Table) -> World:
    return World(table)


def failing(_: str) -> Outcome:
    return Outcome(500, None, 3, "oh")


def test_who_wants_an_event_is_told_once(world: World) -> None:
    wanting = [world.webhook(), world.webhook("https://other.example.com/", "campaign.updated")]
    world.webhook("https://deaf.example.com/", "campaign.deleted")
    off = world.webhook("https://off.example.com/")
    world.webhooks.update("acme", off.id, {"enabled": False})
    world.happen()
    assert world.run() == ["succeeded", "succeeded"]
    assert {url for url, *_ in world.receiver.sent} == {each.url for each in wanting}
    ((_, event_id, payload, secrets), _) = world.receiver.sent
    assert event_id == "evt_1_0"
    assert json.loads(payload)["type"] == "campaign.updated"
    assert secrets[0].startswith("whsec_")
    for webhook in wanting:
        (delivery,) = world.log(webhook)
        assert (delivery.status, delivery.attempt_count, delivery.next_attempt_at) == ("succeeded", 1, None)


def test_what_is_fanned_out_again_is_not_delivered_again(world: World) -> None:
    webhook = world.webhook()
    body = world.happen()
    for _ in range(2):
        world.fan_out.follow(body)
    assert world.run() == ["succeeded", None, None]
    world.fan_out.follow(body)
    assert world.run() == [None]
    assert len(world.receiver.sent) == len(world.log(webhook)) == 1


def test_a_receiver_that_is_down_for_a_day_gets_it_all_the_same(world: World) -> None:
    webhook = world.webhook()
    start, up_at = world.clock.now, world.clock.now + timedelta(hours=20)
    world.receiver.answer = lambda _: Outcome(200, None, 1) if world.clock.now >= up_at else failing("")
    world.happen()
    assert world.run() == ["pending"] * 7 + ["succeeded"]
    waited = [(later - earlier).total_seconds() for earlier, later in pairwise(world.receiver.at)]
    assert waited == list(WAITS)
    assert world.receiver.at[-1] - start == timedelta(seconds=sum(WAITS))
    (delivery,) = world.log(webhook)
    assert (delivery.status, delivery.attempt_count) == ("succeeded", 8)
    assert [each["status"] for each in delivery.attempts] == [500] * 7 + [200]
    assert {(event_id, payload) for _, event_id, payload, _ in world.receiver.sent} == {("evt_1_0", delivery.payload)}
    assert world.now(webhook).failing_since is None


def test_after_28_hours_a_delivery_has_failed(world: World) -> None:
    webhook = world.webhook()
    world.receiver.answer = failing
    start = timestamp(world.clock.now)
    world.happen()
    assert world.run() == ["pending"] * 7 + ["failed"]
    (delivery,) = world.log(webhook)
    assert (delivery.status, delivery.next_attempt_at) == ("failed", None)
    assert 27 * 3600 < sum(WAITS) < 28 * 3600
    assert (world.now(webhook).enabled, world.now(webhook).failing_since) == (True, start)


@pytest.mark.parametrize(("dice", "share"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_waits_differ_by_a_fifth(dice: float, share: float) -> None:
    order = Order("acme", "wh", "dlv", "evt", "campaign.updated", "", "{}")
    for attempt, seconds in enumerate(WAITS):
        assert order._replace(attempt=attempt).wait(None, dice) == round(seconds * share)
    assert order._replace(attempt=len(WAITS)).wait(None, dice) is None
    assert order._replace(attempt=len(WAITS) + 3, since=4).wait(None, 0.5) == WAITS[-1]


def test_a_receiver_may_ask_for_more_time_within_reason() -> None:
    order = Order("acme", "wh", "dlv", "evt", "campaign.updated", "", "{}")
    assert [order.wait(asked, 0.5) for asked in (None, 0, 3, 60, 10**9)] == [5, 5, 5, 60, MOST_RETRY_AFTER]


def test_the_answer_of_one_who_asks_for_time_is_heeded(world: World) -> None:
    world.webhook()
    answers = iter([Outcome(429, None, 1, None, 3600), Outcome(200, None, 1)])
    world.receiver.answer = lambda _: next(answers)
    world.happen()
    assert world.run() == ["pending", "succeeded"]
    first, second = world.receiver.at
    assert second - first == timedelta(hours=1)


def test_410_disables_at_once(world: World) -> None:
    webhook, other = world.webhook(), world.webhook("https://other.example.com/")
    world.receiver.answer = lambda url: Outcome(410 if url == webhook.url else 200, None, 1)
    world.happen()
    assert sorted(map(str, world.run())) == ["failed", "succeeded"]
    gone = world.now(webhook)
    assert (gone.enabled, gone.disabled_reason) == (False, "gone")
    assert world.now(other).enabled
    world.happen()
    assert world.run() == ["succeeded"]
    assert world.webhooks.update("acme", webhook.id, {"enabled": True}).disabled_reason is None


def days(world: World, count: int) -> Iterator[int]:
    """One event a day."""
    start = world.clock.now
    for day in range(count):
        world.clock.now = max(world.clock.now, start + timedelta(days=day))
        yield day


def test_five_days_of_nothing_but_failures_disable(world: World) -> None:
    webhook = world.webhook()
    world.receiver.answer = failing
    start = world.clock.now
    for _ in days(world, 30):
        world.happen()
        world.run()
        if not world.now(webhook).enabled:
            break
    disabled = world.now(webhook)
    assert disabled.disabled_reason == "failing"
    assert disabled.disabled_at
    assert timedelta(days=5) <= datetime.fromisoformat(disabled.disabled_at) - start < timedelta(days=6)
    attempts = len(world.receiver.sent)
    world.happen()
    assert (world.run(), len(world.receiver.sent)) == ([], attempts)


def test_one_success_in_between_is_enough(world: World) -> None:
    webhook = world.webhook()
    for day in days(world, 20):
        world.receiver.answer = (lambda _: Outcome(200, None, 1)) if day % 4 == 3 else failing
        world.happen()
        world.run()
    assert world.now(webhook).enabled


def test_what_waits_for_a_webhook_that_is_disabled_or_deleted_ends(world: World) -> None:
    disabled, deleted = world.webhook(), world.webhook("https://deleted.example.com/")
    world.receiver.answer = failing
    world.happen()
    due = world.queues.due()
    assert [world.deliverer.deliver(next(due)) for _ in range(2)] == ["pending"] * 2
    world.webhooks.update("acme", disabled.id, {"enabled": False})
    world.webhooks.delete("acme", deleted.id)
    assert sorted(map(str, world.run())) == ["None", "failed"]
    (delivery,) = world.log(disabled)
    assert delivery.attempts[-1]["error"] == "the webhook is disabled"
    assert len(world.receiver.sent) == 2


def test_the_url_and_the_secrets_are_those_of_the_moment(world: World) -> None:
    webhook = world.webhook()
    world.receiver.answer = failing
    world.happen()
    due = world.queues.due()
    world.deliverer.deliver(next(due))
    secret, sealed = world.sealer.new("acme", webhook.id)
    world.webhooks.rotate("acme", webhook.id, sealed, timedelta(hours=1))
    world.webhooks.update("acme", webhook.id, {"url": "https://new.example.com/"})
    world.run()
    (old, *_), (url, _, _, during), *_, (_, _, _, later) = world.receiver.sent
    assert (old, url) == ("https://hooks.example.com/", "https://new.example.com/")
    assert during == [secret, world.receiver.sent[0][3][0]]
    assert later == [secret]


def test_an_attempt_that_could_not_be_written_down_is_made_twice_and_its_successor_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = world.webhook()
    world.receiver.answer = failing
    world.happen()
    due = world.queues.due()
    order = next(due)
    with monkeypatch.context() as broken:
        broken.setattr(DeliveryStore, "record", lambda *_: (_ for _ in ()).throw(RuntimeError("died")))
        with pytest.raises(RuntimeError):
            world.deliverer.deliver(order)
    world.deliverer.deliver(order)  # SQS delivers it again
    world.run()
    (delivery,) = world.log(webhook)
    assert (delivery.attempt_count, len(world.receiver.sent)) == (8, 9)


def test_what_has_succeeded_is_not_tried_again_though_somebody_died_after_asking_for_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt would find the receiver down again, and a delivery that came would end as one that failed."""
    webhook = world.webhook()
    answers = iter([Outcome(500, None, 1), Outcome(204, None, 1)])
    world.receiver.answer = lambda _: next(answers, Outcome(500, None, 1))
    world.happen()
    due = world.queues.due()
    order = next(due)
    with monkeypatch.context() as broken:
        broken.setattr(DeliveryStore, "record", lambda *_: (_ for _ in ()).throw(RuntimeError("died")))
        with pytest.raises(RuntimeError):
            world.deliverer.deliver(order)
    assert world.deliverer.deliver(order) == "succeeded"  # SQS delivers it again
    assert world.run() == [None]
    (delivery,) = world.log(webhook)
    assert (delivery.status, delivery.attempt_count, len(world.receiver.sent)) == ("succeeded", 1, 2)
    world.queues.put([delivery.anew("acme", webhook.id)])  # who asks for it gets it once more, with all attempts
    assert world.run() == ["pending"] * 7 + ["failed"]


def test_who_takes_long_waits_apart_for_a_while(world: World) -> None:
    slow = world.webhook()
    world.webhook("https://quick.example.com/")
    world.receiver.answer = lambda url: Outcome(200, None, 2000 if url == slow.url else 1999)
    for _ in range(2):
        world.happen()
        world.run()
    assert sorted(world.queues.apart[:2]) == [False, False]
    assert sorted(world.queues.apart[2:]) == [False, True]
    world.clock.now += timedelta(minutes=11)  # it will soon be forgotten, and is said anew
    world.happen()
    world.run()
    world.clock.now += timedelta(minutes=11)
    world.happen()
    assert sorted(world.queues.apart[4:]) == [False, False, True, True]
    world.queues._waiting.clear()
    world.clock.now += timedelta(minutes=15)
    world.happen()
    assert world.queues.apart[8:] == [False, False]


def test_who_does_not_answer_at_once_is_left_and_asked_again_apart(world: World) -> None:
    webhook = world.webhook()
    world.receiver.answer = lambda _: (
        Outcome(None, "no answer", 15_000) if world.receiver.limits[-1] else Outcome(200, None, 9000)
    )
    world.happen()
    assert world.run() == [None, "succeeded"]
    assert world.receiver.limits == [QUICK_SECONDS, None]
    (delivery,) = world.log(webhook)
    assert (delivery.attempt_count, delivery.attempts[0]["milliseconds"]) == (1, 9000)
    assert (world.now(webhook).failing_since, world.queues.apart) == (None, [False, True])


def test_what_was_ordered_before_a_receiver_was_known_to_be_slow_does_not_wait_for_it(world: World) -> None:
    """Of a thousand events at once most are ordered before the first is tried: each would hold up its batch."""
    world.webhook()
    world.receiver.answer = lambda _: Outcome(None, "no answer", 2000 if world.receiver.limits[-1] else 15_000)
    for _ in range(20):
        world.happen()
    due = world.queues.due()
    assert [world.deliverer.deliver(next(due)) for _ in range(20)] == [None] * 20
    assert world.receiver.limits == [QUICK_SECONDS]
    assert world.queues.apart == [False] * 20 + [True] * 20
    assert world.deliverer.deliver(next(due)) == "pending"
    assert world.receiver.limits == [QUICK_SECONDS, None]


def test_what_fails_quickly_is_in_nobodys_way_at_first_and_waits_apart_then(world: World) -> None:
    world.webhook()
    world.receiver.answer = failing
    world.happen()
    due = world.queues.due()
    first = next(due)
    assert not first.apart
    world.deliverer.deliver(first)
    assert next(due).apart


def test_a_log_keeps_the_newest_attempts(world: World) -> None:
    webhook = world.webhook()
    world.receiver.answer = failing
    world.happen()
    world.run()
    (delivery,) = world.log(webhook)
    order = Order("acme", webhook.id, delivery.id, delivery.event_id, delivery.type, delivery.occurred_at, "{}", 8, 8)
    world.queues.put([order])
    assert world.run() == ["pending"] * 7 + ["failed"]
    (delivery,) = world.log(webhook)
    assert (delivery.attempt_count, len(delivery.attempts)) == (16, MOST_ATTEMPTS)


def test_the_log_is_paged_newest_first_and_by_status(world: World) -> None:
    webhook = world.webhook()
    for number in range(7):
        world.clock.advance(1000)
        world.receiver.answer = (lambda _: Outcome(200, None, 1)) if number % 2 else failing
        world.happen()
        world.deliverer.deliver(next(world.queues.due()))
        world.queues._waiting.clear()
    everything = world.log(webhook)
    assert [each.event_id for each in everything] == [f"evt_{number}_0" for number in range(7, 0, -1)]
    pages, cursor = [], None
    while True:
        page = world.deliveries.list("acme", webhook.id, 2, cursor, "pending")
        pages.append([each.event_id for each in page.deliveries])
        if (cursor := page.next_cursor) is None:
            break
    assert pages == [["evt_7_0", "evt_5_0"], ["evt_3_0", "evt_1_0"]]
    with pytest.raises(InvalidInput):
        world.deliveries.list("acme", webhook.id, 2, "x")
    first = world.deliveries.list("acme", webhook.id, 2, None).next_cursor
    with pytest.raises(InvalidInput):
        world.deliveries.list("acme", webhook.id, 2, first, "pending")
    world.clock.now += timedelta(days=30)
    assert world.log(webhook) == []


# ---- What is sent

HUGE = "\U0001f680" * 500


def test_associations_are_counted() -> None:
    body = json.loads(payload_of("campaign.updated", EVENT["detail"]))
    assert list(body) == ["type", "timestamp", "data"]
    assert (body["type"], body["timestamp"]) == ("campaign.updated", EVENT["detail"]["occurredAt"])
    campaign = body["data"]["campaign"]
    assert (campaign["sequenceCount"], campaign["templateCount"]) == (1, 0)
    assert not {"sequences", "templates"} & set(campaign)
    assert body["data"]["changes"] == EVENT["detail"]["changes"]
    assert (body["data"]["actor"], body["data"]["tenantId"]) == (EVENT["detail"]["actor"], "acme")
    assert "truncated" not in body["data"]


@pytest.mark.parametrize(
    ("campaign", "changed", "kept"),
    [
        ({}, {"from": HUGE * 6, "to": HUGE * 6}, {"description", "labels", "metadata"}),
        ({"metadata": {f"{n}": HUGE for n in range(20)}}, {"from": "a", "to": "b"}, set()),
        (
            {"description": HUGE * 4, "labels": [HUGE[:50]] * 20, "name": HUGE[:200]},
            {"from": HUGE * 6, "to": None},
            None,
        ),
    ],
)
def test_what_is_too_large_is_left_out(campaign: Any, changed: Any, kept: Any) -> None:
    detail = EVENT["detail"] | {"campaign": EVENT["detail"]["campaign"] | campaign}
    detail["changes"] = [{"field": "metadata", **changed}] * 3
    text = payload_of("campaign.updated", detail)
    assert len(text.encode()) <= MAX_PAYLOAD
    data = json.loads(text)["data"]
    assert data["truncated"] is True
    assert data["changes"] == [{"field": "metadata"}]
    assert {"id", "name", "status", "updatedAt", "etag", "sequenceCount"} <= set(data["campaign"])
    if kept is not None:
        assert set(data["campaign"]) & {"description", "labels", "metadata"} == kept


def test_a_delivery_has_the_same_id_however_often_it_is_ordered() -> None:
    moment = "2025-09-15T10:00:30.000Z"
    first = delivery_id("wh_1", "evt_1", moment)
    assert is_delivery_id(first)
    assert delivery_id("wh_1", "evt_1", moment) == first
    others = [delivery_id("wh_2", "evt_1", moment), delivery_id("wh_1", "evt_2", moment)]
    assert len({first, *others}) == 3
    assert delivery_id("wh_1", "evt_1", "2025-09-15T10:00:31.000Z") > first


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", '"order"', '{"order": 1}', '{"order": {}}', '{"detail": {}}'])
def test_a_message_that_makes_no_sense(world: World, body: str) -> None:
    with pytest.raises(InvalidInput):
        world.fan_out.follow(body)
    with pytest.raises(InvalidInput):
        read_order(body)


def test_an_order_is_what_its_message_says(world: World) -> None:
    order = Order("acme", "wh", "dlv", "evt", "campaign.updated", "2025", '{"a": "\u00e9"}', 3, 1)
    assert read_order(order.to_json()) == order
    assert world.fan_out.follow(order.to_json()) == 1
    assert list(world.queues.due()) == [order]
