"""Who changed what, on the deployed stack: soon, with scopes, and agreed with the campaigns."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
from kraiter import Change, Kraiter

from support.stack import Tenant, eventually, manage_keys


def history(tenant: Tenant, **query: str) -> list[dict[str, Any]]:
    answer = tenant.request("GET", f"/api/campaigns/events?{urlencode(query)}")
    assert answer.status_code == 200
    return list(answer.json()["data"])


def test_each_change_is_listed_with_who_made_it(new_tenant: Callable[[], Tenant]) -> None:
    """Also the last one, of which nothing is left; and what the client writes of its address changes nothing."""
    tenant = new_tenant()
    tenant.client.headers.update({"User-Agent": "history-test/1.0", "X-Forwarded-For": "203.0.113.9"})
    tenant.announce("sequence.created", "onboarding", "Onboarding Sequence")
    id_ = tenant.create("Launch")["id"]
    path = f"/api/campaigns/{id_}"
    assert tenant.request("PATCH", path, json={"status": "active"}).status_code == 200

    def added() -> None:
        assert tenant.request("POST", f"{path}/sequences/onboarding").status_code in {200, 409}

    eventually(added)
    deleted = tenant.request("DELETE", path)
    assert deleted.status_code == 204

    def listed() -> list[dict[str, Any]]:
        events = history(tenant, campaign=id_)
        assert [each["type"].partition(".")[2] for each in events] == [
            "deleted",
            "sequence_added",
            "updated",
            "created",
        ]
        return events

    events = eventually(listed)
    assert [each["id"] for each in history(tenant)] == [each["id"] for each in events]
    key = tenant.request("GET", "/api/campaigns/whoami").json()["key"]
    for each in events:
        assert each["actor"] == {"type": "api_key", "id": key["id"], "name": key["name"]}
        assert each["request"]["userAgent"] == "history-test/1.0"
        assert each["request"]["ip"] not in {None, "203.0.113.9"}
        assert tenant.key not in str(each)
    assert events[0]["request"]["id"] == deleted.headers["X-Request-Id"]
    assert events[2]["changes"] == [{"field": "status", "from": "draft", "to": "active"}]
    assert [each["type"] for each in history(tenant, type="campaign.updated", actor=key["id"])] == ["campaign.updated"]


def test_a_rename_is_told_once(new_tenant: Callable[[], Tenant]) -> None:
    tenant = new_tenant()
    path = f"/api/campaigns/{tenant.create()['id']}"
    tenant.announce("sequence.created", "told", "First name")

    def added() -> None:
        assert tenant.request("POST", f"{path}/sequences/told").status_code in {200, 409}

    eventually(added)
    tenant.announce("sequence.updated", "told", "Second name")
    change = {
        "field": "sequence",
        "from": {"id": "told", "name": "First name"},
        "to": {"id": "told", "name": "Second name"},
    }

    def told() -> None:
        once = [(each["type"], each["campaign"], each["changes"]) for each in history(tenant, actor="catalogue")]
        assert once == [("sequence.updated", None, [change])]
        here = history(tenant, actor="catalogue", campaign=path.rpartition("/")[2])
        assert [(each["type"], each["changes"], each["request"]) for each in here] == [
            ("campaign.updated", [change], None)
        ]

    eventually(told, seconds=10)  # The announcement has a way of its own to go, before the change.


def test_only_who_may_reads_it(tenant: Tenant, other: Tenant) -> None:
    id_ = tenant.create()["id"]

    def listed() -> None:
        assert [each["type"] for each in history(tenant, campaign=id_)] == ["campaign.created"]

    eventually(listed)
    assert history(other, campaign=id_) == []
    for scope, status in (("events:read", 200), ("campaigns:read", 403), ("campaigns:write", 403)):
        key = manage_keys(tenant.stack, operation="create", tenantId=tenant.id, scopes=[scope])["key"]
        answer = httpx.get(
            f"{tenant.stack['CAMPAIGNS_BASE_URL']}/api/campaigns/events",
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        assert answer.status_code == status
    for query in ("type=campaign.*", "type=campaign.renamed", "cursor=made-up", "limit=101"):
        assert tenant.request("GET", f"/api/campaigns/events?{query}").status_code == 400


def test_the_clients_tell_who_changed_what(new_tenant: Callable[[], Tenant]) -> None:
    tenant = new_tenant()
    id_ = tenant.create("Launch")["id"]
    assert tenant.request("PATCH", f"/api/campaigns/{id_}", json={"status": "active"}).status_code == 200
    url = tenant.stack["CAMPAIGNS_BASE_URL"]
    with Kraiter(api_key=tenant.key, base_url=url) as kraiter:

        def listed() -> None:
            found = kraiter.events.list(campaign=id_).take(5)
            assert len(found) == 2
            updated, created = found
            assert (created.type, created.changes) == ("campaign.created", ())
            assert updated.changes == (Change("status", "draft", "active"),)
            assert updated.actor
            assert updated.actor.id == kraiter.whoami().key.id

        eventually(listed)
    environment = {"CAMPAIGNS_BASE_URL": url, "CAMPAIGNS_API_KEY": tenant.key, "PYTHONPATH": "sdk/python/src"}
    command = [sys.executable, "-c", "from kraiter.cli import main; main()", "history", id_]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split("  ")[1] for line in told if line.startswith("2")] == ["campaign.updated", "campaign.created"]
    assert told[2] == '    status: "draft" -> "active"'
