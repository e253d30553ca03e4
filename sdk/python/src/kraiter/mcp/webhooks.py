"""Tools on webhooks: who is told of changes by a signed POST."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # Before Python 3.12, schemas are made of no other.

from kraiter import AsyncKraiter, Webhook
from kraiter.mcp.shown import Done
from kraiter.mcp.tools import CHANGES, CHANGES_EACH_TIME, CREATES, READS, REMOVES, Tool


class ShownWebhook(TypedDict):
    """A webhook; ``secret`` where it was just made, this once."""

    id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    disabledReason: str | None
    failingSince: str | None
    createdAt: str
    updatedAt: str
    secret: NotRequired[str]


class ShownWebhooks(TypedDict):
    """All webhooks."""

    data: list[ShownWebhook]


class ShownAttempt(TypedDict):
    """One attempt to deliver; ``status`` is what the receiver answered, ``error`` why it did not."""

    at: str
    status: int | None
    error: str | None
    milliseconds: int
    answer: str | None


class ShownDelivery(TypedDict):
    """An event on its way to a webhook."""

    id: str
    eventId: str
    type: str
    occurredAt: str
    status: str
    attempts: list[ShownAttempt]
    attemptCount: int
    nextAttemptAt: str | None


class ShownDeliveries(TypedDict):
    """Deliveries, newest first; ``nextCursor`` leads to those before and is null on the last page."""

    data: list[ShownDelivery]
    nextCursor: str | None


def add_tools(tool: Tool, kraiter: AsyncKraiter) -> None:
    """Those that make, show, change and delete webhooks, and see to their deliveries."""
    webhooks = kraiter.webhooks

    @tool("List webhooks", READS)
    async def list_webhooks() -> ShownWebhooks:
        """List all webhooks of the tenant, ten at most, oldest first."""
        found: Any = [each.to_json() for each in await webhooks.list()]
        return {"data": found}

    @tool("Get a webhook", READS)
    async def get_webhook(webhook_id: str) -> ShownWebhook:
        """Get one webhook by its id (wh_...), without its secret: whether it is enabled, and since when it fails."""
        return _shown(await webhooks.get(webhook_id))

    @tool("Create a webhook", CREATES)
    async def create_webhook(url: str, events: list[str], description: str | None = None) -> ShownWebhook:
        """Have a URL (https, port 443 or 8443) told of events by a signed POST.

        events: campaign.* or some of campaign.created, campaign.updated, campaign.deleted, campaign.sequence_added,
        campaign.sequence_removed, campaign.template_added, campaign.template_removed, webhook.disabled. The answer has
        the secret that verifies requests, this once: give it to the user to keep.
        """
        return _shown(await webhooks.create(url, events, description=description))

    @tool("Update a webhook", CHANGES)
    async def update_webhook(
        webhook_id: str,
        url: str | None = None,
        events: list[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
        clear_description: bool = False,
    ) -> ShownWebhook:
        """Change a webhook; what is not given stays. What is enabled again has a clean slate."""
        given = {"url": url, "events": events, "description": description, "enabled": enabled}
        patch: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        patch |= {"description": None} if clear_description else {}
        return _shown(await webhooks.update(webhook_id, **patch))

    @tool("Delete a webhook", REMOVES)
    async def delete_webhook(webhook_id: str) -> Done:
        """Delete a webhook for good; what waits for it is not delivered."""
        await webhooks.delete(webhook_id)
        return {"removed": webhook_id}

    @tool("Ping a webhook", CREATES)
    async def ping_webhook(webhook_id: str) -> ShownAttempt:
        """Send a webhook.ping now, and tell what the receiver answered."""
        found: Any = (await webhooks.ping(webhook_id)).to_json()
        return found  # type: ignore[no-any-return]

    @tool("Change a webhook's secret", CHANGES_EACH_TIME)
    async def rotate_webhook_secret(webhook_id: str, grace_seconds: int | None = None) -> ShownWebhook:
        """Give a webhook a new secret, shown this once; the one before signs beside it for the grace (a day)."""
        return _shown(await webhooks.rotate_secret(webhook_id, grace_seconds=grace_seconds))

    @tool("List deliveries of a webhook", READS)
    async def list_webhook_deliveries(
        webhook_id: str,
        status: Literal["pending", "succeeded", "failed"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ShownDeliveries:
        """Tell what was delivered to a webhook within 30 days, or shall be, newest first: limit (1-100) of them."""
        listing = webhooks.deliveries(webhook_id, status=status, limit=limit, cursor=cursor)
        page = await listing.first_page()
        found: Any = [each.to_json() for each in page.data]
        return {"data": found, "nextCursor": page.next_cursor}

    @tool("Deliver once more", CREATES)
    async def redeliver_webhook_event(webhook_id: str, delivery_id: str) -> ShownDelivery:
        """Deliver something once more, now, by its id (dlv_...); the answer is the delivery as it was before."""
        found: Any = (await webhooks.redeliver(webhook_id, delivery_id)).to_json()
        return found  # type: ignore[no-any-return]


def _shown(webhook: Webhook) -> ShownWebhook:
    found: Any = webhook.to_json()
    return found  # type: ignore[no-any-return]
