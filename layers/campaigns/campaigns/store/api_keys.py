"""API keys: whom a key lets in, and the operator's issuing, listing, changing and ending of keys.

The raw key exists once, in the answer to its creation or rotation. The table has its SHA-256; a key has 256 random
bits, so a fast hash is as hard to turn round as a slow one.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from campaigns.domain.api_keys import (
    MAX_ACTIVE_KEYS,
    VISIBLE_CHARACTERS,
    ApiKey,
    Holder,
    IssuedKey,
    may_be_issued,
    new_raw_key,
)
from campaigns.domain.errors import InvalidInput, NotFound
from campaigns.domain.identifiers import Clock, timestamp, utc_now
from campaigns.runtime import deadline
from campaigns.runtime.logs import logger
from campaigns.store import keys
from campaigns.store.requests import api_keys as requests
from campaigns.store.table import OVERTAKEN, ConditionFailed, Item, Table, TransactionRefused

MAX_SECRETS = 20
"""Of one key that work at the same time, after rotations in quick succession."""
_TTL_MARGIN = timedelta(days=1)


class ApiKeyStore:
    """The API keys of all tenants."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def holder_of(self, raw_key: str) -> Holder | None:
        """Whom a raw key lets in; None for one that is unknown, or does not work any more.

        One round trip, none for what can't be a key, and one more for the first use in an hour.
        """
        if not may_be_issued(raw_key):
            return None
        digest = _digest(raw_key)
        item = self._table.get(keys.api_key(digest))
        now = timestamp(self._clock())
        if item is None or "revokedAt" in item or min(item.get("notAfter", "~"), item.get("retiredAt", "~")) <= now:
            return None
        hour = f"{now[:13]}:00:00.000Z"
        if item.get("lastUsedAt", "") < hour:
            self._note_use(digest, hour)
        return _holder(item["tenantId"], item)

    def issue(
        self,
        tenant_id: str,
        name: str | None = None,
        scopes: Sequence[str] = (),
        expires_at: str | None = None,
    ) -> IssuedKey:
        """A new key. Two round trips: the tenant's keys, then the new one where they are still as they were.

        Raises:
            InvalidInput: the tenant has 10 active keys.
        """
        key_id = "key_" + secrets.token_hex(8)
        raw_key = new_raw_key()
        holder = Holder(tenant_id, key_id, name, tuple(scopes), expires_at)
        for _ in self._table.attempts(OVERTAKEN):
            now = timestamp(self._clock())
            listings, issued = self._listings(tenant_id)
            if sum(_api_key(tenant_id, each).works(now) for each in listings) >= MAX_ACTIVE_KEYS:
                raise InvalidInput.of("tenantId", f"has {MAX_ACTIVE_KEYS} active keys; revoke one first")
            with suppress(TransactionRefused):  # Another key was issued in between.
                self._table.transact(
                    requests.issue(_digest(raw_key), holder, raw_key[:VISIBLE_CHARACTERS], now, issued)
                )
                return _issued(holder, raw_key, now)
        raise AssertionError("attempts() ends by raising")

    def update(self, tenant_id: str, key_id: str, changes: Mapping[str, str | Sequence[str] | None]) -> ApiKey:
        """Set a key's ``name``, ``scopes`` and ``notAfter``, or take away what is None. Three round trips.

        Raises:
            NotFound: the tenant has no such key.
            InvalidInput: the key has ended.
        """
        for _ in self._table.attempts(OVERTAKEN):
            listing, now = self._working(tenant_id, key_id)
            secrets_ = requests.secrets_of(listing, now)
            with suppress(TransactionRefused):
                self._table.transact(requests.change(tenant_id, key_id, listing["digest"], secrets_, changes))
                return self._listed(tenant_id, key_id)
        raise AssertionError("attempts() ends by raising")

    def rotate(self, tenant_id: str, key_id: str, grace: timedelta) -> IssuedKey:
        """A new secret for a key; the one before works for the grace. Two round trips.

        Raises:
            NotFound: the tenant has no such key.
            InvalidInput: the key has ended, or too many of its secrets work.
        """
        raw_key = new_raw_key()
        for _ in self._table.attempts(OVERTAKEN):
            listing, now = self._working(tenant_id, key_id)
            moment = self._clock()
            end = moment + grace
            current, *before = requests.secrets_of(listing, now)
            if len(before) >= MAX_SECRETS - 1:
                raise InvalidInput.of("keyId", f"has {MAX_SECRETS} secrets that work; wait for the end of a grace")
            retired = {current: timestamp(end)} | {digest: listing["retired"][digest] for digest in before}
            holder = _holder(tenant_id, listing)
            with suppress(TransactionRefused):
                self._table.transact(
                    requests.rotate(
                        holder,
                        _digest(raw_key),
                        raw_key[:VISIBLE_CHARACTERS],
                        current,
                        retired,
                        int((end + _TTL_MARGIN).timestamp()),
                    )
                )
                return _issued(holder, raw_key, listing["createdAt"])
        raise AssertionError("attempts() ends by raising")

    def revoke(self, tenant_id: str, key_id: str) -> ApiKey:
        """End a key with all its secrets; one that has been revoked already is left as it is. Three round trips.

        Raises:
            NotFound: the tenant has no such key.
        """
        for _ in self._table.attempts(OVERTAKEN):
            listing = self._listing(tenant_id, key_id)
            if "revokedAt" in listing:
                return _api_key(tenant_id, listing)
            now = timestamp(self._clock())
            secrets_ = requests.secrets_of(listing, now)
            with suppress(TransactionRefused):
                self._table.transact(
                    requests.change(tenant_id, key_id, listing["digest"], secrets_, {"revokedAt": now})
                )
                return self._listed(tenant_id, key_id)
        raise AssertionError("attempts() ends by raising")

    def _note_use(self, digest: str, hour: str) -> None:
        """Note it once, if that is possible: of no importance to the request, and the next use notes it as well."""
        try:
            with deadline.answer_within(0):
                self._table.send("update_item", **requests.note_use(digest, hour))
        except ConditionFailed:
            pass  # Another request was first.
        except Exception as error:
            logger.warning("use not noted", reason=repr(error))

    def _listings(self, tenant_id: str) -> tuple[list[Item], int]:
        """The listings of a tenant's keys, and how often one was issued."""
        listings, issued = [], 0
        for item in self._table.query(**requests.all_of(tenant_id)):
            if "keyId" in item:
                listings.append(item)
            else:
                issued = item.get("issued", 0)
        return listings, issued

    def _listing(self, tenant_id: str, key_id: str) -> Item:
        listing = self._table.get(keys.api_key_listing(tenant_id, key_id))
        if listing is None:
            raise NotFound("There is no such API key.")
        return listing

    def _listed(self, tenant_id: str, key_id: str) -> ApiKey:
        return _api_key(tenant_id, self._listing(tenant_id, key_id))

    def _working(self, tenant_id: str, key_id: str) -> tuple[Item, str]:
        """The listing of a key that works, and the moment at which it does."""
        listing, now = self._listing(tenant_id, key_id), timestamp(self._clock())
        if not _api_key(tenant_id, listing).works(now):
            raise InvalidInput.of("keyId", "is of a key that was revoked or has expired; issue another")
        return listing, now

    def list(self, tenant_id: str) -> list[ApiKey]:
        """Every key that the tenant was ever issued, oldest first. Two round trips, and one more per 100 secrets."""
        now = timestamp(self._clock())
        listings, _ = self._listings(tenant_id)
        owners = [(each["keyId"], digest) for each in listings for digest in requests.secrets_of(each, now)]
        uses: dict[str, str] = {}
        items = self._table.get_all(keys.api_key(digest) for _, digest in owners)
        for (key_id, _), item in zip(owners, items, strict=True):
            if item and "lastUsedAt" in item:
                uses[key_id] = max(item["lastUsedAt"], uses.get(key_id, ""))
        found = [_api_key(tenant_id, each, uses.get(each["keyId"])) for each in listings]
        return sorted(found, key=lambda key: key.created_at)


def _digest(raw_key: str) -> str:
    return hashlib.sha256(raw_key.encode()).hexdigest()


def _holder(tenant_id: str, item: Item) -> Holder:
    return Holder(tenant_id, item["keyId"], item.get("name"), tuple(item.get("scopes", ())), item.get("notAfter"))


def _api_key(tenant_id: str, item: Item, last_used_at: str | None = None) -> ApiKey:
    return ApiKey(
        tenant_id=tenant_id,
        key_id=item["keyId"],
        name=item.get("name"),
        scopes=tuple(item.get("scopes", ())),
        prefix=item["prefix"],
        created_at=item["createdAt"],
        expires_at=item.get("notAfter"),
        last_used_at=last_used_at,
        revoked_at=item.get("revokedAt"),
    )


def _issued(holder: Holder, raw_key: str, created_at: str) -> IssuedKey:
    return IssuedKey(
        tenant_id=holder.tenant_id,
        key_id=holder.key_id,
        name=holder.name,
        scopes=holder.scopes,
        prefix=raw_key[:VISIBLE_CHARACTERS],
        created_at=created_at,
        expires_at=holder.expires_at,
        last_used_at=None,
        revoked_at=None,
        key=raw_key,
    )
