"""GET /api/campaigns/webhooks"""

from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_webhooks
from campaigns.runtime.bootstrap import table
from campaigns.store.webhooks import WebhookStore


def list_webhooks(request: Request, webhooks: WebhookStore) -> Response:
    """200 with all webhooks, oldest first."""
    return show_webhooks(webhooks.list(request.tenant_id))


handler = endpoint("GET /api/campaigns/webhooks", list_webhooks, WebhookStore(table()), needs="webhooks:write")
