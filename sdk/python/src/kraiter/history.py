"""What happened to campaigns, as the history tells it; and the steps of asking for it."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kraiter.exchange import Found, Send, Steps, exchange, read
from kraiter.finding import text, with_page
from kraiter.model import ABSENT, Model, Time
from kraiter.models import Campaign


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Actor(Model):
    """Who made a change. ``id`` and ``name`` are an API key's; the others have none."""

    type: str
    """``api_key``, ``catalogue`` (by an announcement) or ``schedule`` (by a campaign's date)."""
    id: str | None
    name: str | None


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Origin(Model):
    """The HTTP request behind a change."""

    id: str
    """Its ``X-Request-Id``."""
    ip: str | None
    user_agent: str | None


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Change(Model):
    """One thing that changed: JSON, None for what was not there. For an order both are None."""

    field: str
    before: Any = dataclasses.field(metadata={"json": "from"})
    after: Any = dataclasses.field(metadata={"json": "to"})


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Event(Model):
    """Something that happened to a campaign; or to a sequence or template, wherever it is held; or to a webhook."""

    id: str
    type: str
    """``campaign.updated``, say."""
    occurred_at: Time
    tenant_id: str
    campaign: dict[str, Any] | None
    """As it was after the change, or before its deletion: JSON; a very large one without ``sequences``, ``templates``.

    None where a sequence or template was renamed or deleted, wherever it is held, or a webhook disabled.
    """
    changes: tuple[Change, ...]
    """Empty where a campaign was created or deleted, or a webhook disabled."""
    actor: Actor | None
    """None where that was not written down."""
    request: Origin | None
    """None where nobody asked over HTTP."""
    webhook: dict[str, Any] | None = dataclasses.field(default=None, metadata=ABSENT)
    """Of ``webhook.disabled`` alone: its ``id``, ``description`` and the ``reason``, ``gone`` or ``failing``."""


def query(
    campaign: Campaign | str | None,
    types: str | Iterable[str] | None,
    actor: str | None,
    after: datetime | str | None,
    before: datetime | str | None,
) -> dict[str, str]:
    """The parameters of a request for the history. What is None is not asked for."""
    campaign_id = campaign.id if isinstance(campaign, Campaign) else campaign
    given = {"campaign": campaign_id, "type": types, "actor": actor, "after": after, "before": before}
    return {name: text(name, value) for name, value in given.items() if value is not None}


def page(asked: dict[str, str], cursor: str | None, limit: int | None, retries: int) -> Steps[Found[Event]]:
    """Events after a cursor."""
    send = Send("GET", "/events", params=with_page(asked, cursor, limit))
    return read(
        (yield from exchange(send, retries)),
        lambda body: (tuple(map(Event.from_json, body["data"])), body["nextCursor"]),
    )
