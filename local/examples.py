"""What the events in events/ speak of: put into an empty table, each of them succeeds."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.deliveries import Delivery
from campaigns.domain.identifiers import timestamp, utc_now
from campaigns.domain.webhooks import Sealed, Webhook
from campaigns.events.publishing import events_of
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.history import HistoryWriter
from campaigns.store.requests import campaigns as requests
from campaigns.store.requests import deliveries, webhooks
from campaigns.store.table import Table
from campaigns.webhooks.sealing import Sealer

EVENTS = Path(__file__).parents[1] / "events"
CAMPAIGN_ID = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7X"
WEBHOOK_ID = "wh_01K56D2A80T5E6QJ3Z8W2N4V7X"
DELIVERY_ID = "dlv_01K56D2A80T5E6QJ3Z8W2N4V7X"
TENANT = "acme"


def event(function: str) -> Any:
    """The example event of a function."""
    return json.loads((EVENTS / f"{function}.json").read_text())


def seed(table: Table, sealer: Sealer | None = None) -> None:
    """The campaign, the catalogue, the webhook and the API key of the events.

    Without a sealer, the secret of the webhook is none that anybody could open.
    """
    now = utc_now()
    campaign = Campaign(
        id=CAMPAIGN_ID,
        name="Q4 Product Launch",
        description=None,
        status="draft",
        sequences=(),
        templates=(),
        created_at=timestamp(now),
        updated_at=timestamp(now),
        version=1,
    )
    table.transact(requests.create(TENANT, campaign))
    image = requests.campaign_item(TENANT, campaign)
    created = {
        "eventID": "c4ca4238a0b923820dcc509a6f75849b",
        "eventName": "INSERT",
        "dynamodb": {"Keys": image, "NewImage": image, "SequenceNumber": "1"},
    }
    HistoryWriter(table, timedelta(days=365)).record(event.recorded for event in events_of(created))
    catalogue = CatalogueStore(table)
    catalogue.follow(Announcement(TENANT, Kind.SEQUENCE, "onboarding", "Onboarding Sequence", now))
    catalogue.follow(Announcement(TENANT, Kind.TEMPLATE, "launch-announcement", "Launch Announcement", now))
    webhook = Webhook(
        id=WEBHOOK_ID,
        tenant_id=TENANT,
        url="https://hooks.example.com/campaigns",
        events=("campaign.*",),
        description=None,
        secrets=(sealer.new(TENANT, WEBHOOK_ID)[1] if sealer else Sealed("c2VhbGVk"),),
        created_at=timestamp(now),
        updated_at=timestamp(now),
    )
    table.transact(webhooks.create(webhook))
    delivered = Delivery(
        id=DELIVERY_ID,
        event_id="evt_1f0e3dad99908345f7439f8ffabdffc4_0",
        type="campaign.updated",
        occurred_at=timestamp(now),
        payload="{}",
        status="failed",
        attempts=(),
        attempt_count=8,
        next_attempt_at=None,
    )
    table.send("put_item", **deliveries.record(TENANT, WEBHOOK_ID, delivered))
    raw_key = event("authorize")["authorizationToken"].removeprefix("Bearer ")
    digest = hashlib.sha256(raw_key.encode()).hexdigest()
    owner = serialize_all({"tenantId": TENANT, "keyId": "key_example"})
    table.send("put_item", Item=keys.api_key(digest) | owner)
