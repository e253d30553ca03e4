"""What the API answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypedDict, TypeVar

T = TypeVar("T")
Status = Literal["draft", "active", "completed"]
Moment = datetime | str
"""With its time zone; as text, in ISO 8601 with its offset."""
Sort = Literal["-createdAt", "createdAt", "-updatedAt", "updatedAt", "name", "-name"]
"""What a list is sorted by; descending with ``-``."""


@dataclass(frozen=True, slots=True)
class Association:
    """A sequence or template of a campaign, under its current name."""

    id: str
    name: str


class Contents(TypedDict, total=False):
    """Ids of sequences and templates."""

    sequences: Iterable[str]
    templates: Iterable[str]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it was when it was answered. Times are UTC in ISO 8601."""

    id: str
    name: str
    description: str | None
    status: Status
    sequences: tuple[Association, ...]
    """In the order in which they were added."""
    templates: tuple[Association, ...]
    """In the order in which they were added."""
    created_at: str
    updated_at: str
    etag: str | None = None
    """Its version, for ``if_match``."""
    labels: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict, hash=False)
    starts_at: str | None = None
    ends_at: str | None = None
    archived_at: str | None = None

    @classmethod
    def from_json(cls, body: dict[str, Any], etag: str | None = None) -> "Campaign":
        """The campaign that a JSON object of the API stands for."""
        return cls(
            id=body["id"],
            name=body["name"],
            description=body["description"],
            status=body["status"],
            sequences=tuple(Association(each["id"], each["name"]) for each in body["sequences"]),
            templates=tuple(Association(each["id"], each["name"]) for each in body["templates"]),
            created_at=body["createdAt"],
            updated_at=body["updatedAt"],
            etag=body.get("etag", etag),
            # Services of before have none of these.
            labels=tuple(body.get("labels", ())),
            metadata=body.get("metadata", {}),
            starts_at=body.get("startsAt"),
            ends_at=body.get("endsAt"),
            archived_at=body.get("archivedAt"),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object that the API answered."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "sequences": [{"id": each.id, "name": each.name} for each in self.sequences],
            "templates": [{"id": each.id, "name": each.name} for each in self.templates],
            "labels": list(self.labels),
            "metadata": self.metadata,
            "startsAt": self.starts_at,
            "endsAt": self.ends_at,
            "archivedAt": self.archived_at,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "etag": self.etag,
        }


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, without its secret."""

    id: str | None
    """None for a key of before keys had ids."""
    name: str | None
    scopes: tuple[str, ...]
    """What it may do."""
    expires_at: str | None
    """UTC in ISO 8601; None where it does not expire."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a client is: its tenant, and the key that it calls with."""

    tenant_id: str
    key: Key

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Identity":
        """The identity that a JSON object of the API stands for."""
        key = body["key"]
        return cls(body["tenantId"], Key(key["id"], key["name"], tuple(key["scopes"]), key["expiresAt"]))

    def to_json(self) -> dict[str, Any]:
        """The JSON object that the API answered."""
        key = {"id": self.key.id, "name": self.key.name, "scopes": list(self.key.scopes)}
        return {"tenantId": self.tenant_id, "key": key | {"expiresAt": self.key.expires_at}}


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came, out of ``request()``."""

    status_code: int
    headers: Mapping[str, str]
    """By name, without regard to case."""
    body: Any
    """Out of JSON; None where there was nothing."""

    @property
    def request_id(self) -> str | None:
        """In the service's log; name it when you ask for help."""
        return self.headers.get("X-Request-Id")


@dataclass(frozen=True, slots=True)
class ParsedAnswer(RawAnswer, Generic[T]):
    """An answer as it came, and what a method made of it."""

    parsed: T


class Filters(TypedDict, total=False):
    """What a campaign must be to be found: all that is given. None is as if it were not given."""

    status: Status | Iterable[Status] | None
    """It has one of these."""
    label: str | Iterable[str] | None
    """It has all of these, whatever their case."""
    q: str | None
    """Its name contains this, whatever the case."""
    sequence: str | None
    """It holds the sequence with this id."""
    template: str | None
    """It holds the template with this id."""
    created_after: datetime | str | None
    """It was created after this moment; texts are in ISO 8601, with an offset."""
    created_before: datetime | str | None
    updated_after: datetime | str | None
    updated_before: datetime | str | None
    archived: bool | Literal["any"] | None
    """It is archived, or not (as it is unless given), or either."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are: exactly so many, or at least."""

    count: int
    precision: Literal["exact", "at_least"]

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Count":
        """The count that a JSON object of the API stands for."""
        return cls(int(body["count"]), body["precision"])

    def to_json(self) -> dict[str, Any]:
        """The JSON object that the API answered."""
        return {"count": self.count, "precision": self.precision}


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A sequence or template that campaigns may hold, as the service that owns it announced it."""

    id: str
    name: str
    updated_at: str
    """UTC in ISO 8601."""
    campaign_count: Count | None = None
    """How many campaigns hold it; None in a list."""

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "CatalogueEntry":
        """The entry that a JSON object of the API stands for."""
        count = Count.from_json(body["campaignCount"]) if "campaignCount" in body else None
        return cls(body["id"], body["name"], body["updatedAt"], count)

    def to_json(self) -> dict[str, Any]:
        """The JSON object that the API answered."""
        entry = {"id": self.id, "name": self.name, "updatedAt": self.updated_at}
        return entry if self.campaign_count is None else entry | {"campaignCount": self.campaign_count.to_json()}
