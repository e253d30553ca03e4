"""A search: a plan carried out, with a watch on what that costs.

Entries of an index, or memberships, are found first and the campaigns read after them; between the two a campaign may
change or go. So each is looked at once more when it is read; what does not match then is left out, and more is read.

Several ranges are several statuses, and a campaign may go over from one to another between two reads. So they are read
there and back, each time from one place: whatever goes over once, either way, is met at least once, and shown once.
"""

import math
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from campaigns.domain.finding import Query
from campaigns.domain.identifiers import ID_LENGTH, bad_cursor, is_campaign_id
from campaigns.store import keys
from campaigns.store.attributes import deserialize_all
from campaigns.store.planning import MEMBERSHIPS, Range, matches, plan, told_by_key
from campaigns.store.requests import finding as requests
from campaigns.store.table import Item, Table

BUDGET: Final = 256
"""Read units of a request, a megabyte: where not all that was read is shown, a search stops then."""
BATCH: Final = 100
"""As many as one BatchGetItem reads."""
_GROWTH = 8
"""How many times as many are looked at next where none was of use, and at first where something is looked for."""
SPARE: Final = 20
"""Entries of an index that are looked at besides, for some archived campaigns: they take a fortieth of a unit each."""


class _Walk:
    """A range, read in order, as far as it was read."""

    def __init__(self, range_: Range, start: Any) -> None:
        self.range = range_
        self.set_out(start)

    def set_out(self, start: Any) -> None:
        """Begin after a place, whatever was found before."""
        self.start = start
        self.entries: deque[Item] = deque()
        self.reached = ""
        self.ended = False


