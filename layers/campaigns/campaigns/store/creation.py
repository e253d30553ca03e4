"""New campaigns, with what they hold from the start.

Each method says how many round trips to DynamoDB it makes without contention.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.contents import check_fits, wanted
from campaigns.domain.identifiers import Clock, new_campaign_id, timestamp, utc_now
from campaigns.store.idempotency import Created, Once, fingerprint
from campaigns.store.making import Entries, answered, known, make, read_entries
from campaigns.store.table import Table

if TYPE_CHECKING:
    from campaigns.domain.inputs import NewCampaign

_FIRST_FIELDS: Final = 2
"""How many fields a creation had in the first release, whose records of idempotency keys count for a day."""


class CreationStore:
    """Makes campaigns."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def create(self, tenant_id: str, new: "NewCampaign") -> Campaign:
        """Make a draft. One round trip; two where it holds something.

        Raises:
            NotFound: it shall hold what the tenant does not have; ``details`` says where that is named.
            InvalidInput: it shall hold more than one transaction can.
        """
        return self._create(tenant_id, new, None, self._clock()).campaign

    def create_with_key(self, tenant_id: str, new: "NewCampaign", idempotency_key: str) -> Created:
        """Make a draft, in as many trips, or answer once more with the one that this key has made within 24 hours.

        That takes one trip more.

        Raises:
            Conflict: the key was used with another body, or at another endpoint.
            NotFound: as ``create``.
            InvalidInput: as ``create``.
        """
        now = self._clock()
        asked = list(new)
        while len(asked) > _FIRST_FIELDS and not asked[-1]:
            asked.pop()
        return self._create(tenant_id, new, Once(tenant_id, idempotency_key, fingerprint(*asked), now), now)

    def _create(self, tenant_id: str, new: "NewCampaign", once: Once | None, now: datetime) -> Created:
        draft = _draft(new_campaign_id(now), new, timestamp(now))
        named = [
            each
            for kind, ids in ((Kind.SEQUENCE, new.sequences), (Kind.TEMPLATE, new.templates))
            for each in wanted(kind, ids, kind.plural)
        ]
        check_fits(len(named), 0)
        entries: Entries = {}
        if named:
            records, entries = read_entries(self._table, tenant_id, named, *([once.record_key] if once else []))
            if once and (first := answered(self._table, once, records[0], draft)):
                return first
        return make(self._table, draft, named, entries, choose=known, tenant_id=tenant_id, once=once)


def _draft(campaign_id: str, new: "NewCampaign", now: str) -> Campaign:
    return Campaign(
        id=campaign_id,
        name=new.name,
        description=new.description,
        status="draft",
        sequences=(),
        templates=(),
        created_at=now,
        updated_at=now,
        version=1,
        labels=tuple(new.labels),
        metadata=new.metadata,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
    )
