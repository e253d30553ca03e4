"""What happened to campaigns, as the history tells it; and the steps of asking for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kraiter.exchange import Found, Send, Steps, exchange, read
from kraiter.finding import text, with_page
from kraiter.models import Campaign


@dataclass(frozen=True, slots=True)
class Actor:
    """Who made a change. ``id`` and ``name`` are an API key's; the others have none."""

    type: str
    """``api_key``, ``catalogue`` (by an announcement) or ``schedule`` (by a campaign's date)."""
    id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """The HTTP request behind a change."""

    id: str
    """Its ``X-Request-Id``."""
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed: JSON, None for what was not there. For an order both are None."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a campaign; or to a sequence or template, wherever it is held."""

    id: str
    type: str
    """``campaign.updated``, say."""
    occurred_at: str
    """UTC in ISO 8601."""
    tenant_id: str
    campaign: dict[str, Any] | None
    """As it was after the change, or before its deletion: JSON; a very large one without ``sequences``, ``templates``.

    None where a sequence or template was renamed or deleted, wherever it is held.
    """
    changes: tuple[Change, ...]
    """Empty where a campaign was created or deleted."""
    actor: Actor | None
    """None where that was not written down."""
    request: Origin | None
    """None where nobody asked over HTTP."""

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Event":
        """The event that a JSON object of the API stands for."""
        actor, request = body["actor"], body["request"]
        return cls(
            id=body["id"],
            type=body["type"],
            occurred_at=body["occurredAt"],
            tenant_id=body["tenantId"],
            campaign=body["campaign"],
            changes=tuple(Change(each["field"], each["from"], each["to"]) for each in body["changes"]),
            actor=Actor(actor["type"], actor["id"], actor["name"]) if actor else None,
            request=Origin(request["id"], request["ip"], request["userAgent"]) if request else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object that the API answered."""
        actor, request = self.actor, self.request
        return {
            "id": self.id,
            "type": self.type,
            "occurredAt": self.occurred_at,
            "tenantId": self.tenant_id,
            "campaign": self.campaign,
            "changes": [{"field": each.field, "from": each.before, "to": each.after} for each in self.changes],
            "actor": {"type": actor.type, "id": actor.id, "name": actor.name} if actor else None,
            "request": {"id": request.id, "ip": request.ip, "userAgent": request.user_agent} if request else None,
        }


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
