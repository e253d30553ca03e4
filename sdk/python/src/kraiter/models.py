"""What the API answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Status = Literal["draft", "active", "completed"]


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
class Page:
    """Campaigns, newest first, and the cursor of the page after them (None on the last one)."""

    data: tuple[Campaign, ...]
    next_cursor: str | None

    @property
    def has_next_page(self) -> bool:
        """Whether there are campaigns after these."""
        return self.next_cursor is not None
