"""Webhooks: who is told of what, by a signed POST."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, TypedDict, get_args

from campaigns.domain.event_types import EventType, WebhookEventType

MAX_WEBHOOKS: Final = 10
"""How many a tenant has at most."""
MAX_SECRETS: Final = 5
"""How many secrets of one webhook sign at the same time, after rotations in quick succession."""
FAILING_FOR: Final = timedelta(days=5)
"""After so long with nothing but failures a webhook is disabled."""
QUICK_SECONDS: Final = 2.0
"""A receiver that takes longer is slow."""
SLOW_FOR: Final = timedelta(minutes=15)
"""For so long, from then on."""
SLOW_AGAIN: Final = timedelta(minutes=5)
"""Before that is over it is said anew, where it still is."""
ALL_OF_CAMPAIGNS: Final = "campaign.*"
EVENT_NAMES: Final[tuple[str, ...]] = (*get_args(EventType), ALL_OF_CAMPAIGNS, *get_args(WebhookEventType))
"""What a webhook may ask for."""

DisabledReason = Literal["gone", "failing"]
"""The receiver answered 410; or it has done nothing but fail for ``FAILING_FOR``."""


class ShownWebhook(TypedDict):
    """A webhook as clients see it."""

    id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    disabledReason: DisabledReason | None
    failingSince: str | None
    createdAt: str
    updatedAt: str


class ShownWebhookWithSecret(ShownWebhook):
    """A webhook at its creation or the rotation of its secret, the only time that its secret is shown."""

    secret: str


class Sealed(NamedTuple):
    """A secret that only the key service can open."""

    blob: str
    """What it made of it, in base64."""
    not_after: str | None = None
    """Until when it signs; None for the current one."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A webhook."""

    id: str
    tenant_id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    secrets: tuple[Sealed, ...]
    """The current one first, then those before it that may still sign."""
    created_at: str
    updated_at: str
    disabled_at: str | None = None
    disabled_reason: DisabledReason | None = None
    failing_since: str | None = None
    """When it failed first since it last succeeded."""
    slow_until: str | None = None
    """Until when it waits apart from others, since it has taken its time."""

    @property
    def enabled(self) -> bool:
        """Whether it is told of anything."""
        return self.disabled_at is None

    def wants(self, event_type: str) -> bool:
        """Whether it shall be told of such an event."""
        named = event_type in self.events
        return self.enabled and (named or (ALL_OF_CAMPAIGNS in self.events and event_type.startswith("campaign.")))

    def signing(self, now: str) -> Sequence[Sealed]:
        """The secrets that sign at a moment, the current one first."""
        return [each for each in self.secrets if each.not_after is None or each.not_after > now]

    def has_failed_too_long(self, now: datetime) -> bool:
        """Whether it has done nothing but fail for so long that it is given up."""
        since = self.failing_since
        return since is not None and datetime.fromisoformat(since) + FAILING_FOR <= now

    def is_slow(self, now: str) -> bool:
        """Whether what is delivered to it would hold up others."""
        return self.slow_until is not None and self.slow_until > now

    def shown(self) -> ShownWebhook:
        """What clients see of it."""
        return {
            "id": self.id,
            "url": self.url,
            "events": list(self.events),
            "description": self.description,
            "enabled": self.enabled,
            "disabledReason": self.disabled_reason,
            "failingSince": self.failing_since,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }
