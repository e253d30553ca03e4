"""PATCH /api/campaigns/webhooks/{webhookId}"""

from campaigns.domain.webhook_inputs import webhook_patch
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_webhook
from campaigns.runtime.bootstrap import table, webhooks_may_loop_back
from campaigns.store.webhooks import WebhookStore

WEBHOOK_PATCH = webhook_patch(loopback=webhooks_may_loop_back())


def update_webhook(request: Request, webhooks: WebhookStore) -> Response:
    """200 with the webhook after the merge patch; one that is enabled again begins with a clean slate."""
    patch = request.body(WEBHOOK_PATCH)
    return show_webhook(webhooks.update(request.tenant_id, request.path("webhookId"), patch))


handler = endpoint(
    "PATCH /api/campaigns/webhooks/{webhookId}", update_webhook, WebhookStore(table()), needs="webhooks:write"
)
