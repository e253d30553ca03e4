"""API keys: who a key belongs to, and the operator's issuing, listing and revoking.

The raw key exists once, in the answer to its creation. The table has its SHA-256; a key has 256 random bits, so a fast
hash is as hard to turn round as a slow one.
"""

import hashlib
import secrets
from contextlib import suppress
from typing import Any

from campaigns.domain.api_keys import MAX_ACTIVE_KEYS, ApiKey, IssuedKey
from campaigns.domain.errors import InvalidInput, NotFound
from campaigns.domain.identifiers import Clock, timestamp, utc_now
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.table import Item, Table, TransactionRefused

_VISIBLE_CHARACTERS = 9


class ApiKeyStore:
    """The API keys of all tenants."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def tenant_of(self, raw_key: str) -> str | None:
        """The tenant that a raw key stands for; None for an unknown or revoked one. One round trip."""
        item = self._table.get(keys.api_key(_digest(raw_key)))
        return None if item is None or "revokedAt" in item else str(item["tenantId"])

    def issue(self, tenant_id: str) -> IssuedKey:
        """A new key. One round trip: the count, the key and its listing in one transaction.

        Raises:
            InvalidInput: the tenant has 10 active keys.
        """
        raw_key = "kr_" + secrets.token_urlsafe(32)
        digest = _digest(raw_key)
        key_id = "key_" + secrets.token_hex(8)
        prefix = raw_key[:_VISIBLE_CHARACTERS]
        now = timestamp(self._clock())
        try:
            self._table.transact(
                [
                    {
                        "Update": {
                            "Key": keys.api_key_count(tenant_id),
                            "UpdateExpression": "ADD active :one",
                            "ConditionExpression": "attribute_not_exists(active) OR active < :most",
                            "ExpressionAttributeValues": serialize_all({":one": 1, ":most": MAX_ACTIVE_KEYS}),
                        }
                    },
                    {
                        "Put": {
                            "Item": keys.api_key(digest) | serialize_all({"tenantId": tenant_id, "keyId": key_id}),
                        }
                    },
                    {
                        "Put": {
                            "Item": keys.api_key_listing(tenant_id, key_id)
                            | serialize_all({"keyId": key_id, "prefix": prefix, "createdAt": now, "digest": digest}),
                        }
                    },
                ]
            )
        except TransactionRefused as error:
            raise InvalidInput.of("tenantId", f"has {MAX_ACTIVE_KEYS} active keys; revoke one first") from error
        return IssuedKey(
            tenant_id=tenant_id, key_id=key_id, key=raw_key, prefix=prefix, created_at=now, revoked_at=None
        )

    def list(self, tenant_id: str) -> list[ApiKey]:
        """Every key that the tenant was ever issued, oldest first. One round trip per megabyte."""
        found = self._table.query(
            KeyConditionExpression="PK = :keys AND begins_with(SK, :listed)",
            ExpressionAttributeValues=serialize_all({":keys": keys.api_keys(tenant_id), ":listed": keys.LISTED_KEY}),
        )
        return sorted((_api_key(tenant_id, item) for item in found), key=lambda key: key.created_at)

    def revoke(self, tenant_id: str, key_id: str) -> ApiKey:
        """End a key; one that has ended already is left as it is. Three round trips.

        Raises:
            NotFound: the tenant has no such key.
        """
        listing = self._table.get(keys.api_key_listing(tenant_id, key_id))
        if listing is None:
            raise NotFound("There is no such API key.")
        if "revokedAt" in listing:
            return _api_key(tenant_id, listing)
        revocation: dict[str, Any] = {
            "UpdateExpression": "SET revokedAt = :now",
            "ConditionExpression": "attribute_exists(PK) AND attribute_not_exists(revokedAt)",
            "ExpressionAttributeValues": serialize_all({":now": timestamp(self._clock())}),
        }
        with suppress(TransactionRefused):  # Another revocation came first.
            self._table.transact(
                [
                    {"Update": {"Key": keys.api_key_listing(tenant_id, key_id), **revocation}},
                    {"Update": {"Key": keys.api_key(listing["digest"]), **revocation}},
                    {
                        "Update": {
                            "Key": keys.api_key_count(tenant_id),
                            "UpdateExpression": "ADD active :less",
                            "ExpressionAttributeValues": serialize_all({":less": -1}),
                        }
                    },
                ]
            )
        return self.revoke(tenant_id, key_id)


def _digest(raw_key: str) -> str:
    return hashlib.sha256(raw_key.encode(errors="surrogatepass")).hexdigest()


def _api_key(tenant_id: str, item: Item) -> ApiKey:
    return ApiKey(
        tenant_id=tenant_id,
        key_id=item["keyId"],
        prefix=item["prefix"],
        created_at=item["createdAt"],
        revoked_at=item.get("revokedAt"),
    )
