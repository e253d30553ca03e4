"""The history, as clients read it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from campaigns.domain.history import EventFilters, EventPage
from campaigns.domain.identifiers import (
    Clock,
    bad_cursor,
    decode_cursor,
    encode_cursor,
    is_campaign_id,
    timestamp,
    utc_now,
)
from campaigns.store import keys
from campaigns.store.items import MAX_PAGE_BYTES, bytes_in_answer
from campaigns.store.requests import history as requests
from campaigns.store.requests.clauses import Request
from campaigns.store.table import Table

BUDGET: Final = 256
"""Read units of a request, a megabyte: what takes more goes on with the next one."""
_AHEAD: Final = timedelta(days=1)
"""How far the moment of a change may be ahead of this clock: each is later than the one before."""
_POSITION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z[#$][0-9A-Za-z#-]{0,60}", re.ASCII)


class _Range(NamedTuple):
    partition: str
    low: str
    high: str


class HistoryReader:
    """The histories of all tenants. Every read is strongly consistent."""

    def __init__(self, table: Table, kept: timedelta, clock: Clock = utc_now) -> None:
        """``kept`` is how long an event is kept: what the table has besides is not deleted yet, and not shown."""
        self._table = table
        self._kept = kept
        self._clock = clock

    def list(self, tenant_id: str, filters: EventFilters, limit: int, cursor: str | None) -> EventPage:
        """``limit`` events that ``filters`` find, newest first, after ``cursor``.

        One round trip for a campaign; one for each month that is looked at otherwise. One more for each megabyte that
        is shown; a few, up to a megabyte in all, where much that is read does not match.

        Raises:
            InvalidInput: the cursor is not one that this tenant was given for these filters.
        """
        bound = str(filters)
        after = None if cursor is None else decode_cursor(tenant_id, cursor, bound)
        if after is not None and not _POSITION.fullmatch(after):
            raise bad_cursor()
        events: list[str] = []
        size, units, shown_to = 0, 0.0, ""
        for range_ in self._ranges(tenant_id, filters, after):
            start = None
            if units >= BUDGET:
                return EventPage(events, encode_cursor(tenant_id, range_.high, bound))
            while True:
                request = requests.events(*range_, filters, start)
                looked = self._table.look(**request, **_limited(request, limit + 2 - len(events)))
                for item in looked.items:
                    if item["SK"] == after:
                        continue
                    event = requests.unpack(item["event"])
                    size += bytes_in_answer(event)
                    if len(events) == limit or (events and size > MAX_PAGE_BYTES):
                        return EventPage(events, encode_cursor(tenant_id, shown_to, bound))
                    events.append(event)
                    shown_to = item["SK"]
                units += looked.units
                start = looked.last
                if start is None:
                    break
                if units >= BUDGET:
                    return EventPage(events, encode_cursor(tenant_id, start["SK"]["S"], bound))
        return EventPage(events, None)

    def _ranges(self, tenant_id: str, filters: EventFilters, after: str | None) -> Iterator[_Range]:
        """What to look through, newest first, from ``after`` on: that is the first, where it is there.

        No range starts at it as a key of DynamoDB's: those must lie within the range, and behind its ends nothing does.
        """
        now = self._clock()
        earliest = max(filters.span.timestamps()[0], timestamp(now - self._kept))
        latest = min(filters.span.timestamps()[1], timestamp(now + _AHEAD))
        low, high = keys.events_between(earliest, latest)
        high = high if after is None else min(high, after)
        if filters.span.is_empty or high < low:
            return
        if filters.campaign is not None:
            if is_campaign_id(filters.campaign):
                yield _Range(keys.events(tenant_id, filters.campaign), low, high)
            return
        for month in months(high[:7], low[:7]):
            first, last = keys.events_between(f"{month}-01T00:00:00.000Z", f"{month}-31T23:59:59.999Z")
            yield _Range(keys.events(tenant_id, month), max(low, first), min(high, last))


def _limited(request: Request, limit: int) -> dict[str, int]:
    """How many to look at: where a filter leaves out some, nobody knows."""
    return {} if "FilterExpression" in request else {"Limit": limit}


def months(last: str, first: str) -> Iterator[str]:
    """The months from one to another, backwards: ``2026-11``."""
    month = last
    while month >= first:
        yield month
        month = (datetime.fromisoformat(f"{month}-01") - timedelta(days=1)).isoformat()[:7]
