"""Who asks, as the gateway's event says it: what a client may write of itself is short, and decides nothing."""

from typing import Any

import pytest

from campaigns.domain.actors import MOST_OF_USER_AGENT
from campaigns.http.request import Request
from campaigns.store import keys
from campaigns.store.table import Table
from support.functions import load
from support.http import call, event


def asked(identity: dict[str, Any] | None, headers: dict[str, str] | None = None, **caller: str) -> Any:
    request = event(headers=headers)
    request["requestContext"]["authorizer"] = {"tenantId": "acme", "keyId": "key_1"} | caller
    request["requestContext"]["identity"] = identity
    return Request(request).author()


def test_the_key_and_the_request() -> None:
    actor, request = asked({"sourceIp": "198.51.100.7", "userAgent": "curl/8.7.1"}, keyName="CI")
    assert actor == {"type": "api_key", "id": "key_1", "name": "CI"}
    assert request == {"id": Request(event()).request_id, "ip": "198.51.100.7", "userAgent": "curl/8.7.1"}
    assert asked({}).actor == {"type": "api_key", "id": "key_1", "name": None}
    assert asked(None).request["ip"] is None


def test_nobody_asks_without_a_key() -> None:
    assert Request(event(tenant=None)).author() is None


def test_the_address_is_not_the_clients_to_say() -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    assert asked({"sourceIp": "198.51.100.7"}, forged).request["ip"] == "198.51.100.7"


@pytest.mark.parametrize(("parameter", "kept"), [("true", "198.51.100.7"), ("false", None)])
def test_an_address_is_kept_where_the_stack_says_so(
    table: Table, monkeypatch: pytest.MonkeyPatch, parameter: str, kept: str | None
) -> None:
    monkeypatch.setenv("CAMPAIGNS_HISTORY_KEEPS_ADDRESSES", parameter)
    request = event({"name": "Launch"}, method="POST")
    request["requestContext"]["identity"] = {"sourceIp": "198.51.100.7", "userAgent": "curl/8.7.1"}
    created = call(load("create_campaign"), request).body
    item = table.get(keys.campaign("acme", created["id"]))
    assert item
    assert item["changedBy"]["request"] == {"id": "Q8fT1EXAMPLEjEw=", "ip": kept, "userAgent": "curl/8.7.1"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\r\nX-Evil: 1\x00\x1b[31m\x7f\u202e\u200bb", "aX-Evil: 1[31mb"),
        ("x" * 10_240, "x" * MOST_OF_USER_AGENT),
        ("\x01" * 10_240 + "curl", "curl"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("Kampagnen-Büro/1.0 🚀", "Kampagnen-Büro/1.0 🚀"),
        ("", ""),
        (None, None),
    ],
)
def test_a_user_agent_is_kept_short_and_readable(sent: str | None, kept: str | None) -> None:
    assert asked({"userAgent": sent}).request["userAgent"] == kept
