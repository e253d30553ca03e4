"""POST /api/campaigns/webhooks/{webhookId}/rotate-secret"""

from datetime import timedelta
from typing import NamedTuple

from campaigns.domain.webhook_inputs import ROTATION
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_webhook
from campaigns.runtime.bootstrap import sealer, table
from campaigns.store.webhooks import WebhookStore, check_webhook_id
from campaigns.webhooks.sealing import Sealer


class Means(NamedTuple):
    """What the endpoint works with."""

    webhooks: WebhookStore
    sealer: Sealer


def rotate_webhook_secret(request: Request, means: Means) -> Response:
    """200 with the webhook and its new secret; the one before signs, too, until the grace is over."""
    tenant_id, webhook_id = request.tenant_id, request.path("webhookId")
    rotation = request.body(ROTATION, may_be_absent=True)
    check_webhook_id(webhook_id)
    secret, sealed = means.sealer.new(tenant_id, webhook_id)
    grace = timedelta(seconds=rotation.graceSeconds)
    return show_webhook(means.webhooks.rotate(tenant_id, webhook_id, sealed, grace), secret=secret)


means = Means(WebhookStore(table()), sealer())
handler = endpoint(
    "POST /api/campaigns/webhooks/{webhookId}/rotate-secret", rotate_webhook_secret, means, needs="webhooks:write"
)
