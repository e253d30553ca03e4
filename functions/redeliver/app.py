"""POST /api/campaigns/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver"""

from typing import NamedTuple

from campaigns.domain.errors import Conflict
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_delivery
from campaigns.runtime.bootstrap import fan_out_queues, table
from campaigns.store.deliveries import DeliveryStore


class Means(NamedTuple):
    """What the endpoint works with."""

    deliveries: DeliveryStore
    queues: DeliveryQueues


def redeliver(request: Request, means: Means) -> Response:
    """202 with the delivery as it was: it is tried again now, and, where that fails, as often as at first."""
    tenant_id, webhook_id = request.tenant_id, request.path("webhookId")
    webhook, delivery = means.deliveries.get(tenant_id, webhook_id, request.path("deliveryId"))
    if not webhook.enabled:
        raise Conflict("The webhook is disabled; enable it first.")
    means.queues.put([delivery.anew(tenant_id, webhook_id)])
    return show_delivery(delivery)


handler = endpoint(
    "POST /api/campaigns/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver",
    redeliver,
    Means(DeliveryStore(table()), fan_out_queues()),
    needs="webhooks:write",
)
