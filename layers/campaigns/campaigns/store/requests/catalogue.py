"""Requests for the catalogue, and for what follows from it."""

from zlib import crc32

from campaigns.domain.campaign import Kind
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import CHANGE, CLOCK_MOVES_ON, HOLDS, IS_NEW, NOT_DELETED, Request, change


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


def entry_is_still(tenant_id: str, kind: Kind, association_id: str, name: str, as_of: int) -> Request:
    """The check that the catalogue entry is as it was read, and no tombstone."""
    return {
        "Key": keys.catalogue_entry(tenant_id, kind, association_id),
        "ConditionExpression": f"asOf = :asOf AND #name = :name AND {NOT_DELETED}",
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": serialize_all({":asOf": as_of, ":name": name}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def stamp(name: str, as_of: int) -> str:
    """What tells an entry of the catalogue from what it is before and after."""
    return f"{as_of}#{crc32(name.encode()):08x}"


def membership(tenant_id: str, kind: Kind, association_id: str, campaign_id: str, name: str, as_of: int) -> Request:
    """A membership as an addition writes it: with what the catalogue said by then."""
    key = keys.membership(tenant_id, kind, association_id, campaign_id)
    return key | serialize_all({"entry": stamp(name, as_of)})


def memberships(tenant_id: str, kind: Kind, association_id: str, after_id: str | None) -> Request:
    """Query: the campaigns that hold a sequence or template, those after ``after_id`` where one is given."""
    request: Request = {
        "KeyConditionExpression": "PK = :memberships",
        "ExpressionAttributeValues": serialize_all({":memberships": keys.memberships(tenant_id, kind, association_id)}),
    }
    if after_id is not None:
        request["ExclusiveStartKey"] = keys.membership(tenant_id, kind, association_id, after_id)
    return request


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
                "ExpressionAttributeValues": serialize_all({":name": name, **change(campaign_id, now)}),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {"ConditionCheck": entry_is_still(tenant_id, kind, association_id, name, as_of)},
    ]
