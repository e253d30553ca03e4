"""What is part of campaigns: sequences and templates come in, and go.

Each method says how many round trips to DynamoDB it makes without contention.
"""

from collections.abc import Collection, Mapping

from campaigns.domain.campaign import Association, Campaign, Kind
from campaigns.domain.identifiers import Clock, strictly_after, timestamp, utc_now
from campaigns.store import keys
from campaigns.store.items import (
    check_association_id,
    check_campaign_id,
    check_version,
    found,
    no_such,
    too_large,
)
from campaigns.store.requests import associations as requests
from campaigns.store.table import OVERTAKEN, ItemTooLarge, Table, TransactionRefused


class AssociationStore:
    """The associations of all campaigns, and the memberships that say the same the other way round."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def add(self, tenant_id: str, campaign_id: str, kind: Kind, association_id: str) -> Campaign:
        """Take a sequence or template of the tenant's catalogue into a campaign. Two round trips.

        The campaign is read, changed and written on condition that it is still at the version that was read, so the
        answer is exactly what was written. Who comes second finds the newer campaign in the refusal and needs no
        further read.

        Raises:
            NotFound: the tenant has no such campaign, or no such sequence or template.
            Conflict: it is already part of the campaign.
            InvalidInput: the campaign is full.
        """
        check_campaign_id(campaign_id)
        check_association_id(kind, association_id)
        campaign_item, entry = self._table.get_all(
            [keys.campaign(tenant_id, campaign_id), keys.catalogue_entry(tenant_id, kind, association_id)]
        )
        for _ in self._table.attempts(OVERTAKEN):
            seen = found(campaign_item)
            if entry is None or "deletedAt" in entry:
                raise no_such(kind)
            now = strictly_after(seen.updated_at, self._clock())
            added = Association(id=association_id, name=entry["name"])
            campaign = seen.with_association(kind, added, now)
            operations = requests.add(tenant_id, seen, kind, association_id, added.name, entry["asOf"], now)
            try:
                self._table.transact(operations)
            except TransactionRefused as error:
                if 0 in error.refusals:
                    campaign_item = error.refusals[0].item
                if 1 in error.refusals:
                    entry = error.refusals[1].item
                continue
            except ItemTooLarge as error:
                raise too_large(kind.plural) from error
            return campaign
        raise AssertionError("attempts() ends by raising")

    def remove(
        self,
        tenant_id: str,
        campaign_id: str,
        kind: Kind,
        association_id: str,
        if_match: Collection[int] | None = None,
    ) -> None:
        """Take a sequence or template out of a campaign; nothing happens where it is not part. One round trip.

        Raises:
            NotFound: the tenant has no such campaign, or nothing can have such an id.
            PreconditionFailed: the campaign is at none of the versions ``if_match``.
        """
        check_campaign_id(campaign_id)
        check_association_id(kind, association_id)
        now = timestamp(self._clock())
        for _ in self._table.attempts(OVERTAKEN):
            try:
                self._table.transact(
                    requests.remove(tenant_id, campaign_id, kind, association_id, now, versions=if_match)
                )
            except TransactionRefused as error:
                campaign = found(error.refusals[0].item)
                check_version(campaign, if_match)
                if not campaign.holds(kind, association_id):
                    return
                now = strictly_after(campaign.updated_at, self._clock())
                continue
            return

    def remove_memberships(self, tenant_id: str, campaign_id: str, held: Mapping[Kind, Collection[str]]) -> None:
        """Remove what says that a campaign which is not there holds ``held``. One round trip, and one per 25."""
        (campaign,) = self._table.get_settled([keys.campaign(tenant_id, campaign_id)])
        if campaign is not None:
            return  # It was not deleted, but finished.
        self._table.delete_all(
            keys.membership(tenant_id, kind, association_id, campaign_id)
            for kind, association_ids in held.items()
            for association_id in association_ids
        )
