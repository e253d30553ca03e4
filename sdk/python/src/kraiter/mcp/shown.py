"""What the tools answer."""

from typing import Any

from typing_extensions import TypedDict  # Before Python 3.12, schemas are made of no other.

from kraiter import Campaign


class ShownAssociation(TypedDict):
    """A sequence or template of a campaign."""

    id: str
    name: str


class ShownCampaign(TypedDict):
    """A campaign; its status is draft, active or completed."""

    id: str
    name: str
    description: str | None
    status: str
    sequences: list[ShownAssociation]
    templates: list[ShownAssociation]
    labels: list[str]
    metadata: dict[str, str]
    startsAt: str | None
    endsAt: str | None
    archivedAt: str | None
    createdAt: str
    updatedAt: str
    etag: str | None


class ShownPage(TypedDict):
    """Campaigns; ``nextCursor`` leads to those after them and is null on the last page."""

    data: list[ShownCampaign]
    nextCursor: str | None


class ShownCount(TypedDict):
    """How many there are: exactly so many (exact), or at least (at_least)."""

    count: int
    precision: str


class ShownEntry(TypedDict):
    """A sequence or template that campaigns may hold."""

    id: str
    name: str
    updatedAt: str


class ShownEntries(TypedDict):
    """What campaigns may hold, by id; ``nextCursor`` leads to what comes after and is null on the last page."""

    data: list[ShownEntry]
    nextCursor: str | None


class ShownKey(TypedDict):
    """An API key and what it may do; it does not expire where ``expiresAt`` is null."""

    id: str | None
    name: str | None
    scopes: list[str]
    expiresAt: str | None


class ShownIdentity(TypedDict):
    """Who calls: a tenant, by a key."""

    tenantId: str
    key: ShownKey


class Done(TypedDict):
    """What is no longer there."""

    removed: str


def shown(campaign: Campaign) -> ShownCampaign:
    """A campaign as the API shows it."""
    found: Any = campaign.to_json()
    return found  # type: ignore[no-any-return]
