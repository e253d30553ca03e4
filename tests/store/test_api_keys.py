"""API keys: only their hash is kept, ten of a tenant work at once."""

import binascii
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.domain.api_keys import checksum
from campaigns.domain.errors import InvalidInput, NotFound
from campaigns.store import keys
from campaigns.store.api_keys import MAX_SECRETS, ApiKeyStore
from campaigns.store.attributes import serialize_all
from campaigns.store.table import Table
from support.clock import ticking
from support.stores import tenant_of


@pytest.fixture
def api_keys(table: Table) -> ApiKeyStore:
    return ApiKeyStore(table, ticking)


def test_a_key_stands_for_its_tenant_until_it_is_revoked(api_keys: ApiKeyStore) -> None:
    first, second, foreign = (api_keys.issue(tenant) for tenant in ("acme", "acme", "globex"))
    assert [tenant_of(api_keys, key.key) for key in (first, second, foreign)] == ["acme", "acme", "globex"]
    revoked = api_keys.revoke("acme", first.key_id)
    assert revoked.revoked_at
    assert [tenant_of(api_keys, key.key) for key in (first, second, foreign)] == [None, "acme", "globex"]
    assert api_keys.revoke("acme", first.key_id) == revoked
    assert [(key.key_id, bool(key.revoked_at)) for key in api_keys.list("acme")] == [
        (first.key_id, True),
        (second.key_id, False),
    ]
    assert all(
        key.key.startswith(listed.prefix) for key, listed in zip((first, second), api_keys.list("acme"), strict=True)
    )


def test_a_key_has_at_least_160_random_bits_besides_its_visible_prefix(api_keys: ApiKeyStore) -> None:
    issued = api_keys.issue("acme")
    assert issued.key.startswith("kr_")
    assert 6 * len(issued.key.removeprefix(issued.prefix)) >= 160
    assert api_keys.issue("acme").key != issued.key


def test_no_raw_key_is_kept(api_keys: ApiKeyStore, table: Table) -> None:
    issued = api_keys.issue("acme")
    hidden = issued.key.removeprefix(issued.prefix)
    # The one place where the whole table is read: to show what is not in it.
    everything = table.client.scan(TableName=table.name)["Items"]
    assert len(everything) == 3
    assert hidden not in json.dumps(everything)


@pytest.mark.parametrize("raw_key", ["", "kr_", "kr_" + "a" * 43, "\0"])
def test_an_unknown_key_stands_for_nobody(api_keys: ApiKeyStore, raw_key: str) -> None:
    assert tenant_of(api_keys, raw_key) is None


def test_ten_keys_are_active_at_most(api_keys: ApiKeyStore) -> None:
    issued = [api_keys.issue("acme") for _ in range(10)]
    with pytest.raises(InvalidInput, match="has 10 active keys"):
        api_keys.issue("acme")
    api_keys.issue("globex")
    for _ in range(2):  # twice, to see that a repeated revocation makes no second room
        api_keys.revoke("acme", issued[0].key_id)
    api_keys.issue("acme")
    with pytest.raises(InvalidInput):
        api_keys.issue("acme")


