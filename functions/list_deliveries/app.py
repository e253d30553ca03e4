"""GET /api/campaigns/webhooks/{webhookId}/deliveries"""

from campaigns.domain.webhook_inputs import DELIVERY_QUERY
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_deliveries
from campaigns.runtime.bootstrap import table
from campaigns.store.deliveries import DeliveryStore


def list_deliveries(request: Request, deliveries: DeliveryStore) -> Response:
    """200 with a page of what was delivered to the webhook within 30 days, or shall be, newest first."""
    asked = request.query(DELIVERY_QUERY)
    webhook_id = request.path("webhookId")
    page = deliveries.list(request.tenant_id, webhook_id, asked.limit, asked.cursor, asked.status)
    return show_deliveries(page, request)


deliveries = DeliveryStore(table())
handler = endpoint(
    "GET /api/campaigns/webhooks/{webhookId}/deliveries", list_deliveries, deliveries, needs="webhooks:write"
)
