"""What other services say of sequences and templates, and what clients see of that."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypedDict

from campaigns.domain.campaign import Kind
from campaigns.domain.finding import Count, ShownCount
from campaigns.domain.identifiers import timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Announcement(NamedTuple):
    """That a tenant's sequence or template is called ``name`` since ``updated_at``, or, without a name, is deleted."""

    tenant_id: str
    kind: Kind
    id: str
    name: str | None
    updated_at: datetime

    @property
    def as_of(self) -> int:
        """``updated_at`` in microseconds since 1970: a third of a timestamp's bytes, in items that hold 1,000."""
        return (self.updated_at - _EPOCH) // timedelta(microseconds=1)

    @classmethod
    def of_entry(cls, tenant_id: str, kind: Kind, id_: str, name: str | None, as_of: int) -> "Announcement":
        """The announcement that left such an entry in the catalogue."""
        return cls(tenant_id, kind, id_, name, _EPOCH + timedelta(microseconds=as_of))


class ShownEntry(TypedDict):
    """A sequence or template that campaigns may hold."""

    id: str
    name: str
    updatedAt: str


class ShownHeldEntry(ShownEntry):
    """A sequence or template, and how many campaigns hold it, archived ones among them."""

    campaignCount: ShownCount


class Entry(NamedTuple):
    """A sequence or template of a tenant's catalogue."""

    id: str
    name: str
    as_of: int
    """When it was last announced, in microseconds since 1970."""

    def shown(self) -> ShownEntry:
        """What clients see of it."""
        updated_at = timestamp(_EPOCH + timedelta(microseconds=self.as_of))
        return {"id": self.id, "name": self.name, "updatedAt": updated_at}

    def shown_with(self, count: Count) -> ShownHeldEntry:
        """The same, and how many campaigns hold it."""
        return {**self.shown(), "campaignCount": count.shown()}


class EntryPage(NamedTuple):
    """Entries by id, and the cursor of the page after them (None on the last page)."""

    entries: list[Entry]
    next_cursor: str | None
