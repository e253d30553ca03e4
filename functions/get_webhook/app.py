"""GET /api/campaigns/webhooks/{webhookId}"""

from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_webhook
from campaigns.runtime.bootstrap import table
from campaigns.store.webhooks import WebhookStore


def get_webhook(request: Request, webhooks: WebhookStore) -> Response:
    """200 with the webhook, without its secret."""
    return show_webhook(webhooks.get(request.tenant_id, request.path("webhookId")))


handler = endpoint(
    "GET /api/campaigns/webhooks/{webhookId}", get_webhook, WebhookStore(table()), needs="webhooks:write"
)
