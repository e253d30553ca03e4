"""Requests for campaigns, each as a whole."""

from collections.abc import Collection
from typing import Any

from campaigns.domain.campaign import Campaign
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import CHANGE, CLOCK_MOVES_ON, EXISTS, IS_NEW, Request, change, if_match

HAS_EXPIRED = "expiresAt <= :epoch"
"""TTL deletes within days, not at once."""


def campaign_item(tenant_id: str, campaign: Campaign) -> Request:
    """A campaign that holds nothing yet, as an item."""
    return keys.campaign(tenant_id, campaign.id) | serialize_all(
        {
            "id": campaign.id,
            "name": campaign.name,
            "description": campaign.description,
            "status": campaign.status,
            "sequences": {},
            "templates": {},
            "version": campaign.version,
            "createdAt": campaign.created_at,
            "updatedAt": campaign.updated_at,
            "byStatus": keys.by_status(campaign.status, campaign.id),
            "byUpdate": keys.by_update(campaign.updated_at, campaign.id),
            "byName": keys.by_name(campaign.name, campaign.id),
        }
    )


def create(tenant_id: str, campaign: Campaign) -> list[Request]:
    """TransactWriteItems: a new campaign.

    A transaction, for its token: a lone PutItem that is repeated after a lost answer could bring back what someone
    has deleted meanwhile.
    """
    return [{"Put": {"Item": campaign_item(tenant_id, campaign), "ConditionExpression": IS_NEW}}]


def create_with_key(
    tenant_id: str, campaign: Campaign, idempotency_key: str, fingerprint: str, *, now: int, expires_at: int
) -> list[Request]:
    """TransactWriteItems: a new campaign, and the record that its idempotency key has made it (times in seconds)."""
    record = {
        "fingerprint": fingerprint,
        "campaignId": campaign.id,
        "createdAt": campaign.created_at,
        "expiresAt": expires_at,
    }
    return [
        *create(tenant_id, campaign),
        {
            "Put": {
                "Item": keys.idempotency_record(tenant_id, idempotency_key) | serialize_all(record),
                "ConditionExpression": f"{IS_NEW} OR {HAS_EXPIRED}",
                "ExpressionAttributeValues": serialize_all({":epoch": now}),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
    ]


def update(
    tenant_id: str,
    campaign_id: str,
    fields: dict[str, Any],
    *,
    write: str,
    now: str,
    versions: Collection[int] | None,
) -> Request:
    """UpdateItem: set ``fields`` where at least one differs; answers with the new campaign, or why not.

    ``lastWrite`` stays in the item so that this very write (``now`` and a random id) is recognised when it is repeated
    after a lost answer. It can't happen twice: the first time moves ``updatedAt`` to ``now``.
    """
    differs = " OR ".join(f"#{name} <> :{name}" for name in fields)
    condition, at_versions = if_match(f"{EXISTS} AND {CLOCK_MOVES_ON} AND ({differs})", versions)
    assigned = {**fields, **_index_keys(campaign_id, fields)}
    assignments = ", ".join(f"#{name} = :{name}" for name in assigned)
    return {
        "Key": keys.campaign(tenant_id, campaign_id),
        "UpdateExpression": f"SET {assignments}, lastWrite = :write, {CHANGE}",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in assigned},
        "ExpressionAttributeValues": serialize_all(
            {
                **{f":{name}": value for name, value in assigned.items()},
                **at_versions,
                **change(campaign_id, now),
                ":write": write,
            }
        ),
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def delete(tenant_id: str, campaign_id: str, versions: Collection[int] | None) -> list[Request]:
    """TransactWriteItems: delete a campaign.

    A transaction, for its token: a lone DeleteItem whose answer was lost can't tell its own success from a campaign
    that never was.
    """
    condition, at_versions = if_match(EXISTS, versions)
    operation: Request = {
        "Key": keys.campaign(tenant_id, campaign_id),
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if at_versions:
        operation["ExpressionAttributeValues"] = serialize_all(at_versions)
    return [{"Delete": operation}]


def _index_keys(campaign_id: str, fields: dict[str, Any]) -> dict[str, str]:
    """What moves in the indexes where these fields change."""
    moved = {}
    if "status" in fields:
        moved["byStatus"] = keys.by_status(fields["status"], campaign_id)
    if "name" in fields:
        moved["byName"] = keys.by_name(fields["name"], campaign_id)
    return moved
