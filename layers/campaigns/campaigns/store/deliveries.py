"""What is remembered of deliveries, and what they tell of their webhooks.

Each method says how many round trips to DynamoDB it makes without contention.
"""

from contextlib import suppress

from campaigns.domain.deliveries import Delivery, DeliveryPage, Order, Status
from campaigns.domain.errors import NotFound
from campaigns.domain.identifiers import (
    Clock,
    bad_cursor,
    decode_cursor,
    encode_cursor,
    is_delivery_id,
    timestamp,
    utc_now,
)
from campaigns.domain.webhooks import SLOW_AGAIN, SLOW_FOR, DisabledReason, Webhook
from campaigns.store import keys
from campaigns.store.requests import deliveries as requests
from campaigns.store.requests import webhooks as webhook_requests
from campaigns.store.table import ConditionFailed, Item, Table
from campaigns.store.webhooks import check_webhook_id, no_such_webhook, webhook_from

_PAGES = 5
"""Round trips that one page of the list may take where few deliveries pass its filter."""


class DeliveryStore:
    """The deliveries of all tenants. Every read is strongly consistent."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def look(self, order: Order) -> tuple[Webhook | None, Delivery | None]:
        """The webhook that an order is for, and what was delivered of it before. One round trip."""
        webhook, delivery = self._table.get_all(
            [
                keys.webhook(order.tenant_id, order.webhook_id),
                keys.delivery(order.tenant_id, order.webhook_id, order.delivery_id),
            ]
        )
        return webhook_from(webhook) if webhook else None, _delivery_from(delivery) if delivery else None

    def record(self, order: Order, delivery: Delivery) -> None:
        """Write down a delivery after an attempt, unless that is done. One round trip."""
        with suppress(ConditionFailed):
            self._table.send("put_item", **requests.record(order.tenant_id, order.webhook_id, delivery))

    def note_success(self, webhook: Webhook) -> None:
        """That it does not fail any more. One round trip, where it did."""
        if webhook.failing_since is not None:
            with suppress(ConditionFailed):
                self._table.send("update_item", **webhook_requests.succeeds(webhook))

    def note_failure(self, webhook: Webhook) -> None:
        """That it fails. One round trip, where it did not."""
        if webhook.failing_since is None:
            with suppress(ConditionFailed):
                self._table.send("update_item", **webhook_requests.fails(webhook, timestamp(self._clock())))

    def note_slowness(self, webhook: Webhook) -> None:
        """That it takes its time. One round trip, where that was not known, or will soon be forgotten."""
        now = self._clock()
        if not webhook.is_slow(timestamp(now + SLOW_AGAIN)):
            with suppress(ConditionFailed):
                until = timestamp(now + SLOW_FOR)
                self._table.send("update_item", **webhook_requests.is_slow(webhook, until))

    def disable(self, webhook: Webhook, reason: DisabledReason) -> None:
        """Tell it of nothing more, unless somebody has changed what is the matter with it. One round trip."""
        with suppress(ConditionFailed):
            self._table.send("update_item", **webhook_requests.disable(webhook, reason, timestamp(self._clock())))

    def get(self, tenant_id: str, webhook_id: str, delivery_id: str) -> tuple[Webhook, Delivery]:
        """A webhook, and one of its deliveries. One round trip.

        Raises:
            NotFound: the tenant has no such webhook, or it no such delivery.
        """
        check_webhook_id(webhook_id)
        known = is_delivery_id(delivery_id)
        wanted = [keys.webhook(tenant_id, webhook_id)]
        wanted += [keys.delivery(tenant_id, webhook_id, delivery_id)] if known else []
        webhook, *deliveries = self._table.get_all(wanted)
        if webhook is None:
            raise no_such_webhook()
        if not deliveries or deliveries[0] is None or deliveries[0]["expiresAt"] <= self._epoch():
            raise NotFound("There is no such delivery.")
        return webhook_from(webhook), _delivery_from(deliveries[0])

    def list(
        self, tenant_id: str, webhook_id: str, limit: int, cursor: str | None, status: Status | None = None
    ) -> DeliveryPage:
        """``limit`` deliveries after ``cursor``, newest first. Two round trips; a few where few pass the filter.

        Raises:
            NotFound: the tenant has no such webhook.
            InvalidInput: the cursor is not one that this tenant was given for this list.
        """
        check_webhook_id(webhook_id)
        if self._table.get(keys.webhook(tenant_id, webhook_id)) is None:
            raise no_such_webhook()
        bound = f"deliveries {webhook_id} {status or ''}"
        before = None if cursor is None else decode_cursor(tenant_id, cursor, bound)
        if before is not None and not is_delivery_id(before):
            raise bad_cursor()
        found: list[Delivery] = []
        for _ in range(_PAGES):
            request = requests.newest(tenant_id, webhook_id, status, before, self._epoch())
            looked = self._table.look(**request)
            for item in looked.items:
                if len(found) == limit:
                    return DeliveryPage(found, encode_cursor(tenant_id, found[-1].id, bound))
                found.append(_delivery_from(item))
            if looked.last is None:
                return DeliveryPage(found, None)
            before = looked.last["SK"]["S"]
        return DeliveryPage(found, encode_cursor(tenant_id, str(before), bound))

    def _epoch(self) -> int:
        return int(self._clock().timestamp())


def _delivery_from(item: Item) -> Delivery:
    return Delivery(
        id=item["id"],
        event_id=item["eventId"],
        type=item["type"],
        occurred_at=item["occurredAt"],
        payload=item["payload"],
        status=item["deliveryStatus"],
        attempts=tuple(item["attempts"]),
        attempt_count=item["attemptCount"],
        next_attempt_at=item["nextAttemptAt"],
    )
