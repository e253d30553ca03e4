"""API keys: only their hash is kept, ten of a tenant work at once."""

import json

import pytest

from campaigns.domain.errors import InvalidInput, NotFound
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.table import Table
from support.clock import ticking


@pytest.fixture
def api_keys(table: Table) -> ApiKeyStore:
    return ApiKeyStore(table, ticking)


def test_a_key_stands_for_its_tenant_until_it_is_revoked(api_keys: ApiKeyStore) -> None:
    first, second, foreign = (api_keys.issue(tenant) for tenant in ("acme", "acme", "globex"))
    assert [api_keys.tenant_of(key.key) for key in (first, second, foreign)] == ["acme", "acme", "globex"]
    revoked = api_keys.revoke("acme", first.key_id)
    assert revoked.revoked_at
    assert [api_keys.tenant_of(key.key) for key in (first, second, foreign)] == [None, "acme", "globex"]
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
    assert api_keys.tenant_of(raw_key) is None


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


def test_a_key_of_another_tenant_is_not_found(api_keys: ApiKeyStore) -> None:
    issued = api_keys.issue("acme")
    with pytest.raises(NotFound):
        api_keys.revoke("globex", issued.key_id)
    assert api_keys.tenant_of(issued.key) == "acme"
