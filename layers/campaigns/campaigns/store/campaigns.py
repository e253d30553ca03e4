"""Campaigns, each as a whole: read, changed, deleted.

Each method says how many round trips to DynamoDB it makes without contention.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from campaigns.domain.campaign import Campaign
from campaigns.domain.identifiers import Clock, strictly_after, timestamp, utc_now
from campaigns.store import keys
from campaigns.store.attributes import deserialize_all
from campaigns.store.items import campaign_from, check_campaign_id, check_version, found, too_large
from campaigns.store.requests import campaigns as requests
from campaigns.store.table import (
    OVERTAKEN,
    ConditionFailed,
    Item,
    ItemTooLarge,
    OutcomeUnknown,
    Table,
    TransactionRefused,
)

if TYPE_CHECKING:
    from campaigns.domain.inputs import CampaignPatch


NOTE_LIFE: Final = timedelta(days=30)
"""How long it is noted who deleted a campaign: longer than a record of the stream waits in a dead-letter queue."""


class CampaignStore:
    """The campaigns of all tenants. Every read is strongly consistent; every write decides by its condition."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def get(self, tenant_id: str, campaign_id: str) -> Campaign:
        """One campaign. One round trip.

        Raises:
            NotFound: the tenant has no such campaign.
        """
        check_campaign_id(campaign_id)
        return found(self._table.get(keys.campaign(tenant_id, campaign_id)))

    def update(
        self, tenant_id: str, campaign_id: str, patch: "CampaignPatch", if_match: Collection[int] | None
    ) -> Campaign:
        """Merge ``patch``; one that changes nothing leaves ``updatedAt`` and version.

        One round trip; two where metadata do not fit in by place: there are too many already, or a campaign of the
        first release has nothing to put them into; and where a past date is sent again with something else.

        Raises:
            NotFound: the tenant has no such campaign.
            PreconditionFailed: the campaign is at none of the versions ``if_match``.
            InvalidInput: there would be too many pairs of metadata, or it would end before it starts.
        """
        check_campaign_id(campaign_id)
        write_id = secrets.token_hex(4)
        now = timestamp(self._clock())
        asked, whole_metadata, versions = patch, None, if_match
        for _ in self._table.attempts(OVERTAKEN):
            write = f"{now} {write_id}"
            try:
                answer = self._table.send(
                    "update_item",
                    **requests.update(
                        tenant_id,
                        campaign_id,
                        asked,
                        write=write,
                        now=now,
                        versions=versions,
                        whole_metadata=whole_metadata,
                    ),
                )
            except ItemTooLarge as error:
                raise too_large(*patch) from error
            except ConditionFailed as refusal:
                if refusal.doubtful and _may_hide(refusal.item, write):
                    raise OutcomeUnknown from refusal
                campaign = found(refusal.item)
                if refusal.item and refusal.item.get("lastWrite") == write:
                    return campaign  # Our own earlier attempt, its answer lost.
                check_version(campaign, if_match)
                now = strictly_after(campaign.updated_at, self._clock())
                patched = campaign.patched(patch, now)
                if patched is campaign:
                    return campaign
                asked = _without_dates(patch, campaign)
                whole_metadata = patched.metadata if "metadata" in patch else None
                versions = {campaign.version} if "metadata" in patch or asked != patch else if_match
                continue
            return campaign_from(deserialize_all(answer["Attributes"]))
        raise AssertionError("attempts() ends by raising")

    def delete(self, tenant_id: str, campaign_id: str, if_match: Collection[int] | None) -> None:
        """Delete a campaign; its memberships follow from the table's stream. One round trip.

        Raises:
            NotFound: the tenant has no such campaign.
            PreconditionFailed: the campaign is at none of the versions ``if_match``.
        """
        check_campaign_id(campaign_id)
        now = self._clock()
        try:
            self._table.transact(
                requests.delete(
                    tenant_id,
                    campaign_id,
                    if_match,
                    now=timestamp(now),
                    note_expires_at=int((now + NOTE_LIFE).timestamp()),
                )
            )
        except TransactionRefused as error:
            check_version(found(error.refusals[0].item), if_match)
            raise


def _without_dates(patch: "CampaignPatch", campaign: Campaign) -> "CampaignPatch":
    """The patch without dates that the campaign has already: a past one acts where it is new, and only there."""
    left = patch.copy()
    if "startsAt" in left and left["startsAt"] == campaign.starts_at:
        del left["startsAt"]
    if "endsAt" in left and left["endsAt"] == campaign.ends_at:
        del left["endsAt"]
    return left


def _may_hide(item: Item | None, write: str) -> bool:
    """Whether an update ``write`` may have happened to an item without leaving a trace in it.

    It may have where the item is gone, or was updated again since: it keeps the last update only.
    """
    return item is None or str(item.get("lastWrite", "")) > write
