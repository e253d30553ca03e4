"""Clones: a campaign as another is, whole when it is there, however much it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.contents import MOST_ADDED, Wanted, wanted
from campaigns.domain.errors import Unavailable
from campaigns.domain.identifiers import Clock, new_campaign_id, timestamp, utc_now
from campaigns.domain.inputs import MAX_NAME
from campaigns.store import keys
from campaigns.store.idempotency import Created, Once, fingerprint
from campaigns.store.items import check_campaign_id, found, too_large
from campaigns.store.making import answered, existing, filled, make, read_entries
from campaigns.store.requests import campaigns as requests
from campaigns.store.requests import contents
from campaigns.store.table import OVERTAKEN, ItemTooLarge, Table, TransactionRefused

if TYPE_CHECKING:
    from campaigns.domain.inputs import CloneOptions

UNFINISHED_LIFE: Final = timedelta(hours=1)
"""After that TTL takes away what tells of a clone that ended half way, and its memberships follow from the stream."""

MOST_IN_TRANSACTION: Final = 100
_NOTE, _RECORD = 1, 2
"""Where they stand in the transaction that finishes a clone."""


class CloneStore:
    """Makes clones."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def clone(
        self, tenant_id: str, campaign_id: str, options: "CloneOptions", idempotency_key: str | None = None
    ) -> Created:
        """Make a draft of a campaign as it is now, without what was deleted of its sequences and templates.

        Three round trips up to 49 of them. Beyond that, two more and two per 100.

        Raises:
            NotFound: the tenant has no such campaign.
            Conflict: the key was used with another body, or at another endpoint.
        """
        check_campaign_id(campaign_id)
        now = self._clock()
        asked = fingerprint("clone", campaign_id, options.name)
        once = None if idempotency_key is None else Once(tenant_id, idempotency_key, asked, now)
        item, *records = self._table.get_all(
            [keys.campaign(tenant_id, campaign_id), *([once.record_key] if once else [])]
        )
        if once and (first := answered(self._table, once, records[0])):
            return first
        source = found(item)
        draft = _draft(source, new_campaign_id(now), options.name, timestamp(now))
        things = [
            each for kind in Kind for each in wanted(kind, [one.id for one in source.associations(kind)], kind.plural)
        ]
        if len(things) > MOST_ADDED:
            return self._make_large(tenant_id, draft, things, once)
        entries = read_entries(self._table, tenant_id, things).entries if things else {}
        return make(self._table, draft, things, entries, choose=existing, tenant_id=tenant_id, once=once)

    def _make_large(self, tenant_id: str, draft: Campaign, things: Sequence[Wanted], once: Once | None) -> Created:
        """Write what one transaction can't: first the memberships, which nobody heeds, and the campaign last.

        The catalogue is read when the memberships are there, so a later announcement finds them. It does not find the
        campaign, and leaves a trace in the note of the unfinished clone; then the campaign is not written, and the
        catalogue read again.
        """
        expires_at = int((self._clock() + UNFINISHED_LIFE).timestamp())
        begun = contents.begin(tenant_id, draft.id, [one.thing for one in things], expires_at)
        memberships = [{"Item": dict(keys.membership(tenant_id, *one.thing, draft.id))} for one in things]
        self._write_all({"Put": each} for each in (begun, *memberships))
        disturbances = 0
        for _ in self._table.attempts(OVERTAKEN):
            entries = read_entries(self._table, tenant_id, things).entries
            there = existing(things, entries)
            gone = [each.thing for each in things if each not in there]
            self._write_all(contents.leave(tenant_id, draft.id, gone))
            things = there
            campaign, held = filled(draft, things, entries)
            try:
                self._table.transact(
                    [
                        *requests.create(tenant_id, campaign, held),
                        contents.finish(tenant_id, campaign.id, disturbances),
                        *([once.remember(campaign)] if once else []),
                    ]
                )
            except TransactionRefused as error:
                record = error.refusals[_RECORD].item if _RECORD in error.refusals else None
                if once and (first := answered(self._table, once, record)):
                    self._write_all([{"Delete": {"Key": keys.unfinished(tenant_id, draft.id)}}])
                    return first
                note = error.refusals[_NOTE].item if _NOTE in error.refusals else None
                if note is None:
                    raise Unavailable("This took too long; try again.") from error
                disturbances = note["disturbances"]
                continue
            except ItemTooLarge as error:
                raise too_large("body") from error
            return Created(campaign, replayed=False)
        raise AssertionError("attempts() ends by raising")

    def _write_all(self, operations: Iterable[Any]) -> None:
        """Do operations, in as many transactions as it takes. One round trip per 100.

        A transaction, for its token: what arrives late does nothing. Else it would put back a membership that
        somebody has taken out meanwhile, or a note that those would tell who have to look at the campaign.
        """
        for batch in batched(operations, MOST_IN_TRANSACTION, strict=False):
            self._table.transact(list(batch))


def _draft(source: Campaign, campaign_id: str, name: str | None, now: str) -> Campaign:
    """A campaign like another, which holds nothing yet."""
    return replace(
        source,
        id=campaign_id,
        name=name or f"Copy of {source.name}"[:MAX_NAME].rstrip(),
        status="draft",
        sequences=(),
        templates=(),
        created_at=now,
        updated_at=now,
        version=1,
        archived_at=None,
        starts_at=None,
        ends_at=None,
        status_at=None,
    )
