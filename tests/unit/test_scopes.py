"""Every endpoint names the scope that it needs; a key without it gets 403, and nothing is read or written."""

from typing import Any

import pytest

from campaigns.domain.scopes import SCOPES, Scope
from campaigns.http.endpoint import NEEDED
from campaigns.store.table import Table
from local.examples import event, seed
from support.functions import ENDPOINTS, load
from support.http import Answer, call
from tools.openapi import endpoints

MAY: dict[str, set[str]] = {
    "campaigns:read": {"campaigns:read"},
    "campaigns:write": {"campaigns:read", "campaigns:write"},
    "events:read": {"events:read"},
    "webhooks:write": {"webhooks:write"},
}
ANY_KEY = {"whoami"}


def needed(function: str) -> Scope | None:
    return next(each.needs for each in endpoints() if each.function == function)


def with_scopes(function: str, *scopes: str) -> Answer:
    request: Any = event(function)
    request["requestContext"]["authorizer"] = {"tenantId": "acme", "keyId": "key_1", "scopes": " ".join(scopes)}
    return call(load(function), request)


def test_each_endpoint_names_one() -> None:
    assert {each.function for each in endpoints() if each.needs is None} == ANY_KEY
    for each in endpoints():
        assert each.needs in {None, "events:read", "webhooks:write", "campaigns:read", "campaigns:write"}
        if each.needs == "campaigns:read":
            assert each.method == "GET"
    assert {route for route, needs in NEEDED.items() if needs} >= {each.route for each in endpoints() if each.needs}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("function", ENDPOINTS)
def test_a_key_may_do_what_its_scopes_say(function: str, scope: Scope, table: Table) -> None:
    seed(table)
    needs = needed(function)
    answer = with_scopes(function, scope)
    if needs is None or needs in MAY[scope]:
        assert answer.status != 403
    else:
        assert (answer.status, answer.code) == (403, "FORBIDDEN")
        error = answer.body["error"]
        assert error["details"] == [{"field": "scope", "message": f"needs {needs}"}]


@pytest.mark.parametrize("function", ENDPOINTS)
def test_a_key_without_scopes_and_one_with_all_may_do_all(function: str, table: Table) -> None:
    seed(table)
    assert with_scopes(function).status != 403
    assert with_scopes(function, *SCOPES).status != 403


def test_a_scope_is_refused_before_anything_else_is_looked_at(table: Table) -> None:
    request: Any = event("update_campaign")
    request["body"] = "no JSON"
    request["requestContext"]["authorizer"] |= {"scopes": "campaigns:read"}
    assert call(load("update_campaign"), request).status == 403


def test_whoami_tells_what_the_key_may_do(table: Table) -> None:
    request: Any = event("whoami")
    request["requestContext"]["authorizer"] = {"tenantId": "acme", "keyId": "key_1"}
    assert call(load("whoami"), request).body == {
        "tenantId": "acme",
        "key": {"id": "key_1", "name": None, "scopes": list(SCOPES), "expiresAt": None},
    }
    request["requestContext"]["authorizer"] |= {
        "keyName": "N\u00e4me",
        "scopes": "events:read",
        "keyExpiresAt": "2099-01-01T00:00:00.000Z",
    }
    assert call(load("whoami"), request).body["key"] == {
        "id": "key_1",
        "name": "N\u00e4me",
        "scopes": ["events:read"],
        "expiresAt": "2099-01-01T00:00:00.000Z",
    }
