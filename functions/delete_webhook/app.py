"""DELETE /api/campaigns/webhooks/{webhookId}"""

from campaigns.http.endpoint import NO_CONTENT, Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.webhooks import WebhookStore


def delete_webhook(request: Request, webhooks: WebhookStore) -> Response:
    """204; what waits to be delivered to it is not."""
    webhooks.delete(request.tenant_id, request.path("webhookId"))
    return NO_CONTENT


handler = endpoint(
    "DELETE /api/campaigns/webhooks/{webhookId}", delete_webhook, WebhookStore(table()), needs="webhooks:write"
)
