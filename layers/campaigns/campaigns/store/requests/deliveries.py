"""Requests for deliveries."""

from datetime import datetime
from typing import Any

from campaigns.domain.deliveries import LIFE, Delivery, Status
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import IS_NEW, Request

AS_SEEN = f"{IS_NEW} OR attemptCount < :count"
"""Nobody else has written down this attempt, or a later one."""


def record(tenant_id: str, webhook_id: str, delivery: Delivery) -> Request:
    """PutItem: a delivery after an attempt."""
    expires = datetime.fromisoformat(delivery.occurred_at) + LIFE
    item: dict[str, Any] = {
        "id": delivery.id,
        "eventId": delivery.event_id,
        "type": delivery.type,
        "occurredAt": delivery.occurred_at,
        "payload": delivery.payload,
        "deliveryStatus": delivery.status,
        "attempts": [dict(each) for each in delivery.attempts],
        "attemptCount": delivery.attempt_count,
        "nextAttemptAt": delivery.next_attempt_at,
        "expiresAt": int(expires.timestamp()),
    }
    return {
        "Item": keys.delivery(tenant_id, webhook_id, delivery.id) | serialize_all(item),
        "ConditionExpression": AS_SEEN,
        "ExpressionAttributeValues": serialize_all({":count": delivery.attempt_count}),
    }


def newest(tenant_id: str, webhook_id: str, status: Status | None, before: str | None, now: int) -> Request:
    """Query: a webhook's deliveries before one of them, newest first, without what was sent."""
    values: dict[str, Any] = {":log": keys.deliveries(tenant_id, webhook_id), ":now": now}
    condition, passes = "PK = :log", "expiresAt > :now"
    if status:
        values[":status"] = status
        passes += " AND deliveryStatus = :status"
    request: Request = {
        "KeyConditionExpression": condition,
        "FilterExpression": passes,
        "ScanIndexForward": False,
    }
    if before:
        request["ExclusiveStartKey"] = keys.delivery(tenant_id, webhook_id, before)
    return request | {"ExpressionAttributeValues": serialize_all(values)}
