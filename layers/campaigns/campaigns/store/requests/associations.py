"""Requests for what is part of a campaign."""

from collections.abc import Collection
from typing import Any

from campaigns.domain.campaign import Campaign, Kind
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.catalogue import entry_is_still, membership
from campaigns.store.requests.clauses import CHANGE, CLOCK_MOVES_ON, HOLDS, Request, change, if_match

ADDED_BEFORE_ITS_DELETION = "#held.#id.asOf <= :asOf"
"""A deletion takes out what was added before it, not what was announced and added again after it."""


def add(
    tenant_id: str, seen: Campaign, kind: Kind, association_id: str, name: str, as_of: int, now: str
) -> list[Request]:
    """TransactWriteItems: add the association, and its membership.

    The campaign must still be as it was ``seen``, the catalogue entry as it was read.
    """
    return [
        {
            "Update": {
                "Key": keys.campaign(tenant_id, seen.id),
                "UpdateExpression": f"SET #held.#id = :association, {CHANGE}",
                "ConditionExpression": "version = :seen",
                "ExpressionAttributeNames": {"#held": kind.plural, "#id": association_id},
                "ExpressionAttributeValues": serialize_all(
                    {
                        ":association": {"name": name, "addedAt": now, "asOf": as_of},
                        ":seen": seen.version,
                        **change(seen.id, now),
                    }
                ),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {"ConditionCheck": entry_is_still(tenant_id, kind, association_id, name, as_of)},
        {"Put": {"Item": membership(tenant_id, kind, association_id, seen.id, name, as_of)}},
    ]


def remove(
    tenant_id: str,
    campaign_id: str,
    kind: Kind,
    association_id: str,
    now: str,
    *,
    versions: Collection[int] | None = None,
    deleted_as_of: int | None = None,
) -> list[Request]:
    """TransactWriteItems: take the association out of the campaign, and the membership away.

    With ``deleted_as_of``, only what was added when the catalogue was no newer than that.
    """
    held, at_versions = if_match(HOLDS, versions)
    conditions = [held, CLOCK_MOVES_ON]
    values: dict[str, Any] = {**change(campaign_id, now), **at_versions}
    if deleted_as_of is not None:
        conditions.append(ADDED_BEFORE_ITS_DELETION)
        values[":asOf"] = deleted_as_of
    return [
        {
            "Update": {
                "Key": keys.campaign(tenant_id, campaign_id),
                "UpdateExpression": f"SET {CHANGE} REMOVE #held.#id",
                "ConditionExpression": " AND ".join(conditions),
                "ExpressionAttributeNames": {"#held": kind.plural, "#id": association_id},
                "ExpressionAttributeValues": serialize_all(values),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {"Delete": {"Key": keys.membership(tenant_id, kind, association_id, campaign_id)}},
    ]
