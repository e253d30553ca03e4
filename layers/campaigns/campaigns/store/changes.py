"""Changes of many associations of a campaign at once.

Each method says how many round trips to DynamoDB it makes without contention.
"""

from collections.abc import Collection
from typing import Final

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.contents import Wish, holding
from campaigns.domain.identifiers import Clock, strictly_after, utc_now
from campaigns.store import keys
from campaigns.store.items import check_campaign_id, check_version, found, in_order, too_large
from campaigns.store.making import known, read_entries, shown
from campaigns.store.requests import contents
from campaigns.store.table import OVERTAKEN, ItemTooLarge, Table, TransactionRefused

_READ_AT_FIRST: Final = 99
"""So many catalogue entries are read in one call with the campaign."""


class ChangeStore:
    """Changes what campaigns hold."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def change(self, tenant_id: str, campaign_id: str, wish: Wish, if_match: Collection[int] | None = None) -> Campaign:
        """Take many in and out in one change, which makes one version, or nothing where nothing is to be done.

        Two round trips; one more where more than 99 are named and what is new is not among the first of them.

        Raises:
            NotFound: the tenant has no such campaign, or does not have what shall be added; ``details`` says where
                that is named.
            PreconditionFailed: the campaign is at none of the versions ``if_match``.
            InvalidInput: it is more than one transaction, or the campaign, can hold.
        """
        check_campaign_id(campaign_id)
        campaign_key = keys.campaign(tenant_id, campaign_id)
        (item,), entries = read_entries(self._table, tenant_id, wish.add[:_READ_AT_FIRST], campaign_key)
        for _ in self._table.attempts(OVERTAKEN):
            seen = found(item)
            check_version(seen, if_match)
            step = wish.of(seen)
            if item is None or not step.changes(seen):
                return seen
            entries |= read_entries(
                self._table, tenant_id, [one for one in step.added if one.thing not in entries]
            ).entries
            added = [each.thing for each in known(step.added, entries)]
            now = strictly_after(seen.updated_at, self._clock())
            named = {thing: entry for thing in added if (entry := entries[thing]) is not None}
            held = {
                kind: in_order(
                    item[kind.plural],
                    step.ids[kind],
                    {id_: named[each, id_] for each, id_ in added if each is kind},
                    now,
                )
                for kind in Kind
            }
            operations = [
                contents.rearrange(tenant_id, seen, held, now),
                *contents.are_still(tenant_id, named),
                *contents.join(tenant_id, campaign_id, named),
                *contents.leave(tenant_id, campaign_id, step.removed),
            ]
            try:
                self._table.transact(operations)
            except TransactionRefused as error:
                if 0 in error.refusals:
                    item = error.refusals[0].item
                entries |= {
                    thing: error.refusals[place].item for place, thing in enumerate(added, 1) if place in error.refusals
                }
                continue
            except ItemTooLarge as error:
                raise too_large("body") from error
            return holding(seen, shown(held), now, seen.version + 1)
        raise AssertionError("attempts() ends by raising")
