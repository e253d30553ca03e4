"""Requests that find campaigns."""

from collections.abc import Callable, Iterable
from typing import Any

from campaigns.domain.campaign import Kind
from campaigns.domain.finding import Filters
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.planning import Path, Range
from campaigns.store.requests.clauses import NOT_DELETED, Request

IS_ARCHIVED = "attribute_exists(archivedAt)"
IS_NOT_ARCHIVED = "attribute_not_exists(archivedAt)"
NAME_CONTAINS = "(contains(byName, :text) OR size(byName) >= :cut)"
"""Or may contain it, where the name is cut; the id behind the name may contain it, too."""
UPDATED_IN = "updatedAt BETWEEN :earliest AND :latest"

type Clause = tuple[str, dict[str, Any]]


def look(
    path: Path, range_: Range, filters: Filters, by_filter: Iterable[str], start: Request | None, *, descending: bool
) -> Request:
    """Query: what lies in a range, after ``start`` where it is given, and passes the filters that are named.

    A query stops after 1 MB, whatever passed.
    """
    clauses = [_CLAUSES[name](filters) for name in sorted(by_filter)]
    values: dict[str, Any] = {":partition": range_.partition}
    condition = "PK = :partition"
    if range_.low:
        condition += f" AND {path.sorted_by} BETWEEN :low AND :high"
        values |= {":low": range_.low, ":high": range_.high}
    for _, more in clauses:
        values |= more
    request: Request = {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": serialize_all(values),
        "ScanIndexForward": not descending,
    }
    if path.in_index:
        request["IndexName"] = path.in_index
    if clauses:
        request["FilterExpression"] = " AND ".join(clause for clause, _ in clauses)
    if "statuses" in by_filter:
        request["ExpressionAttributeNames"] = {"#status": "status"}
    if start is not None:
        request["ExclusiveStartKey"] = start
    return request


def entries(tenant_id: str, kind: Kind, start: Any) -> Request:
    """Query: the sequences or templates of a tenant's catalogue, by id, after ``start`` where it is given."""
    request: Request = {
        "KeyConditionExpression": "PK = :catalogue AND begins_with(SK, :kind)",
        "FilterExpression": NOT_DELETED,
        "ExpressionAttributeValues": serialize_all({":catalogue": keys.catalogue(tenant_id), ":kind": f"{kind.name}#"}),
    }
    return request if start is None else request | {"ExclusiveStartKey": start}


def _archived(filters: Filters) -> Clause:
    return IS_ARCHIVED if filters.archived else IS_NOT_ARCHIVED, {}


def _statuses(filters: Filters) -> Clause:
    values = {f":{status}": status for status in filters.statuses}
    return f"#status IN ({', '.join(values)})", values


def _labels(filters: Filters) -> Clause:
    values = {f":label{number}": label for number, label in enumerate(filters.labels)}
    return " AND ".join(f"contains(labelKeys, {name})" for name in values), values


def _text(filters: Filters) -> Clause:
    return NAME_CONTAINS, {":text": filters.text, ":cut": keys.SHORTEST_CUT}


def _updated(filters: Filters) -> Clause:
    earliest, latest = filters.updated.timestamps()
    return UPDATED_IN, {":earliest": earliest, ":latest": latest}


_CLAUSES: dict[str, Callable[[Filters], Clause]] = {
    "archived": _archived,
    "statuses": _statuses,
    "labels": _labels,
    "text": _text,
    "updated": _updated,
}
