"""Requests for the history. An event has no condition: its keys follow from its own id, so it is the same each time."""

import zlib
from typing import Any, Final

from campaigns.domain.history import EventFilters, Recorded
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import Request

LARGEST: Final = 390_000
"""Bytes that a packed event may have, in an item of 400 KB."""


def pack(event: str) -> bytes:
    """An event's JSON, in a third to a half of its bytes: DynamoDB bills what is stored."""
    return zlib.compress(event.encode())


def unpack(packed: bytes) -> str:
    """The JSON of a packed event."""
    return zlib.decompress(packed).decode()


def items(event: Recorded, expires_at: int) -> list[Request]:
    """An event as items: in the history of its campaign, and of its tenant.

    What follows from the catalogue in thousands of campaigns would flood the tenant's: there the one event stands that
    it follows from.
    """
    partitions = [] if event.campaign_id is None else [keys.events(event.tenant_id, event.campaign_id)]
    if not event.follows_from_catalogue:
        partitions.append(keys.events(event.tenant_id, event.occurred_at[:7]))
    position = keys.event_position(event.occurred_at, event.record_id, event.number)
    attributes = {"type": event.type, "event": event.packed, "expiresAt": expires_at}
    attributes |= {"actor": event.by} if event.by else {}
    return [keys.event(partition, position) | serialize_all(attributes) for partition in partitions]


def events(partition: str, low: str, high: str, filters: EventFilters, start: Any = None) -> Request:
    """Query: a history from ``high`` to ``low``, newest first, after ``start`` where it is given."""
    values: dict[str, Any] = {":partition": partition, ":low": low, ":high": high}
    names, conditions = {}, []
    if filters.types:
        types = {f":type{number}": each for number, each in enumerate(filters.types)}
        names["#type"], values = "type", values | types
        conditions.append(f"#type IN ({', '.join(types)})")
    if filters.actor is not None:
        names["#actor"], values[":actor"] = "actor", filters.actor
        conditions.append("#actor = :actor")
    request: Request = {
        "KeyConditionExpression": "PK = :partition AND SK BETWEEN :low AND :high",
        "ExpressionAttributeValues": serialize_all(values),
        "ScanIndexForward": False,
    }
    if conditions:
        request |= {"FilterExpression": " AND ".join(conditions), "ExpressionAttributeNames": names}
    return request if start is None else request | {"ExclusiveStartKey": start}
