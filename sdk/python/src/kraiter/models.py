"""What the API answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypedDict, TypeVar

from kraiter.model import ABSENT, Model, Time

T = TypeVar("T")
Status = Literal["draft", "active", "completed"]
Moment = datetime | str
"""With its time zone; as text, in ISO 8601 with its offset."""
Sort = Literal["-createdAt", "createdAt", "-updatedAt", "updatedAt", "name", "-name"]
"""What a list is sorted by; descending with ``-``."""


@dataclass(frozen=True, slots=True, repr=False)
class Association(Model):
    """A sequence or template of a campaign, under its current name."""

    id: str
    name: str


class Contents(TypedDict, total=False):
    """Ids of sequences and templates."""

    sequences: Iterable[str]
    templates: Iterable[str]


@dataclass(frozen=True, slots=True, repr=False)
class Campaign(Model):
    """A campaign as it was when it was answered."""

    id: str
    name: str
    description: str | None
    status: Status | str
    sequences: tuple[Association, ...]
    """In the order in which they were added."""
    templates: tuple[Association, ...]
    """In the order in which they were added."""
    created_at: Time
    updated_at: Time
    etag: str | None = None
    """Its version, for ``if_match``."""
    labels: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict, hash=False)
    starts_at: Time | None = None
    ends_at: Time | None = None
    archived_at: Time | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Key(Model):
    """An API key, without its secret."""

    id: str | None
    """None for a key of before keys had ids."""
    name: str | None
    scopes: tuple[str, ...]
    """What it may do."""
    expires_at: Time | None
    """None where it does not expire."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity(Model):
    """Who a client is: its tenant, and the key that it calls with."""

    tenant_id: str
    key: Key


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came, out of ``request()``."""

    status_code: int
    headers: Mapping[str, str]
    """By name, without regard to case."""
    body: Any = field(repr=False)
    """Out of JSON; None where there was nothing. In no print: it may have a secret."""

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


@dataclass(frozen=True, slots=True, repr=False)
class Count(Model):
    """How many there are: exactly so many, or at least."""

    count: int
    precision: Literal["exact", "at_least"] | str


@dataclass(frozen=True, slots=True, repr=False)
class CatalogueEntry(Model):
    """A sequence or template that campaigns may hold, as the service that owns it announced it."""

    id: str
    name: str
    updated_at: Time
    campaign_count: Count | None = field(default=None, metadata=ABSENT)
    """How many campaigns hold it; None in a list."""
