"""What happens to campaigns, as other services hear of it."""

from json import JSONEncoder
from typing import Any, Final, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from campaigns.domain.actors import CATALOGUE, Actor, Asked
from campaigns.domain.campaign import Association, Campaign, Kind, ShownAssociation, ShownCampaign, Status
from campaigns.domain.event_types import CatalogueEventType, EventType, WebhookEventType
from campaigns.domain.webhooks import DisabledReason, ShownWebhook

SOURCE = "kraiter.campaigns"
_to_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_MEMBERSHIP_EVENTS: dict[Kind, tuple[EventType, EventType]] = {
    Kind.SEQUENCE: ("campaign.sequence_removed", "campaign.sequence_added"),
    Kind.TEMPLATE: ("campaign.template_removed", "campaign.template_added"),
}

_FIELDS: Final = ("name", "description", "status", "labels", "metadata", "startsAt", "endsAt", "archivedAt")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)


class Change(_Part):
    """One thing that changed. For what was added ``from`` is null, for what was removed ``to`` is.

    For the order of ``sequences`` or ``templates`` both are: the campaign shows it.
    """

    field: Literal[
        "name",
        "description",
        "status",
        "labels",
        "metadata",
        "startsAt",
        "endsAt",
        "archivedAt",
        "sequence",
        "template",
        "sequences",
        "templates",
    ]
    from_: ShownAssociation | str | list[str] | dict[str, str] | None = Field(alias="from")
    to: ShownAssociation | str | list[str] | dict[str, str] | None


class CampaignSummary(TypedDict):
    """A campaign without its associations: what an event shows that would pass the bus's limit otherwise."""

    id: str
    name: str
    description: str | None
    status: Status
    labels: list[str]
    metadata: dict[str, str]
    startsAt: str | None
    endsAt: str | None
    archivedAt: str | None
    createdAt: str
    updatedAt: str
    etag: str


class CampaignEvent(_Part):
    """The detail of an event from ``kraiter.campaigns``."""

    id: str = Field(description="The same on every redelivery: drop what you have seen.")
    occurred_at: str = Field(
        description="UTC, milliseconds; strictly increasing with each change of a campaign: it is the order. Events of "
        "one change share it, in the order of the number that their ids end with."
    )
    tenant_id: str
    campaign: ShownCampaign | CampaignSummary = Field(
        description="The campaign after the change, or before its deletion. Without sequences and templates where "
        "the event would be too large for the bus; get the campaign then."
    )
    changes: tuple[Change, ...] = Field(description="What changed; empty for created and deleted.")
    actor: Actor | None = Field(description="Who made the change; null where that was not written down.")

    def to_json(self) -> str:
        """The JSON text that the bus receives."""
        return self.model_dump_json(by_alias=True)

    def shortened(self) -> "CampaignEvent":
        """This event without the campaign's associations."""
        campaign = {name: value for name, value in self.campaign.items() if name not in {"sequences", "templates"}}
        return self.model_copy(update={"campaign": campaign})


class WebhookEvent(_Part):
    """The detail of ``webhook.disabled``."""

    id: str = Field(description="The same on every redelivery: drop what you have seen.")
    occurred_at: str
    tenant_id: str
    webhook: ShownWebhook
    reason: DisabledReason = Field(description="It answered 410, or it has done nothing but fail for five days.")

    def to_json(self) -> str:
        """The JSON text that the bus receives."""
        return self.model_dump_json(by_alias=True)


class DisabledWebhook(TypedDict):
    """A webhook that the service disabled, and why; without its URL, which those who may read events need not know."""

    id: str
    description: str | None
    reason: DisabledReason


class ShownEvent(TypedDict):
    """An event as the history shows it: as it was on the bus, with its type and with the request behind it.

    ``campaign`` is null where a sequence or template was renamed or deleted, wherever it is held; and where a webhook
    was disabled, which ``webhook`` tells, then and only then.
    """

    id: str
    type: EventType | CatalogueEventType | WebhookEventType
    occurredAt: str
    tenantId: str
    campaign: ShownCampaign | CampaignSummary | None
    changes: list[Change]
    actor: Actor | None
    request: Asked | None
    webhook: NotRequired[DisabledWebhook]


