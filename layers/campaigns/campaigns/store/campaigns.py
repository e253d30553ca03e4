"""The campaigns of all tenants: what the nine endpoints do to the table.

Each method says how many round trips to DynamoDB it makes without contention.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from campaigns.domain.campaign import Association, Campaign, Kind, Page
from campaigns.domain.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from campaigns.domain.identifiers import (
    Clock,
    decode_cursor,
    encode_cursor,
    is_association_id,
    is_campaign_id,
    new_campaign_id,
    strictly_after,
    timestamp,
    utc_now,
)
from campaigns.store import keys, requests
from campaigns.store.attributes import deserialize_all
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
    from campaigns.domain.inputs import CampaignPatch, NewCampaign

IDEMPOTENCY_LIFE = timedelta(hours=24)
MAX_PAGE_BYTES = 5_000_000
"""A page ends early rather than pass what Lambda lets through (6 MB)."""


class Created(NamedTuple):
    """The answer to a creation; ``replayed`` says that it is an earlier one's."""

    campaign: Campaign
    replayed: bool


class CampaignStore:
    """Campaigns and their associations. Every read is strongly consistent; every write decides by its condition."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def create(self, tenant_id: str, new: "NewCampaign") -> Campaign:
        """Make a draft. One round trip."""
        now = self._clock()
        campaign = _draft(new_campaign_id(now), new, timestamp(now))
        self._table.transact(requests.create(tenant_id, campaign))
        return campaign

    def create_with_key(self, tenant_id: str, new: "NewCampaign", idempotency_key: str) -> Created:
        """Make a draft, or answer once more with the one that this key has made within 24 hours. One round trip.

        Raises:
            Conflict: the key was used with another body.
        """
        now = self._clock()
        campaign = _draft(new_campaign_id(now), new, timestamp(now))
        fingerprint = hashlib.sha256(json.dumps(new).encode()).hexdigest()
        try:
            self._table.transact(
                requests.create_with_key(
                    tenant_id,
                    campaign,
                    idempotency_key,
                    fingerprint,
                    now=int(now.timestamp()),
                    expires_at=int((now + IDEMPOTENCY_LIFE).timestamp()),
                )
            )
        except TransactionRefused as error:
            first = error.refusals[1].item or {}
            if first.get("fingerprint") != fingerprint:
                raise Conflict("The Idempotency-Key was used with another body.") from error
            return Created(_draft(first["campaignId"], new, first["createdAt"]), replayed=True)
        return Created(campaign, replayed=False)

    def get(self, tenant_id: str, campaign_id: str) -> Campaign:
        """One campaign. One round trip.

        Raises:
            NotFound: the tenant has no such campaign.
        """
        _check_campaign_id(campaign_id)
        return _found(self._table.get(keys.campaign(tenant_id, campaign_id)))

    def list(self, tenant_id: str, limit: int, cursor: str | None) -> Page:
        """``limit`` campaigns, newest first, starting after ``cursor``. One round trip per megabyte.

        Raises:
            InvalidInput: the cursor is not one that this tenant was given.
        """
        after_id = decode_cursor(tenant_id, cursor) if cursor is not None else None
        found: Iterator[Item] = self._table.query(**requests.page(tenant_id, after_id, limit + 1))
        campaigns: list[Campaign] = []
        size = 0
        for campaign in map(campaign_from, found):
            size += _bytes_in_lambdas_answer(campaign.json)
            if len(campaigns) == limit or (campaigns and size > MAX_PAGE_BYTES):
                return Page(campaigns, encode_cursor(tenant_id, campaigns[-1].id))
            campaigns.append(campaign)
        return Page(campaigns, None)

    def update(
        self, tenant_id: str, campaign_id: str, patch: "CampaignPatch", if_match: Collection[int] | None
    ) -> Campaign:
        """Set the fields of ``patch``; one that changes nothing leaves ``updatedAt`` and version. One round trip.

        Raises:
            NotFound: the tenant has no such campaign.
            PreconditionFailed: the campaign is at none of the versions ``if_match``.
        """
        _check_campaign_id(campaign_id)
        fields = dict(patch)
        write_id = secrets.token_hex(4)
        now = timestamp(self._clock())
        for _ in self._table.attempts(OVERTAKEN):
            write = f"{now} {write_id}"
            try:
                answer = self._table.send(
                    "update_item",
                    **requests.update(tenant_id, campaign_id, fields, write=write, now=now, versions=if_match),
                )
            except ItemTooLarge as error:
                raise _too_large() from error
            except ConditionFailed as refusal:
                if refusal.doubtful and _may_hide(refusal.item, write):
                    raise OutcomeUnknown from refusal
                campaign = _found(refusal.item)
                if refusal.item and refusal.item.get("lastWrite") == write:
                    return campaign  # Our own earlier attempt, its answer lost.
                _check_version(campaign, if_match)
                if all(getattr(campaign, name) == value for name, value in fields.items()):
                    return campaign
                now = strictly_after(campaign.updated_at, self._clock())
                continue
            return campaign_from(deserialize_all(answer["Attributes"]))
        raise AssertionError("attempts() ends by raising")

    def delete(self, tenant_id: str, campaign_id: str, if_match: Collection[int] | None) -> None:
        """Delete a campaign; its memberships follow from the table's stream. One round trip.

        Raises:
            NotFound: the tenant has no such campaign.
            PreconditionFailed: the campaign is at none of the versions ``if_match``.
        """
        _check_campaign_id(campaign_id)
        try:
            self._table.transact(requests.delete(tenant_id, campaign_id, if_match))
        except TransactionRefused as error:
            _check_version(_found(error.refusals[0].item), if_match)
            raise

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
        _check_campaign_id(campaign_id)
        _check_association_id(kind, association_id)
        campaign_item, entry = self._table.get_both(
            keys.campaign(tenant_id, campaign_id), keys.catalogue_entry(tenant_id, kind, association_id)
        )
        for _ in self._table.attempts(OVERTAKEN):
            seen = _found(campaign_item)
            if entry is None or "deletedAt" in entry:
                raise _no_such(kind)
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
                raise _too_large() from error
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
        _check_campaign_id(campaign_id)
        _check_association_id(kind, association_id)
        now = timestamp(self._clock())
        for _ in self._table.attempts(OVERTAKEN):
            try:
                self._table.transact(
                    requests.remove(tenant_id, campaign_id, kind, association_id, now, versions=if_match)
                )
            except TransactionRefused as error:
                campaign = _found(error.refusals[0].item)
                _check_version(campaign, if_match)
                if not campaign.holds(kind, association_id):
                    return
                now = strictly_after(campaign.updated_at, self._clock())
                continue
            return

    def remove_memberships(self, tenant_id: str, campaign_id: str, held: Mapping[Kind, Collection[str]]) -> None:
        """Remove what says that a deleted campaign still holds ``held``. One round trip per 25."""
        self._table.delete_all(
            keys.membership(tenant_id, kind, association_id, campaign_id)
            for kind, association_ids in held.items()
            for association_id in association_ids
        )


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
    )


def _bytes_in_lambdas_answer(body: str) -> int:
    """Lambda hands on a body as a JSON string, in which each quotation mark and backslash takes one byte more."""
    return len(body.encode()) + body.count('"') + body.count("\\")


def _may_hide(item: Item | None, write: str) -> bool:
    """Whether an update ``write`` may have happened to an item without leaving a trace in it.

    It may have where the item is gone, or was updated again since: it keeps the last update only.
    """
    return item is None or str(item.get("lastWrite", "")) > write


def _check_campaign_id(campaign_id: str) -> None:
    if not is_campaign_id(campaign_id):
        raise _no_such("campaign")


def _check_association_id(kind: Kind, association_id: str) -> None:
    if not is_association_id(association_id):
        raise _no_such(kind)


def _check_version(campaign: Campaign, if_match: Collection[int] | None) -> None:
    if if_match is not None and campaign.version not in if_match:
        raise PreconditionFailed("The campaign has changed since the version that If-Match names.")


def _no_such(what: str) -> NotFound:
    return NotFound(f"There is no such {what}.")


def _too_large() -> InvalidInput:
    return InvalidInput("The campaign would pass 400 KB, the most that one campaign can take.")


def _found(item: Item | None) -> Campaign:
    if item is None:
        raise _no_such("campaign")
    return campaign_from(item)


def campaign_from(item: Item) -> Campaign:
    """The campaign that an item holds."""
    return Campaign(
        id=item["id"],
        name=item["name"],
        description=item["description"],
        status=item["status"],
        sequences=_associations(item["sequences"]),
        templates=_associations(item["templates"]),
        created_at=item["createdAt"],
        updated_at=item["updatedAt"],
        version=item["version"],
    )


def _associations(held: dict[str, Any]) -> tuple[Association, ...]:
    in_order = sorted(held.items(), key=lambda entry: str(entry[1]["addedAt"]))
    return tuple(Association(id=association_id, name=entry["name"]) for association_id, entry in in_order)
