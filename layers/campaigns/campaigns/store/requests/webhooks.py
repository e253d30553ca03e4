"""Requests for webhooks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from campaigns.domain.webhooks import MAX_WEBHOOKS, DisabledReason, Sealed, Webhook
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import EXISTS, IS_NEW, Request

if TYPE_CHECKING:
    from campaigns.domain.webhook_inputs import WebhookPatch

HAS_ROOM = "attribute_not_exists(webhooks) OR webhooks < :most"
"""The tenant has fewer webhooks than it may."""
HAS_SOME = "attribute_exists(webhooks)"
"""The tenant has had one."""
IS_ENABLED = "attribute_not_exists(disabledAt)"
LEADS_AS_SEEN = "#url = :url"
FAILS_AS_SEEN = "failingSince = :seen"
SIGNS_AS_SEEN = "secrets = :seen"


def webhook_item(webhook: Webhook) -> Request:
    """A new webhook as an item."""
    return keys.webhook(webhook.tenant_id, webhook.id) | serialize_all(
        {
            "id": webhook.id,
            "url": webhook.url,
            "events": list(webhook.events),
            "description": webhook.description,
            "secrets": [_sealed(each) for each in webhook.secrets],
            "createdAt": webhook.created_at,
            "updatedAt": webhook.updated_at,
        }
    )


def create(webhook: Webhook) -> list[Request]:
    """TransactWriteItems: a new webhook, where the tenant has room for it."""
    return [
        {
            "Update": {
                "Key": keys.webhook_count(webhook.tenant_id),
                "UpdateExpression": "SET webhooks = if_not_exists(webhooks, :none) + :one",
                "ConditionExpression": HAS_ROOM,
                "ExpressionAttributeValues": serialize_all({":none": 0, ":one": 1, ":most": MAX_WEBHOOKS}),
            }
        },
        {"Put": {"Item": webhook_item(webhook), "ConditionExpression": IS_NEW}},
    ]


def delete(tenant_id: str, webhook_id: str) -> list[Request]:
    """TransactWriteItems: no webhook, and room for another one."""
    return [
        {"Delete": {"Key": keys.webhook(tenant_id, webhook_id), "ConditionExpression": EXISTS}},
        {
            "Update": {
                "Key": keys.webhook_count(tenant_id),
                "UpdateExpression": "SET webhooks = webhooks - :one",
                "ConditionExpression": HAS_SOME,
                "ExpressionAttributeValues": serialize_all({":one": 1}),
            }
        },
    ]


def update(tenant_id: str, webhook_id: str, patch: "WebhookPatch", *, now: str) -> Request:
    """UpdateItem: these fields as they are given; one that is enabled again has a clean slate."""
    values: dict[str, Any] = {":now": now}
    assignments, removals = ["updatedAt = :now"], []
    names: dict[str, str] = {}
    for name in ("url", "events", "description"):
        if name in patch:
            assignments.append(f"#{name} = :{name}")
            names[f"#{name}"] = name
            given: Any = patch[name]
            values[f":{name}"] = list(given) if name == "events" else given
    if patch.get("enabled"):
        removals = ["disabledAt", "disabledReason", "failingSince"]
    elif "enabled" in patch:
        assignments.append("disabledAt = if_not_exists(disabledAt, :now)")
    return _update(tenant_id, webhook_id, assignments, removals, EXISTS, values, names)


def rotate(tenant_id: str, webhook_id: str, secrets: Sequence[Sealed], seen: Sequence[Sealed], *, now: str) -> Request:
    """UpdateItem: these secrets, where they are still those that were ``seen``."""
    values = {":now": now, ":secrets": [_sealed(each) for each in secrets], ":seen": [_sealed(each) for each in seen]}
    return _update(
        tenant_id, webhook_id, ["updatedAt = :now", "secrets = :secrets"], [], f"{EXISTS} AND {SIGNS_AS_SEEN}", values
    )


def fails(webhook: Webhook, now: str) -> Request:
    """UpdateItem: it fails since ``now``, unless it has for longer."""
    return _note(webhook, "SET failingSince = if_not_exists(failingSince, :now)", EXISTS, {":now": now})


def succeeds(webhook: Webhook) -> Request:
    """UpdateItem: it has not done nothing but fail since then."""
    return _note(webhook, "REMOVE failingSince", FAILS_AS_SEEN, {":seen": webhook.failing_since})


def is_slow(webhook: Webhook, until: str) -> Request:
    """UpdateItem: it is slow until then."""
    return _note(webhook, "SET slowUntil = :until", EXISTS, {":until": until})


def disable(webhook: Webhook, reason: DisabledReason, now: str) -> Request:
    """UpdateItem: disabled, where nobody has done that, made it lead elsewhere or, if it only fails, mended it."""
    values = {":now": now, ":reason": reason, ":url": webhook.url}
    conditions = [EXISTS, IS_ENABLED, LEADS_AS_SEEN]
    if reason == "failing":
        conditions.append(FAILS_AS_SEEN)
        values[":seen"] = webhook.failing_since or ""
    expression = "SET disabledAt = :now, disabledReason = :reason, updatedAt = :now"
    return _note(webhook, expression, " AND ".join(conditions), values) | {"ExpressionAttributeNames": {"#url": "url"}}


def all_of(tenant_id: str) -> Request:
    """Query: the tenant's webhooks, oldest first."""
    return {
        "KeyConditionExpression": "PK = :webhooks AND begins_with(SK, :each)",
        "ExpressionAttributeValues": serialize_all({":webhooks": keys.webhooks(tenant_id), ":each": keys.WEBHOOK}),
    }


def _note(webhook: Webhook, expression: str, condition: str, values: dict[str, Any]) -> Request:
    """What a delivery has shown of a webhook."""
    return {
        "Key": keys.webhook(webhook.tenant_id, webhook.id),
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": serialize_all(values),
    }


def _update(
    tenant_id: str,
    webhook_id: str,
    assignments: Sequence[str],
    removals: Sequence[str],
    condition: str,
    values: dict[str, Any],
    names: dict[str, str] | None = None,
) -> Request:
    removed = f" REMOVE {', '.join(removals)}" if removals else ""
    return {
        "Key": keys.webhook(tenant_id, webhook_id),
        "UpdateExpression": f"SET {', '.join(assignments)}{removed}",
        "ConditionExpression": condition,
        **({"ExpressionAttributeNames": names} if names else {}),
        "ExpressionAttributeValues": serialize_all(values),
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _sealed(secret: Sealed) -> dict[str, Any]:
    return {"blob": secret.blob} | ({"notAfter": secret.not_after} if secret.not_after else {})