def test_the_checksum_is_the_crc_32_that_scanners_know() -> None:
    """The check value of CRC-32 is 0xCBF43926, of the digits from 1 to 9."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for text in ("123456789", "", "a" * 43):
        value = 0
        for digit in checksum(text):
            value = 62 * value + digits.index(digit)
        assert (value, len(checksum(text))) == (binascii.crc32(text.encode()), 6)
    assert binascii.crc32(b"123456789") == 0xCBF43926
    assert checksum("123456789") == "3jZRME"


def test_a_key_has_its_checksum_and_one_of_the_first_form_is_valid_still(api_keys: ApiKeyStore, table: Table) -> None:
    issued = api_keys.issue("acme")
    assert re.fullmatch(r"kr_[A-Za-z0-9]{49}", issued.key)
    assert issued.key[46:] == checksum(issued.key[3:46])
    first = "kr_" + "aZ-_0" * 8 + "abc"
    digest = hashlib.sha256(first.encode()).hexdigest()
    owner = serialize_all({"tenantId": "acme", "keyId": "key_first"})
    listed = owner | serialize_all({"prefix": first[:9], "createdAt": "2025-01-01T00:00:00.000Z", "digest": digest})
    for item in (keys.api_key(digest) | owner, keys.api_key_listing("acme", "key_first") | listed):
        table.send("put_item", Item=item)
    assert tenant_of(api_keys, first) == "acme"
    assert api_keys.update("acme", "key_first", {"name": "Old"}).name == "Old"
    rotated = api_keys.rotate("acme", "key_first", timedelta(days=1))
    assert [holder and holder.name for holder in map(api_keys.holder_of, (first, rotated.key))] == ["Old", "Old"]
    assert api_keys.revoke("acme", "key_first").revoked_at
    assert [tenant_of(api_keys, each) for each in (first, rotated.key)] == [None, None]


def test_a_rotated_key_works_with_both_secrets_for_the_grace(table: Table) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    api_keys = ApiKeyStore(table, lambda: now)
    first = api_keys.issue("acme", expires_at="2026-01-03T00:00:00.000Z")
    for _ in range(9):
        api_keys.issue("acme")
    second = api_keys.rotate("acme", first.key_id, timedelta(hours=24))
    third = api_keys.rotate("acme", first.key_id, timedelta(hours=1))
    at_once = api_keys.rotate("acme", first.key_id, timedelta(0))

    def work(hours: float) -> list[bool]:
        nonlocal now
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        return [api_keys.holder_of(each.key) is not None for each in (first, second, third, at_once)]

    assert work(0) == [True, True, False, True]
    assert work(0.99) == [True, True, False, True]
    assert work(1) == [True, False, False, True]
    assert work(24) == [False, False, False, True]
    assert work(48) == [False, False, False, False]
    assert len({each.key_id for each in (first, second, third, at_once)}) == 1
    (listed,) = [each for each in api_keys.list("acme") if each.key_id == first.key_id]
    assert at_once.key.startswith(listed.prefix)


def test_an_expired_key_makes_room_for_another(table: Table) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    api_keys = ApiKeyStore(table, lambda: now)
    issued = [api_keys.issue("acme", expires_at=f"2026-01-0{2 + number % 2}T00:00:00.000Z") for number in range(10)]
    with pytest.raises(InvalidInput):
        api_keys.issue("acme")
    now += timedelta(days=1)
    assert [api_keys.holder_of(each.key) is not None for each in issued] == [False, True] * 5
    for _ in range(5):
        api_keys.issue("acme")
    with pytest.raises(InvalidInput):
        api_keys.issue("acme")
    with pytest.raises(InvalidInput, match="expired"):
        api_keys.update("acme", issued[0].key_id, {"notAfter": None})


def test_a_key_has_no_more_secrets_than_one_transaction_can_change(api_keys: ApiKeyStore) -> None:
    issued = api_keys.issue("acme")
    for _ in range(MAX_SECRETS - 1):
        api_keys.rotate("acme", issued.key_id, timedelta(days=1))
    with pytest.raises(InvalidInput, match="20 secrets"):
        api_keys.rotate("acme", issued.key_id, timedelta(days=1))
    assert tenant_of(api_keys, issued.key) == "acme"
    api_keys.revoke("acme", issued.key_id)
    assert tenant_of(api_keys, issued.key) is None


def test_a_key_of_another_tenant_is_not_found(api_keys: ApiKeyStore) -> None:
    issued = api_keys.issue("acme")
    with pytest.raises(NotFound):
        api_keys.revoke("globex", issued.key_id)
    with pytest.raises(NotFound):
        api_keys.rotate("globex", issued.key_id, timedelta(0))
    with pytest.raises(NotFound):
        api_keys.update("globex", issued.key_id, {"scopes": None})
    assert tenant_of(api_keys, issued.key) == "acme"