class Search:
    """The campaigns that a query finds, one after the other, with a watch on what that costs."""

    def __init__(self, table: Table, tenant_id: str, query: Query, after: str) -> None:
        self._table, self._tenant_id, self._query = table, tenant_id, query
        self._plan = plan(tenant_id, query)
        self._told = told_by_key(query.filters)
        there_and_back = self._plan.ranges + self._plan.ranges[-2::-1]
        self._walks = [_Walk(range_, self._start(range_, after)) for range_ in there_and_back]
        self._ready: deque[Item] = deque()
        self._ready_are_whole = self._plan.path.holds_all
        self._looked, self._passed, self._looked_units = 0, 0, 0.0
        self._read, self._matched, self._read_units = 0, 0, 0.0
        self._frontier = ""
        self.reached = after
        """The position of the last one that was shown or left out."""
        self.more = False
        """Whether there is, or may be, more after it."""

    def found(self, limit: int) -> Iterator[Item]:
        """At most ``limit`` of them, as items, each once."""
        self._look_at_few()
        shown = set[str]()
        while self._ready or self._look_on(limit - len(shown)):
            if len(shown) == limit and not self._plan.by_reading and not self._ready_are_whole:
                self.more = True
                return
            for entry, campaign in self._next(limit - len(shown)):
                if campaign is not None and matches(self._query.filters, campaign) and campaign["id"] not in shown:
                    if len(shown) == limit:
                        self.more = True
                        return
                    self._matched += 1
                    shown.add(campaign["id"])
                    self.reached = self._position(entry)
                    yield campaign
                else:
                    self.reached = self._position(entry)
            if self.more:
                if not self._ready:
                    self.reached = self._frontier or self.reached
                return

    def _look_at_few(self) -> None:
        """Where few hold what is asked for, read those, in the place of the index that has all in this order."""
        if self._plan.few is None:
            return
        request = requests.look(MEMBERSHIPS, self._plan.few, self._query.filters, (), None, descending=False)
        looked = self._table.look(**request, Limit=BATCH + 1)
        self._looked_units += looked.units
        if looked.last is None:
            holders = self._whole(looked.items)
            found = sorted((item for item in holders if item), key=self._position, reverse=self._query.descending)
            self._ready.extend(item for item in found if not self.reached or self._is_after(item, self.reached))
            self._ready_are_whole, self._walks = True, []

    def _look_on(self, lacking: int) -> bool:
        """Look for further entries; False where there are none, or the budget is used up."""
        self.reached = self._frontier or self.reached
        wanted = lacking + 1 if not self._plan.by_reading else self._to_read(lacking)
        # What is to be read after it is gathered first, where nothing depends on how it looks.
        enough = 1 if self._plan.by_reading or self._ready_are_whole else lacking + 1
        least = 0
        while len(self._ready) < enough and not all(walk.ended for walk in self._walks):
            # What is rare may lie together: where none came, they say nothing of how far it is to the next.
            count = max(_enough(wanted, self._looked, self._passed, selective=self._is_selective), least)
            least = count * _GROWTH
            each = self._looked_units / self._looked if self._looked else 0
            if not self._ready_are_whole:  # what is found is to be read, too
                count = self._affordable(count + SPARE, each, reserve=lacking + 1)
            else:
                count = self._affordable(count, each)
            if count < 1:
                self.more = True
                break
            for walk in self._walks:
                if len(self._walks) > 1:
                    walk.set_out(self._start(walk.range, self._frontier or self.reached))
                self._fill(walk, count)
            self._merge()
            if not self._ready:
                self.reached = self._frontier
        return bool(self._ready)

    def _fill(self, walk: _Walk, count: int) -> None:
        request = requests.look(
            self._plan.path,
            walk.range,
            self._query.filters,
            self._plan.by_filter,
            walk.start,
            descending=self._query.descending,
        )
        looked = self._table.look(**request, Limit=count)
        walk.entries.extend(filter(self._told, looked.items))
        walk.start, walk.ended = looked.last, looked.last is None
        if looked.last is not None:
            walk.reached = self._position(deserialize_all(looked.last))
        self._looked += looked.read
        self._passed += len(walk.entries)
        self._looked_units += looked.units

    def _merge(self) -> None:
        """What all walks have come past is ready, in one order, each once."""
        frontiers = [walk.reached for walk in self._walks if not walk.ended]
        self._frontier = (max if self._query.descending else min)(frontiers, default="")
        for walk in self._walks:
            while walk.entries and not (self._frontier and self._is_after(walk.entries[0], self._frontier)):
                self._ready.append(walk.entries.popleft())
        if len(self._walks) > 1:
            each_once = {entry["SK"]: entry for entry in self._ready}.values()
            self._ready = deque(sorted(each_once, key=self._position, reverse=self._query.descending))

    def _next(self, lacking: int) -> list[tuple[Item, Item | None]]:
        """Entries that are ready, with their campaigns as they are now, None where one is gone."""
        if self._ready_are_whole:
            count = len(self._ready)
        elif self._plan.by_reading:
            each = self._read_units / self._read if self._read else 1
            count = self._affordable(min(BATCH, self._to_read(lacking)), each)
            if not self._read:
                count = max(count, 1)  # Every page gets on.
            self.more = count < 1
        else:
            count = lacking
        entries = [self._ready.popleft() for _ in range(min(count, len(self._ready)))]
        return list(zip(entries, entries if self._ready_are_whole else self._whole(entries), strict=True))

    def _whole(self, entries: list[Item]) -> list[Item | None]:
        ids = [keys.campaign_id_of(entry["SK"]) for entry in entries]
        campaigns, units = self._table.get_metered([keys.campaign(self._tenant_id, id_) for id_ in ids])
        self._read += len(campaigns)
        self._read_units += units
        return campaigns

    def _to_read(self, lacking: int) -> int:
        selective = bool(self._plan.by_reading - {"archived"}) or self._query.filters.archived is True
        return _enough(lacking + 1, self._read, self._matched, selective=selective)

    def _affordable(self, count: int, each: float, reserve: int = 0) -> int:
        """``count``, or as many as the budget is good for, once not only what is shown was read."""
        nothing_else = self._looked == self._passed and self._read <= self._matched
        if nothing_else or not each:  # DynamoDB Local takes nothing for what is gone.
            return count
        left = BUDGET - reserve - self._looked_units - self._read_units
        return min(count, int(left / each))

    @property
    def _is_selective(self) -> bool:
        """Whether much may be read, and not pass."""
        filters, path = self._query.filters, self._plan.path
        told = filters.asked & (path.by_filter | path.by_key)
        return bool(told - {"archived"}) or filters.archived is True

    def _position(self, item: Item) -> str:
        """Where a campaign, or what stands for it, is in the order that is asked for."""
        match self._query.by:
            case "updatedAt":
                return str(item["byUpdate"])
            case "name":
                return str(item["byName"])
        return keys.campaign_id_of(item["SK"])

    def _is_after(self, item: Item, position: str) -> bool:
        there = self._position(item)
        return there < position if self._query.descending else there > position

    def _start(self, range_: Range, after: str) -> Any:
        """Where to go on in a range after a position, which a client could have made up."""
        if not after:
            return None
        campaign_id = after[-ID_LENGTH:]
        place = after if self._query.by != "createdAt" else range_.low[:-ID_LENGTH] + campaign_id
        made_here = is_campaign_id(campaign_id) and (self._query.by != "createdAt" or after == campaign_id)
        if not made_here or not range_.low <= place <= range_.high or len(place.encode()) > keys.LONGEST:
            raise bad_cursor()
        return keys.campaign_at(range_.partition, campaign_id, self._plan.path.sorted_by, place)


def _enough(wanted: int, looked: int, useful: int, *, selective: bool) -> int:
    """How many to look at until ``wanted`` of them are of use, by how many were so far."""
    if not looked:
        return wanted * (_GROWTH if selective else 1)
    return min(math.ceil(wanted * looked / useful), looked * _GROWTH) if useful else looked * _GROWTH
