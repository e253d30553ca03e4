"""From a query to the way through the table that answers it with the least reading.

A way is a range of a partition, or of one of its local indexes, read in order. What a campaign must be is told by the
range; else by a filter, which keeps an entry from being answered but not from being read; else by the entry's own key;
else by the whole campaign, at a read unit each. By the cheapest that can:

=========  =============================  ===========  ===================  =====================  =============
sorted by  asked for                      way          range                filter                 by reading
=========  =============================  ===========  ===================  =====================  =============
createdAt  at most statuses               ByStatus,    statuses, created    archived               nothing
                                          each status
createdAt  held                           memberships  the first, created   nothing                all others
createdAt  anything else                  campaigns    created              all others             nothing
updatedAt  anything                       ByUpdate     updated              all others             held
name       anything                       ByName       nothing              archived               all others
not at     held                           at first,    the first            nothing                all others
createdAt                                 memberships
counted    at most statuses, created      ByStatus,    statuses, created    archived               nothing
                                          each status
counted    held                           memberships  the first, created   nothing                all others
counted    anything else                  ByUpdate     updated              all others             nothing
=========  =============================  ===========  ===================  =====================  =============

Beside ByUpdate and ByName, ``created`` is told by the entry's own key, which no filter may name; so is ``text`` beside
ByName. ``archived`` and ``created`` go with everything and decide nothing. Where nothing can match (an empty span of
time, a sequence that can't be), there is no range, and nothing is read.

Held and not sorted by creation: where at most 100 hold the first, those are read and sorted; else it goes by the index.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, get_args

from campaigns.domain.campaign import Status
from campaigns.domain.finding import ALWAYS, Filters, Query, Span
from campaigns.domain.identifiers import ids_between, is_association_id
from campaigns.domain.names import folded
from campaigns.store import keys
from campaigns.store.table import Item


class Path(NamedTuple):
    """The campaigns, one of their indexes, or memberships; and what is told without reading a whole campaign."""

    in_index: str | None
    """None: the table itself."""
    sorted_by: str
    by_range: frozenset[str]
    by_filter: frozenset[str]
    by_key: frozenset[str] = frozenset()
    holds_all: bool = False
    """Its entries are whole campaigns."""


_CREATED, _ARCHIVED = frozenset({"created"}), frozenset({"archived"})
CAMPAIGNS: Final = Path(
    None, "SK", _CREATED, frozenset({"statuses", "labels", "text", "updated", "archived"}), holds_all=True
)
MEMBERSHIPS: Final = Path(None, "SK", _CREATED, frozenset())
BY_STATUS: Final = Path("ByStatus", "byStatus", frozenset({"statuses", "created"}), _ARCHIVED)
BY_UPDATE: Final = Path(
    "ByUpdate", "byUpdate", frozenset({"updated"}), frozenset({"statuses", "labels", "text", "archived"}), _CREATED
)
BY_NAME: Final = Path("ByName", "byName", frozenset(), _ARCHIVED, frozenset({"created", "text"}))


class Range(NamedTuple):
    """What lies in a partition from ``low`` to ``high``, both included."""

    partition: str
    low: str
    high: str


class Plan(NamedTuple):
    """How to find what a query asks for."""

    path: Path
    ranges: tuple[Range, ...]
    """To be merged in order."""
    by_filter: frozenset[str] = frozenset()
    """What DynamoDB filters what it reads by."""
    by_reading: frozenset[str] = frozenset()
    """What only the whole campaign tells."""
    few: Range | None = None
    """Memberships to look at first."""


def plan(tenant_id: str, query: Query) -> Plan:
    """The way to list what ``query`` finds."""
    filters = query.filters
    path = {"createdAt": CAMPAIGNS, "updatedAt": BY_UPDATE, "name": BY_NAME}[query.by]
    if path is not CAMPAIGNS:
        in_order = _by(path, tenant_id, filters)
        return in_order._replace(few=_memberships(tenant_id, filters)) if in_order.ranges and filters.held else in_order
    return _by(_in_order_of_creation(filters, CAMPAIGNS), tenant_id, filters)


def plan_count(tenant_id: str, filters: Filters) -> Plan:
    """The way to count what ``filters`` find."""
    return _by(_in_order_of_creation(filters, BY_UPDATE), tenant_id, filters)


def _in_order_of_creation(filters: Filters, otherwise: Path) -> Path:
    if filters.held:
        return MEMBERSHIPS
    only_status = filters.asked <= BY_STATUS.by_range | BY_STATUS.by_filter
    return BY_STATUS if only_status and (filters.statuses or otherwise is BY_UPDATE) else otherwise


def _by(path: Path, tenant_id: str, filters: Filters) -> Plan:
    spans_are_empty = filters.created.is_empty or filters.updated.is_empty
    if spans_are_empty or not all(is_association_id(id_) for _, id_ in filters.held):
        return Plan(path, ())
    told = path.by_range | path.by_filter | path.by_key
    unknown = filters.asked - told
    if path is MEMBERSHIPS and len(filters.held) == 1:
        unknown -= {"held"}
    return Plan(path, _ranges(path, tenant_id, filters), filters.asked & path.by_filter, unknown)


def _ranges(path: Path, tenant_id: str, filters: Filters) -> tuple[Range, ...]:
    campaigns = keys.tenant(tenant_id)
    first, last = ids_between(*filters.created)
    if path is MEMBERSHIPS:
        return (_memberships(tenant_id, filters),)
    if path is CAMPAIGNS:
        return (Range(campaigns, keys.CAMPAIGN + first, keys.CAMPAIGN + last),)
    if path is BY_UPDATE:
        earliest, latest = filters.updated.timestamps()
        least, greatest = ids_between(*ALWAYS)
        return (Range(campaigns, keys.by_update(earliest, least), keys.by_update(latest, greatest)),)
    if path is BY_NAME:
        return (Range(campaigns, *keys.ANY_NAME),)
    if not filters.statuses and filters.created == ALWAYS:
        return (Range(campaigns, *keys.ANY_STATUS),)
    statuses = filters.statuses or get_args(Status)
    return tuple(Range(campaigns, keys.by_status(each, first), keys.by_status(each, last)) for each in statuses)


def _memberships(tenant_id: str, filters: Filters) -> Range:
    (kind, association_id), *_ = filters.held
    first, last = ids_between(*filters.created)
    return Range(keys.memberships(tenant_id, kind, association_id), keys.CAMPAIGN + first, keys.CAMPAIGN + last)


def told_by_key(filters: Filters) -> Callable[[Item], bool]:
    """Whether a campaign may be what is asked for, as far as the keys of an index's entry tell."""
    first, last = ids_between(*filters.created)

    def may_match(entry: Item) -> bool:
        if not first <= keys.campaign_id_of(entry["SK"]) <= last:
            return False
        if filters.text is None or "byName" not in entry:
            return True
        name, whole = keys.name_in(entry["byName"])
        return filters.text in name or not whole

    return may_match


def matches(filters: Filters, item: Item) -> bool:
    """Whether a campaign is what is asked for, by its item."""
    return (
        (not filters.statuses or item["status"] in filters.statuses)
        and set(filters.labels) <= set(item.get("labelKeys", ()))
        and (filters.text is None or filters.text in folded(item["name"]))
        and all(id_ in item[kind.plural] for kind, id_ in filters.held)
        and _lies_in(filters.created, item["createdAt"])
        and _lies_in(filters.updated, item["updatedAt"])
        and filters.archived in (None, item.get("archivedAt") is not None)
    )


def _lies_in(span: Span, at: str) -> bool:
    first, last = span.timestamps()
    return first <= at <= last
