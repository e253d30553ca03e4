"""Pure functions that build the requests for campaigns, their associations and the catalogue.

Each returns a piece of a request in DynamoDB's own JSON; ``campaigns.store.table`` sends it. Every clause of every
condition stands here under a name that says what it is for.
"""

from collections.abc import Collection
from typing import Any

from campaigns.domain.campaign import Campaign, Kind
from campaigns.store import keys
from campaigns.store.attributes import serialize_all

Request = dict[str, Any]

EXISTS = "attribute_exists(PK)"
IS_NEW = "attribute_not_exists(PK)"
AT_ONE_OF = "version IN ({})"
"""What If-Match asks for."""
CLOCK_MOVES_ON = "updatedAt < :now"
"""updatedAt must move strictly forward, whatever the clocks of two writers say."""
HOLDS = "attribute_exists(#held.#id)"
ADDED_BEFORE_ITS_DELETION = "#held.#id.asOf <= :asOf"
"""A deletion takes out what was added before it, not what was announced and added again after it."""
HAS_EXPIRED = "expiresAt <= :epoch"
"""TTL deletes within days, not at once."""
NOT_DELETED = "attribute_not_exists(deletedAt)"
CHANGE = "updatedAt = :now, version = version + :one"
"""What every change of a campaign does besides."""


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


def page(tenant_id: str, after_id: str | None, count: int) -> Request:
    """Query: at most ``count`` campaigns, newest first, those after ``after_id`` where one is given."""
    request: Request = {
        "KeyConditionExpression": "PK = :tenant AND begins_with(SK, :campaign)",
        "ExpressionAttributeValues": serialize_all({":tenant": keys.tenant(tenant_id), ":campaign": keys.CAMPAIGN}),
        "ScanIndexForward": False,
        "Limit": count,
    }
    if after_id is not None:
        request["ExclusiveStartKey"] = keys.campaign(tenant_id, after_id)
    return request


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
    names = {f"#{name}": name for name in fields}
    differs = " OR ".join(f"#{name} <> :{name}" for name in fields)
    condition, at_versions = _if_match(f"{EXISTS} AND {CLOCK_MOVES_ON} AND ({differs})", versions)
    assignments = ", ".join(f"#{name} = :{name}" for name in fields)
    return {
        "Key": keys.campaign(tenant_id, campaign_id),
        "UpdateExpression": f"SET {assignments}, lastWrite = :write, {CHANGE}",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": serialize_all(
            {
                **{f":{name}": value for name, value in fields.items()},
                **at_versions,
                ":write": write,
                ":now": now,
                ":one": 1,
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
    condition, at_versions = _if_match(EXISTS, versions)
    operation: Request = {
        "Key": keys.campaign(tenant_id, campaign_id),
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if at_versions:
        operation["ExpressionAttributeValues"] = serialize_all(at_versions)
    return [{"Delete": operation}]


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
                        ":now": now,
                        ":one": 1,
                    }
                ),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {"ConditionCheck": _entry_is_still(tenant_id, kind, association_id, name, as_of)},
        {"Put": {"Item": dict(keys.membership(tenant_id, kind, association_id, seen.id))}},
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
    held, at_versions = _if_match(HOLDS, versions)
    conditions = [held, CLOCK_MOVES_ON]
    values: dict[str, Any] = {":now": now, ":one": 1, **at_versions}
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


def rename(
    tenant_id: str, campaign_id: str, kind: Kind, association_id: str, name: str, as_of: int, now: str
) -> list[Request]:
    """TransactWriteItems: show the association under another name in a campaign that holds it.

    The catalogue must still say so: without that check a late rename could overtake a newer one.
    """
    return [
        {
            "Update": {
                "Key": keys.campaign(tenant_id, campaign_id),
                "UpdateExpression": f"SET #held.#id.#name = :name, {CHANGE}",
                "ConditionExpression": f"{HOLDS} AND #held.#id.#name <> :name AND {CLOCK_MOVES_ON}",
                "ExpressionAttributeNames": {"#held": kind.plural, "#id": association_id, "#name": "name"},
                "ExpressionAttributeValues": serialize_all({":name": name, ":now": now, ":one": 1}),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {"ConditionCheck": _entry_is_still(tenant_id, kind, association_id, name, as_of)},
    ]


def memberships(tenant_id: str, kind: Kind, association_id: str, after_id: str | None) -> Request:
    """Query: the campaigns that hold a sequence or template, those after ``after_id`` where one is given."""
    request: Request = {
        "KeyConditionExpression": "PK = :memberships",
        "ExpressionAttributeValues": serialize_all({":memberships": keys.memberships(tenant_id, kind, association_id)}),
    }
    if after_id is not None:
        request["ExclusiveStartKey"] = keys.membership(tenant_id, kind, association_id, after_id)
    return request


def announce(tenant_id: str, kind: Kind, association_id: str, name: str, as_of: int) -> Request:
    """PutItem: the catalogue's newest name of a sequence or template."""
    return {
        "Item": keys.catalogue_entry(tenant_id, kind, association_id) | serialize_all({"name": name, "asOf": as_of}),
        "ConditionExpression": (f"{IS_NEW} OR asOf < :asOf OR (asOf = :asOf AND {NOT_DELETED} AND #name < :name)"),
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": serialize_all({":asOf": as_of, ":name": name}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def bury(tenant_id: str, kind: Kind, association_id: str, as_of: int, deleted_at: str, expires_at: int) -> Request:
    """PutItem: the tombstone of a sequence or template, which keeps older events from undoing the deletion."""
    return {
        "Item": keys.catalogue_entry(tenant_id, kind, association_id)
        | serialize_all({"asOf": as_of, "deletedAt": deleted_at, "expiresAt": expires_at}),
        "ConditionExpression": f"{IS_NEW} OR asOf < :asOf OR (asOf = :asOf AND {NOT_DELETED})",
        "ExpressionAttributeValues": serialize_all({":asOf": as_of}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _entry_is_still(tenant_id: str, kind: Kind, association_id: str, name: str, as_of: int) -> Request:
    """The check that the catalogue entry is as it was read, and no tombstone."""
    return {
        "Key": keys.catalogue_entry(tenant_id, kind, association_id),
        "ConditionExpression": f"asOf = :asOf AND #name = :name AND {NOT_DELETED}",
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": serialize_all({":asOf": as_of, ":name": name}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _if_match(condition: str, versions: Collection[int] | None) -> tuple[str, dict[str, int]]:
    """The condition narrowed to the versions that the client accepts; None accepts any."""
    if versions is None:
        return condition, {}
    named = {f":version{index}": version for index, version in enumerate(versions)}
    return f"{condition} AND {AT_ONE_OF.format(', '.join(named))}", named
