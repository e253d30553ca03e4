"""Requests for many associations at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.contents import Thing
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.catalogue import entry_is_still, membership
from campaigns.store.requests.clauses import CHANGE, EXISTS, Request, change


def are_still(tenant_id: str, entries: Mapping[Thing, Any]) -> list[Request]:
    """Operations of a transaction: check that catalogue entries are as they were read."""
    return [
        {"ConditionCheck": entry_is_still(tenant_id, kind, id_, entry["name"], entry["asOf"])}
        for (kind, id_), entry in entries.items()
    ]


def join(tenant_id: str, campaign_id: str, entries: Mapping[Thing, Any]) -> list[Request]:
    """Operations of a transaction: put memberships of what the catalogue has these entries of."""
    return [
        {"Put": {"Item": membership(tenant_id, *thing, campaign_id, entry["name"], entry["asOf"])}}
        for thing, entry in entries.items()
    ]


def leave(tenant_id: str, campaign_id: str, things: Iterable[Thing]) -> list[Request]:
    """Operations of a transaction: delete memberships."""
    return [{"Delete": {"Key": keys.membership(tenant_id, *thing, campaign_id)}} for thing in things]


def rearrange(tenant_id: str, seen: Campaign, held: Mapping[Kind, Any], now: str) -> Request:
    """An operation of a transaction: let a campaign hold this, if it is still as it was ``seen``.

    The maps are written whole: paths to their parts would pass the 4 KB that an expression may have.
    """
    return {
        "Update": {
            "Key": keys.campaign(tenant_id, seen.id),
            "UpdateExpression": f"SET sequences = :sequences, templates = :templates, {CHANGE}",
            "ConditionExpression": "version = :seen",
            "ExpressionAttributeValues": serialize_all(
                {
                    **{f":{kind.plural}": held[kind] for kind in Kind},
                    ":seen": seen.version,
                    **change(seen.id, now),
                }
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def begin(tenant_id: str, campaign_id: str, things: Iterable[Thing], expires_at: int) -> Request:
    """A put of a transaction: note that a campaign will hold these; its memberships come first, and itself last.

    Like a campaign, the note says what memberships there are: when it goes and there is no campaign, so do they.
    """
    ids = {kind: [id_ for each, id_ in things if each is kind] for kind in Kind}
    return {
        "Item": keys.unfinished(tenant_id, campaign_id)
        | serialize_all(
            {
                "id": campaign_id,
                **{kind.plural: dict.fromkeys(ids[kind]) for kind in Kind},
                "disturbances": 0,
                "expiresAt": expires_at,
            }
        )
    }


def disturb(tenant_id: str, campaign_id: str) -> Request:
    """UpdateItem: tell who makes a campaign that the catalogue has changed since it was read."""
    return {
        "Key": keys.unfinished(tenant_id, campaign_id),
        "UpdateExpression": "SET disturbances = disturbances + :one",
        "ConditionExpression": EXISTS,
        "ExpressionAttributeValues": serialize_all({":one": 1}),
    }


def finish(tenant_id: str, campaign_id: str, disturbances: int) -> Request:
    """An operation of a transaction: the campaign is complete, unless the catalogue has changed since it was read."""
    return {
        "Delete": {
            "Key": keys.unfinished(tenant_id, campaign_id),
            "ConditionExpression": "disturbances = :seen",
            "ExpressionAttributeValues": serialize_all({":seen": disturbances}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
