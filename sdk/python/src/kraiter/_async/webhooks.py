"""The methods on webhooks."""

from collections.abc import Iterable

from kraiter import webhooks
from kraiter._async.pages import AsyncListing
from kraiter._async.subject import AsyncSubject
from kraiter.arguments import KEEP
from kraiter.webhooks import Attempt, Delivery, DeliveryStatus, Webhook


class AsyncWebhooks(AsyncSubject):
    """Who is told of changes by a signed POST. Every method may raise a ``KraiterError``."""

    unwrap = staticmethod(webhooks.unwrap)

    async def create(
        self,
        url: str,
        events: Iterable[str],
        *,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> Webhook:
        """A new webhook, with its ``secret``: this once. ``events`` are names, or ``campaign.*``."""
        return await self._do(webhooks.create(url, events, description, idempotency_key, self._retries))

    async def list(self) -> list[Webhook]:
        """All of them, oldest first; there are ten at most."""
        return await self._do(webhooks.list_all(self._retries))

    async def get(self, webhook_id: str) -> Webhook:
        """One webhook, without its secret."""
        return await self._do(webhooks.get(webhook_id, self._retries))

    async def update(
        self,
        webhook_id: str,
        *,
        url: str = KEEP,
        events: Iterable[str] = KEEP,
        description: str | None = KEEP,
        enabled: bool = KEEP,
    ) -> Webhook:
        """Set what is given; ``description=None`` clears it, and what is enabled again has a clean slate."""
        fields = {"url": url, "events": events, "description": description, "enabled": enabled}
        return await self._do(webhooks.update(webhook_id, fields, self._retries))

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook; what waits for it is not delivered."""
        await self._do(webhooks.delete(webhook_id, self._retries))

    async def ping(self, webhook_id: str) -> Attempt:
        """Send a ``webhook.ping`` now, and see what the receiver answers."""
        return await self._do(webhooks.ping(webhook_id, self._retries))

    async def rotate_secret(self, webhook_id: str, *, grace_seconds: int | None = None) -> Webhook:
        """A new ``secret``: this once. The one before signs, too, for the grace: a day unless given."""
        return await self._do(webhooks.rotate_secret(webhook_id, grace_seconds, self._retries))

    def deliveries(
        self,
        webhook_id: str,
        *,
        status: DeliveryStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncListing[Delivery]:
        """What was delivered within 30 days, or shall be, newest first."""
        return AsyncListing(
            lambda after, most: self._do(webhooks.deliveries(webhook_id, status, after, most, self._retries)),
            cursor,
            limit,
        )

    async def redeliver(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Deliver once more, now; the delivery as it was before."""
        return await self._do(webhooks.redeliver(webhook_id, delivery_id, self._retries))
