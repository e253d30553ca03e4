"""What the methods that find something do, as steps."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from kraiter.arguments import moment
from kraiter.exchange import Found, Send, Steps, exchange, path_to, read
from kraiter.models import Campaign, CatalogueEntry, Count, Filters, Sort

Kinds = Literal["sequences", "templates"]
_NAMES = {
    "created_after": "createdAfter",
    "created_before": "createdBefore",
    "updated_after": "updatedAfter",
    "updated_before": "updatedBefore",
}


def query(filters: Filters, sort: Sort | None = None, ids: Iterable[str] | None = None) -> dict[str, str]:
    """The parameters of a list or a count. What is None is not asked for; what is empty is, and refused by the API."""
    if unknown := filters.keys() - Filters.__annotations__.keys():
        raise TypeError(f"there is no filter {', '.join(sorted(unknown))}")
    given: Mapping[str, Any] = {**filters, "sort": sort, "ids": ids}
    return {_NAMES.get(name, name): text(name, value) for name, value in given.items() if value is not None}


def page(asked: dict[str, str], cursor: str | None, limit: int | None, retries: int) -> Steps[Found[Campaign]]:
    """Campaigns after a cursor."""
    send = Send("GET", "", params=with_page(asked, cursor, limit))
    return read(
        (yield from exchange(send, retries)),
        lambda body: (tuple(map(Campaign.from_json, body["data"])), body["nextCursor"]),
    )


def count(asked: dict[str, str], retries: int) -> Steps[Count]:
    """How many campaigns there are."""
    return read((yield from exchange(Send("GET", "/count", params={**asked}), retries)), Count.from_json)


def entries(
    kind: Kinds, q: str | None, cursor: str | None, limit: int | None, retries: int
) -> Steps[Found[CatalogueEntry]]:
    """Entries of the catalogue after a cursor."""
    send = Send("GET", path_to("catalogue", kind), params=with_page({} if q is None else {"q": q}, cursor, limit))
    return read(
        (yield from exchange(send, retries)),
        lambda body: (tuple(map(CatalogueEntry.from_json, body["data"])), body["nextCursor"]),
    )


def entry(kind: Kinds, entry_id: str, retries: int) -> Steps[CatalogueEntry]:
    """One entry of the catalogue."""
    send = Send("GET", path_to("catalogue", kind, entry_id))
    return read((yield from exchange(send, retries)), CatalogueEntry.from_json)


def with_page(asked: dict[str, str], cursor: str | None, limit: int | None) -> dict[str, str | int]:
    """The parameters of a page of a list."""
    of_page: dict[str, str | int | None] = {"limit": limit, "cursor": cursor}
    return {**asked, **{name: value for name, value in of_page.items() if value is not None}}


def text(name: str, value: Any) -> str:
    """A filter's value as the API takes it."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case datetime():
            return str(moment(name, value))
    return ",".join(value)
