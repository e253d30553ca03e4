"""Campaigns, found by what they are."""

from collections.abc import Iterable
from typing import Any

from campaigns.domain.campaign import Campaign, Page
from campaigns.domain.errors import InvalidInput
from campaigns.domain.finding import Count, Filters, Query
from campaigns.domain.identifiers import decode_cursor, encode_cursor, is_campaign_id
from campaigns.store import keys
from campaigns.store.items import MAX_PAGE_BYTES, bytes_in_answer, campaign_from
from campaigns.store.planning import MEMBERSHIPS, Plan, Range, matches, plan_count, told_by_key
from campaigns.store.requests import finding as requests
from campaigns.store.searching import Search
from campaigns.store.table import Table

MOST_COUNTED = 10_000
_COUNT_BUDGET = 16_384
"""Read units of a count: 64 MB, or some 300,000 campaigns. A count that is not done by then is "at least"."""


class CampaignFinder:
    """The lists of all tenants' campaigns. Every read is strongly consistent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def list(self, tenant_id: str, limit: int, cursor: str | None, query: Query = Query()) -> Page:  # noqa: B008 - never written to
        """``limit`` campaigns that ``query`` finds, starting after ``cursor``.

        One round trip, or two where an index or memberships are read first. One more for each megabyte that is shown;
        a few, up to a megabyte in all, where much that is read does not match.

        Raises:
            InvalidInput: the cursor is not one that this tenant was given for this query.
        """
        bound = str(query)
        after = "" if cursor is None else decode_cursor(tenant_id, cursor, bound)
        search = Search(self._table, tenant_id, query, after)
        campaigns: list[Campaign] = []
        size = 0
        for item in search.found(limit):
            campaign = campaign_from(item)
            size += bytes_in_answer(campaign.json)
            if campaigns and size > MAX_PAGE_BYTES:
                search.more = True
                break
            campaigns.append(campaign)
            after = search.reached
        else:
            after = search.reached
        _order(campaigns, query)
        return Page(campaigns, encode_cursor(tenant_id, after, bound) if search.more else None)

    def those(self, tenant_id: str, ids: Iterable[str]) -> Page:
        """The campaigns with these ids (100 at most, each once), in this order, those that there are. One trip.

        Raises:
            InvalidInput: they are too large for one answer.
        """
        wanted = [keys.campaign(tenant_id, id_) for id_ in ids if is_campaign_id(id_)]
        found = self._table.get_all(wanted)
        campaigns = [campaign_from(item) for item in found if item is not None]
        if sum(bytes_in_answer(campaign.json) for campaign in campaigns) > MAX_PAGE_BYTES:
            raise InvalidInput.of("ids", "must name fewer campaigns: these take more than 5 MB")
        return Page(campaigns, None)

    def count(self, tenant_id: str, filters: Filters) -> Count:
        """How many campaigns ``filters`` find, up to 10,000. One round trip per megabyte.

        What only whole campaigns tell takes one per 100 of them besides.
        """
        made = plan_count(tenant_id, filters)
        count, spent = 0, 0.0
        for range_ in made.ranges:
            start: Any = None
            while True:
                more, units, start = self._count_on(tenant_id, filters, made, range_, start)
                count, spent = count + more, spent + units
                if count >= MOST_COUNTED or (start is not None and spent >= _COUNT_BUDGET):
                    return Count(min(count, MOST_COUNTED), "at_least")
                if start is None:
                    break
        return Count(count, "exact")

    def _count_on(
        self, tenant_id: str, filters: Filters, made: Plan, range_: Range, start: Any
    ) -> tuple[int, float, Any]:
        """How many are in the next megabyte of a range, the read units that it took, and where to go on."""
        # A membership stays for a moment after its campaign is deleted.
        by_reading = made.by_reading or made.path is MEMBERSHIPS
        told = not by_reading and not filters.asked & (made.path.by_key | {"text"})
        request = requests.look(made.path, range_, filters, made.by_filter, start, descending=False)
        looked = self._table.look(**request, **({"Select": "COUNT"} if told else {}))
        if told:
            return looked.passed, looked.units, looked.last
        certain, doubtful = 0, list[keys.Key]()
        for entry in filter(told_by_key(filters), looked.items):
            if by_reading or not keys.name_in(entry.get("byName", ""))[1]:
                doubtful.append(keys.campaign(tenant_id, keys.campaign_id_of(entry["SK"])))
            else:
                certain += 1
        found, units = self._table.get_metered(doubtful)
        count = certain + sum(matches(filters, item) for item in found if item is not None)
        return count, looked.units + units, looked.last


def _order(campaigns: list[Campaign], query: Query) -> None:
    """Bring those that moved while they were read to where they are now."""
    match query.by:
        case "updatedAt":
            campaigns.sort(key=lambda each: keys.by_update(each.updated_at, each.id), reverse=query.descending)
        case "name":
            campaigns.sort(key=lambda each: keys.by_name(each.name, each.id), reverse=query.descending)
