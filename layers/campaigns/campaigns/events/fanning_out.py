"""From events on the bus to orders for the webhooks that want them."""

from typing import Any

from campaigns.domain.deliveries import ORDER, Order, delivery_id, payload_of
from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import Clock, timestamp, utc_now
from campaigns.domain.parsing import parse_json
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.runtime.work import working_for
from campaigns.store.webhooks import WebhookStore


class FanOut:
    """Finds out who wants to hear of an event."""

    def __init__(self, webhooks: WebhookStore, queues: DeliveryQueues, clock: Clock = utc_now) -> None:
        self._webhooks = webhooks
        self._queues = queues
        self._clock = clock

    def follow(self, body: str) -> int:
        """Give the queue an order for each webhook that wants an event; how many. What is an order already goes on.

        Raises:
            InvalidInput: the message is neither.
        """
        said = parse_json(body)
        orders = [read_order(body)] if isinstance(said, dict) and ORDER in said else self._orders(said)
        self._queues.put(orders)
        return len(orders)

    def _orders(self, said: Any) -> list[Order]:
        try:
            event_type, detail = said["detail-type"], said["detail"]
            tenant_id, id_, occurred_at = detail["tenantId"], detail["id"], detail["occurredAt"]
            payload = payload_of(event_type, detail)
        except (KeyError, TypeError) as error:
            raise InvalidInput.of("body", "must be an event of this service, or an order") from error
        with working_for(tenant_id):
            webhooks = [each for each in self._webhooks.list(tenant_id) if each.wants(event_type)]
        now = timestamp(self._clock())
        return [
            Order(
                apart=webhook.is_slow(now),
                tenant_id=tenant_id,
                webhook_id=webhook.id,
                delivery_id=delivery_id(webhook.id, id_, occurred_at),
                event_id=id_,
                type=event_type,
                occurred_at=occurred_at,
                payload=payload,
            )
            for webhook in webhooks
        ]


def read_order(body: str) -> Order:
    """The order in a message.

    Raises:
        InvalidInput: it is none.
    """
    try:
        return Order(**parse_json(body)[ORDER])
    except (KeyError, TypeError) as error:
        raise InvalidInput.of("body", "must be a delivery") from error
