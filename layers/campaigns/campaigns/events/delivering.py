"""From an order to a delivery."""

import random
from collections.abc import Callable

from campaigns.domain.deliveries import Delivery, Order, Outcome, Status, after
from campaigns.domain.identifiers import Clock, timestamp, utc_now
from campaigns.domain.webhooks import QUICK_SECONDS, Webhook
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.runtime.logs import logger
from campaigns.store.deliveries import DeliveryStore
from campaigns.webhooks.sealing import Sealer
from campaigns.webhooks.sending import Sender

GONE = 410


class Deliverer:
    """Makes one attempt at a delivery, and sees to the next one."""

    def __init__(
        self,
        deliveries: DeliveryStore,
        queues: DeliveryQueues,
        sealer: Sealer,
        sender: Sender,
        *,
        clock: Clock = utc_now,
        dice: Callable[[], float] | None = None,
    ) -> None:
        self._deliveries = deliveries
        self._queues = queues
        self._sealer = sealer
        self._sender = sender
        self._clock = clock
        self._dice = dice or random.SystemRandom().random

    def deliver(self, order: Order) -> Status | None:
        """One attempt; None where the order was followed before, its webhook is gone, or its receiver slow.

        Who does not answer at once is left, and asked again where nobody waits behind it, with more time.

        What comes next is asked for before this attempt is written down: who dies in between makes it twice, and
        never loses it.
        """
        webhook, before = self._deliveries.look(order)
        if webhook is None or (before is not None and order.is_over(before)):
            return None
        if not webhook.enabled:
            return self._record(order, before, Outcome(None, "the webhook is disabled", 0), "failed", None)
        now = timestamp(self._clock())
        if webhook.is_slow(now) and not order.apart:  # It was ordered before that was known, as hundreds may have been.
            self._queues.put([order._replace(apart=True)])
            return None
        secrets = [self._sealer.open(order.tenant_id, webhook.id, each) for each in webhook.signing(now)]
        seconds = None if order.apart else QUICK_SECONDS
        outcome = self._sender.send(webhook.url, order.event_id, order.payload, secrets, seconds)
        if outcome.milliseconds >= QUICK_SECONDS * 1000:
            self._deliveries.note_slowness(webhook)
            if outcome.status is None and not order.apart:
                self._queues.put([order._replace(apart=True)])
                return None
        if outcome.succeeded:
            self._deliveries.note_success(webhook)
            return self._record(order, before, outcome, "succeeded", None)
        wait = self._failed(order, webhook, outcome)
        return self._record(order, before, outcome, "failed" if wait is None else "pending", wait)

    def _failed(self, order: Order, webhook: Webhook, outcome: Outcome) -> int | None:
        """See to the next attempt; the seconds before it, None where there is none."""
        if outcome.status == GONE:
            self._deliveries.disable(webhook, "gone")
            return None
        if webhook.has_failed_too_long(self._clock()):
            self._deliveries.disable(webhook, "failing")
            return None
        self._deliveries.note_failure(webhook)
        wait = order.wait(outcome.retry_after, self._dice())
        if wait is not None:
            self._queues.again(order.next, wait)
        return wait

    def _record(
        self, order: Order, before: Delivery | None, outcome: Outcome, status: Status, wait: int | None
    ) -> Status:
        self._deliveries.record(order, after(order, before, outcome.shown(timestamp(self._clock())), status, wait))
        logger.info(
            "delivered",
            tenantId=order.tenant_id,
            webhookId=order.webhook_id,
            deliveryId=order.delivery_id,
            attempt=order.attempt + 1,
            outcome=status,
            answered=outcome.status,
            milliseconds=outcome.milliseconds,
            next=wait,
        )
        return status