def shown_disabling(event: WebhookEvent) -> str:
    """The JSON text of a webhook's end in the history; nobody did it but the service itself."""
    webhook: DisabledWebhook = {
        "id": event.webhook["id"],
        "description": event.webhook["description"],
        "reason": event.reason,
    }
    found: ShownEvent = {
        "id": event.id,
        "type": "webhook.disabled",
        "occurredAt": event.occurred_at,
        "tenantId": event.tenant_id,
        "campaign": None,
        "changes": [],
        "actor": None,
        "request": None,
        "webhook": webhook,
    }
    return _to_json(found)


def shown(event: CampaignEvent, event_type: EventType, request: Asked | None) -> str:
    """The JSON text of an event that the history shows."""
    fields = event.model_dump(by_alias=True)
    return _to_json({"id": fields.pop("id"), "type": event_type, **fields, "request": request})


def shown_once(
    id_: str, occurred_at: str, tenant_id: str, kind: Kind, before: Association, after: Association | None
) -> tuple[CatalogueEventType, str]:
    """The same of what happened to a sequence or template in all campaigns at once."""
    names: dict[Kind, tuple[CatalogueEventType, CatalogueEventType]] = {
        Kind.SEQUENCE: ("sequence.deleted", "sequence.updated"),
        Kind.TEMPLATE: ("template.deleted", "template.updated"),
    }
    event_type = names[kind][after is not None]
    event: dict[str, Any] = {
        "id": id_,
        "type": event_type,
        "occurredAt": occurred_at,
        "tenantId": tenant_id,
        "campaign": None,
        "changes": [_change(kind, before, after).model_dump(by_alias=True)],
        "actor": CATALOGUE.actor,
        "request": CATALOGUE.request,
    }
    return event_type, _to_json(event)


def differences(before: Campaign | None, after: Campaign | None) -> list[tuple[EventType, tuple[Change, ...]]]:
    """The events that lead from one state of a campaign to the next, in the order in which to tell them.

    None stands for a campaign that is not there. Nothing visible changed: no event.
    """
    if after is None:
        return [("campaign.deleted", ())] if before else []
    if before is None:
        # A creation that already holds something has been seen by nobody in between; its campaign tells it all.
        return [("campaign.created", ())]
    was, is_ = before.shown(), after.shown()
    updates: list[Change] = [
        Change(field=field, from_=was[field], to=is_[field]) for field in _FIELDS if was[field] != is_[field]
    ]
    memberships: list[tuple[EventType, tuple[Change, ...]]] = []
    for kind in Kind:
        held = {each.id: each for each in before.associations(kind)}
        holds = {each.id: each for each in after.associations(kind)}
        updates += [_change(kind, held[id_], one) for id_, one in holds.items() if id_ in held and held[id_] != one]
        stay, come = [id_ for id_ in held if id_ in holds], [id_ for id_ in holds if id_ not in held]
        if list(holds) != stay + come:  # not as if what came had been added one by one
            updates.append(Change(field=kind.plural, from_=None, to=None))
        removed, added = _MEMBERSHIP_EVENTS[kind]
        memberships += [(removed, (_change(kind, one, None),)) for id_, one in held.items() if id_ not in holds]
        memberships += [(added, (_change(kind, None, one),)) for id_, one in holds.items() if id_ not in held]
    return [("campaign.updated", tuple(updates)), *memberships] if updates else memberships


def _change(kind: Kind, before: Association | None, after: Association | None) -> Change:
    fields: dict[str, Any] = {
        "field": kind.value,
        "from": before._asdict() if before else None,
        "to": after._asdict() if after else None,
    }
    return Change(**fields)
