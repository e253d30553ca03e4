"""POST /api/campaigns/webhooks/{webhookId}/ping"""

from typing import NamedTuple

from campaigns.domain.deliveries import ping_of
from campaigns.domain.identifiers import new_id, timestamp, utc_now
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.webhooks import show_attempt
from campaigns.runtime import deadline
from campaigns.runtime.bootstrap import sealer, sender, table
from campaigns.store.webhooks import WebhookStore
from campaigns.webhooks.sealing import Sealer
from campaigns.webhooks.sending import Sender


class Means(NamedTuple):
    """What the endpoint works with."""

    webhooks: WebhookStore
    sealer: Sealer
    sender: Sender


def ping_webhook(request: Request, means: Means) -> Response:
    """200 with what the receiver answered to a ``webhook.ping``, sent now. Nothing follows from a failure."""
    webhook = means.webhooks.get(request.tenant_id, request.path("webhookId"))
    now = utc_now()
    secrets = [means.sealer.open(webhook.tenant_id, webhook.id, each) for each in webhook.signing(timestamp(now))]
    left = deadline.end() - deadline.now()
    outcome = means.sender.send(webhook.url, new_id("evt_", now), ping_of(webhook.id, now), secrets, left)
    return show_attempt(outcome.shown(timestamp(now)))


means = Means(WebhookStore(table()), sealer(), sender())
handler = endpoint("POST /api/campaigns/webhooks/{webhookId}/ping", ping_webhook, means, needs="webhooks:write")
