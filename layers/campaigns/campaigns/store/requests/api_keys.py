"""Requests for API keys."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from campaigns.domain.api_keys import Holder
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import EXISTS, IS_NEW, Request
from campaigns.store.table import Item

WORKS_AS_SEEN = "digest = :seen AND attribute_not_exists(revokedAt)"
"""The key has the same newest secret as when it was read."""


def secret(digest: str, holder: Holder) -> Request:
    """Put: what the authorizer finds by a raw key's hash."""
    item = keys.api_key(digest) | serialize_all({"tenantId": holder.tenant_id, "keyId": holder.key_id, **said(holder)})
    return {"Put": {"Item": item, "ConditionExpression": IS_NEW}}


def said(holder: Holder) -> Item:
    """What is said of a key in its listing and with each of its secrets; what it has not is left out."""
    named = {"name": holder.name, "scopes": list(holder.scopes), "notAfter": holder.expires_at}
    return {name: value for name, value in named.items() if value}


def issue(digest: str, holder: Holder, prefix: str, now: str, seen: int) -> list[Request]:
    """TransactWriteItems: a new key, where the tenant's keys are as they were ``seen``."""
    listed = {"keyId": holder.key_id, "prefix": prefix, "createdAt": now, "digest": digest, **said(holder)}
    return [
        {
            "Update": {
                "Key": keys.api_key_count(holder.tenant_id),
                "UpdateExpression": "SET issued = :next",
                "ConditionExpression": "issued = :seen OR attribute_not_exists(issued)",
                "ExpressionAttributeValues": serialize_all({":seen": seen, ":next": seen + 1}),
            }
        },
        secret(digest, holder),
        {"Put": {"Item": keys.api_key_listing(holder.tenant_id, holder.key_id) | serialize_all(listed)}},
    ]


def change(
    tenant_id: str, key_id: str, seen: str, secrets: Iterable[str], said: Mapping[str, str | Sequence[str] | None]
) -> list[Request]:
    """TransactWriteItems: set these attributes, or take away those that are None, in the listing and every secret."""
    put = {name: value for name, value in said.items() if value is not None}
    assignments = [f"#{name} = :{name}" for name in put]
    clauses = [f"SET {', '.join(assignments)}"] if put else []
    if gone := [f"#{name}" for name in said if name not in put]:
        clauses.append(f"REMOVE {', '.join(gone)}")
    changed = {
        "UpdateExpression": " ".join(clauses),
        "ExpressionAttributeNames": {f"#{name}": name for name in said},
    }
    values = {f":{name}": value for name, value in put.items()}
    return [
        _listing(tenant_id, key_id, seen, changed, values),
        *(_secret(digest, changed, values) for digest in secrets),
    ]


def rotate(
    holder: Holder, digest: str, prefix: str, seen: str, retired: Mapping[str, str], epoch: int
) -> list[Request]:
    """TransactWriteItems: a new secret; the one that was ``seen`` ends when ``retired`` says, as do those before it.

    ``epoch`` is when the database may forget the secret that ends now, in seconds.
    """
    listed = {"UpdateExpression": "SET digest = :digest, prefix = :prefix, retired = :retired"}
    ended = {"UpdateExpression": "SET retiredAt = :end, expiresAt = :epoch"}
    return [
        _listing(
            holder.tenant_id,
            holder.key_id,
            seen,
            listed,
            {":digest": digest, ":prefix": prefix, ":retired": dict(retired)},
        ),
        secret(digest, holder),
        _secret(seen, ended, {":end": retired[seen], ":epoch": epoch}),
    ]


def note_use(digest: str, hour: str) -> Request:
    """UpdateItem: the key was used in this hour, unless that is known."""
    return {
        "Key": keys.api_key(digest),
        "UpdateExpression": "SET lastUsedAt = :hour",
        "ConditionExpression": f"{EXISTS} AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :hour)",
        "ExpressionAttributeValues": serialize_all({":hour": hour}),
    }


def all_of(tenant_id: str) -> Request:
    """Query: the listings of a tenant's keys, and the count of how many were issued."""
    return {
        "KeyConditionExpression": "PK = :keys",
        "ExpressionAttributeValues": serialize_all({":keys": keys.api_keys(tenant_id)}),
    }


def secrets_of(listing: Item, now: str) -> Collection[str]:
    """The hashes of the secrets of a key that still work, or may."""
    return [listing["digest"], *(digest for digest, end in listing.get("retired", {}).items() if end > now)]


def _listing(tenant_id: str, key_id: str, seen: str, changed: Request, values: dict[str, Any]) -> Request:
    return {
        "Update": {
            "Key": keys.api_key_listing(tenant_id, key_id),
            "ConditionExpression": WORKS_AS_SEEN,
            **changed,
            "ExpressionAttributeValues": serialize_all({":seen": seen, **values}),
        }
    }


def _secret(digest: str, changed: Request, values: dict[str, Any]) -> Request:
    operation = {"Key": keys.api_key(digest), "ConditionExpression": EXISTS, **changed}
    if values:
        operation["ExpressionAttributeValues"] = serialize_all(values)
    return {"Update": operation}
