"""What other services say of sequences and templates."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from campaigns.domain.campaign import Kind

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
