"""What campaigns can be found by, in what order, and how a client asks for it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypedDict, get_args

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from campaigns.domain.campaign import Kind, Status
from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import ID_LENGTH, moment_of, timestamp
from campaigns.domain.inputs import DEFAULT_LIMIT, LONGEST_MOMENT, MAX_LABEL, MAX_LABELS, PAGE
from campaigns.domain.names import folded
from campaigns.domain.parsing import Input

MOST_IDS: Final = 100
LONGEST_TEXT: Final = 100
UNCUT: Final = 10_240
"""What API Gateway has room for in a URL: of ids that nobody has, too."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATUSES: tuple[Status, ...] = get_args(Status)
_CONTROLS = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))}


class Span(NamedTuple):
    """A span of time in milliseconds since 1970; both of its ends belong to it."""

    first: int = 0
    last: int = 253_402_300_799_999
    """The last one of the year 9999."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing can lie in it."""
        return self.first > self.last

    def timestamps(self) -> tuple[str, str]:
        """Its ends, as campaigns show their times."""
        first, last = (timestamp(_EPOCH + timedelta(milliseconds=each)) for each in self)
        return first, last

    def between(self, after: int | None, before: int | None) -> "Span":
        """What of it lies strictly between two moments in microseconds since 1970."""
        first = self.first if after is None else max(self.first, after // 1000 + 1)
        last = self.last if before is None else min(self.last, (before - 1) // 1000)
        return Span(first, last)


ALWAYS = Span()
type Sorted = Literal["createdAt", "updatedAt", "name"]


class Filters(NamedTuple):
    """What a campaign must be to be found: all of it."""

    statuses: tuple[Status, ...] = ()
    """One of these; any where there is none."""
    labels: tuple[str, ...] = ()
    """All of these, folded."""
    text: str | None = None
    """Its folded name contains this."""
    held: tuple[tuple[Kind, str], ...] = ()
    """It holds all of these sequences and templates."""
    created: Span = ALWAYS
    updated: Span = ALWAYS
    archived: bool | None = False
    """None: either."""

    @property
    def asked(self) -> frozenset[str]:
        """The names of those that leave anything out."""
        leave_nothing_out = Filters(archived=None)
        return frozenset(
            name for name, value, nothing in zip(self._fields, self, leave_nothing_out, strict=True) if value != nothing
        )


class Query(NamedTuple):
    """What to find, and in what order: campaigns alike in what they are sorted by stand by their ids."""

    filters: Filters = Filters()
    by: Sorted = "createdAt"
    descending: bool = True

    def __str__(self) -> str:
        """What a cursor is bound to; the same for all queries that mean the same, and nothing for the plain list."""
        return "" if self == Query() else json.dumps(self)


class ShownCount(TypedDict):
    """How many there are: exactly so many, or at least."""

    count: int
    precision: Literal["exact", "at_least"]


class Count(NamedTuple):
    """How many were found: exactly so many, or at least."""

    number: int
    precision: Literal["exact", "at_least"]

    def shown(self) -> ShownCount:
        """What clients see of it."""
        return {"count": self.number, "precision": self.precision}


class ListQuery(NamedTuple):
    """The parameters of a list request. With ``ids``, those campaigns alone, and nothing else counts."""

    query: Query
    limit: int
    cursor: str | None
    ids: tuple[str, ...] | None


def _list_query(**given: Any) -> ListQuery:
    if "ids" in given and len(given) > 1:
        raise InvalidInput.of("ids", "must stand alone")
    ids = given.pop("ids", None)
    limit, cursor = given.pop("limit", DEFAULT_LIMIT), given.pop("cursor", None)
    sort: Any = given.pop("sort", "-createdAt")
    return ListQuery(Query(filters_of(**given), sort.removeprefix("-"), sort.startswith("-")), limit, cursor, ids)


def filters_of(
    status: tuple[Status, ...] = (),
    label: tuple[str, ...] = (),
    q: str | None = None,
    sequence: str | None = None,
    template: str | None = None,
    createdAfter: int | None = None,  # noqa: N803 - their names in the query
    createdBefore: int | None = None,  # noqa: N803
    updatedAfter: int | None = None,  # noqa: N803
    updatedBefore: int | None = None,  # noqa: N803
    archived: bool | None = False,
) -> Filters:
    """The filters that valid parameters, by their names, stand for."""
    held = ((Kind.SEQUENCE, sequence), (Kind.TEMPLATE, template))
    return Filters(
        statuses=status,
        labels=label,
        text=q,
        held=tuple((kind, id_) for kind, id_ in held if id_ is not None),
        created=ALWAYS.between(createdAfter, createdBefore),
        updated=ALWAYS.between(updatedAfter, updatedBefore),
        archived=archived,
    )


class EntryQuery(NamedTuple):
    """The parameters of a list of the catalogue."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    q: str | None = None
    """Folded."""


def _listed(text: str) -> list[str]:
    """The parts of a comma-separated list."""
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise PydanticCustomError("empty_part", "must be a list with commas between, of nothing empty")
    return parts


def _each_once(parts: tuple[str, ...]) -> None:
    if len(set(parts)) < len(parts):
        raise PydanticCustomError("named_twice", "must not name anything twice")


def _label(text: str) -> tuple[str, ...]:
    parts = _listed(text)
    if len(parts) > MAX_LABELS or any(len(part) > MAX_LABEL for part in parts):
        context = {"most": MAX_LABELS, "longest": MAX_LABEL}
        raise PydanticCustomError("labels", "must be at most {most} labels of at most {longest} characters", context)
    labels = tuple(sorted(map(folded, parts)))
    _each_once(labels)
    return labels


def _text(text: str) -> str:
    if _CONTROLS & set(text):
        raise PydanticCustomError("control_characters", "must not contain control characters")
    return folded(text)


def _moment(text: str) -> int:
    """In microseconds since 1970."""
    moment = moment_of(text)
    if moment is None:
        raise PydanticCustomError("moment", "must be a time with its offset, as 2025-09-15T10:00:00Z")
    return (moment - _EPOCH) // _MICROSECOND


def _ids(text: str) -> tuple[str, ...]:
    parts = tuple(_listed(text))
    if len(parts) > MOST_IDS or any(len(part) > ID_LENGTH for part in parts):
        context = {"most": MOST_IDS, "longest": ID_LENGTH}
        raise PydanticCustomError("ids", "must be at most {most} ids of at most {longest} characters", context)
    _each_once(parts)
    return parts


def _read[Value](read: Any, most: int | None = None) -> CoreSchema:
    return core_schema.no_info_after_validator_function(read, core_schema.str_schema(min_length=1, max_length=most))


def some_of(known: tuple[str, ...]) -> CoreSchema:
    """One or several of these words, with commas between.

    In one order, and none where all are asked for: what means the same is the same.
    """

    def read(text: str) -> tuple[str, ...]:
        parts = tuple(_listed(text))
        if not set(parts) <= set(known):
            raise PydanticCustomError("words", "must be one or several of {all}", {"all": ", ".join(known)})
        _each_once(parts)
        return tuple(word for word in known if word in parts) if len(parts) < len(known) else ()

    return _read(read)


MOMENT: Final = _read(_moment, LONGEST_MOMENT)
"""A moment with its offset, as microseconds since 1970."""
_ARCHIVED = {"false": False, "true": True, "any": None}
_FILTERS: dict[str, CoreSchema] = {
    "status": some_of(_STATUSES),
    "label": _read(_label),
    "q": _read(_text, LONGEST_TEXT),
    **dict.fromkeys(("sequence", "template"), core_schema.str_schema(min_length=1, max_length=UNCUT)),
    **dict.fromkeys(("createdAfter", "createdBefore", "updatedAfter", "updatedBefore"), MOMENT),
    "archived": core_schema.no_info_after_validator_function(
        _ARCHIVED.__getitem__, core_schema.literal_schema(list(_ARCHIVED))
    ),
}
_SORTS = [sign + by for by in ("createdAt", "updatedAt", "name") for sign in ("-", "")]
LIST_QUERY = Input(
    _list_query, {}, {**PAGE, **_FILTERS, "sort": core_schema.literal_schema(_SORTS), "ids": _read(_ids)}
)
COUNT_QUERY = Input(filters_of, {}, _FILTERS)
ENTRY_QUERY = Input(EntryQuery, {}, {**PAGE, "q": _FILTERS["q"]})
