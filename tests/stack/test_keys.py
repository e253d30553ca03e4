"""What an operator does to keys, as clients see it: scopes, rotation, an end, and who one is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.stack import Tenant, eventually, manage_keys


@pytest.fixture(scope="module")
def operator(stack: dict[str, str], tenant: Tenant) -> Callable[..., dict[str, Any]]:
    """Does an operation on the tenant's keys."""
    return lambda operation, **given: manage_keys(stack, operation=operation, tenantId=tenant.id, **given)


def ask(tenant: Tenant, key: str, method: str, path: str, **arguments: Any) -> httpx.Response:
    """Send a request with another of the tenant's keys."""
    return tenant.request(method, path, headers={"Authorization": f"Bearer {key}"}, **arguments)


def test_a_key_may_do_what_its_scopes_say(tenant: Tenant, operator: Callable[..., dict[str, Any]]) -> None:
    issued = operator("create", name="Reports", scopes=["campaigns:read"])
    made = tenant.create()
    path = f"/api/campaigns/{made['id']}"
    assert ask(tenant, issued["key"], "GET", path).json() == made
    refused = ask(tenant, issued["key"], "PATCH", path, json={"status": "active"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert refused.json()["error"]["details"] == [{"field": "scope", "message": "needs campaigns:write"}]
    assert tenant.request("GET", path).json() == made
    assert ask(tenant, issued["key"], "GET", "/api/campaigns/whoami").json() == {
        "tenantId": tenant.id,
        "key": {"id": issued["keyId"], "name": "Reports", "scopes": ["campaigns:read"], "expiresAt": None},
    }
    listed = {key["keyId"]: key for key in operator("list")["keys"]}
    assert listed[issued["keyId"]]["lastUsedAt"].endswith(":00:00.000Z")


def test_both_secrets_of_a_rotated_key_work_and_none_of_a_revoked_one(
    tenant: Tenant, operator: Callable[..., dict[str, Any]]
) -> None:
    issued = operator("create")
    rotated = operator("rotate", keyId=issued["keyId"], graceSeconds=3600)
    for each in (issued, rotated):
        assert ask(tenant, each["key"], "GET", "/api/campaigns").status_code == 200
    unused = operator("rotate", keyId=issued["keyId"], graceSeconds=3600)
    operator("revoke", keyId=issued["keyId"])
    assert ask(tenant, unused["key"], "GET", "/api/campaigns").status_code == 401


def test_a_key_expires(tenant: Tenant, operator: Callable[..., dict[str, Any]]) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    issued = operator("create", expiresAt=soon)

    def ended() -> None:
        assert "error" in operator("update", keyId=issued["keyId"], name="Ended")

    eventually(ended, seconds=10)
    assert ask(tenant, issued["key"], "GET", "/api/campaigns").status_code == 401


def test_a_key_with_a_wrong_checksum_is_refused(tenant: Tenant) -> None:
    wrong = tenant.key[:-1] + ("a" if tenant.key[-1] != "a" else "b")
    assert ask(tenant, wrong, "GET", "/api/campaigns").status_code == 401
