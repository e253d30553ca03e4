"""POST /api/campaigns/webhooks"""

from typing import NamedTuple

from campaigns.domain.identifiers import new_id, utc_now
from campaigns.domain.webhook_inputs import new_webhook
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_webhook
from campaigns.runtime.bootstrap import sealer, table, webhooks_may_loop_back
from campaigns.store.webhooks import WebhookStore
from campaigns.webhooks.sealing import Sealer

NEW_WEBHOOK = new_webhook(loopback=webhooks_may_loop_back())


class Means(NamedTuple):
    """What the endpoint works with."""

    webhooks: WebhookStore
    sealer: Sealer


def create_webhook(request: Request, means: Means) -> Response:
    """201 with the new webhook and its secret; or once more with the one that the same idempotency key has made."""
    tenant_id, new, key = request.tenant_id, request.body(NEW_WEBHOOK), request.idempotency_key()
    webhook_id = new_id("wh_", utc_now())
    secret, sealed = means.sealer.new(tenant_id, webhook_id)
    webhook, replayed = means.webhooks.create(tenant_id, webhook_id, new, sealed, key)
    if replayed:
        secret = means.sealer.open(tenant_id, webhook.id, webhook.secrets[0])
    headers = {"Location": f"webhooks/{webhook.id}"} | ({"Idempotent-Replayed": "true"} if replayed else {})
    return show_webhook(webhook, 201, headers, secret)


handler = endpoint(
    "POST /api/campaigns/webhooks", create_webhook, Means(WebhookStore(table()), sealer()), needs="webhooks:write"
)
