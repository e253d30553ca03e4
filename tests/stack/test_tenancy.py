"""With everything that another tenant has (ids, cursors, idempotency keys), a tenant sees and changes nothing of it.

Every route of docs/openapi.json is tried: what names another's campaign is answered as what names none at all.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from support.stack import Tenant, eventually
from tools.openapi import document

MISSING = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
BODIES = {"post": {"name": "Mine"}, "patch": {"name": "Taken over"}, "put": {"ids": ["onboarding"]}}
ASSOCIATIONS = {"add": {"sequences": ["onboarding"]}}
ROUTES = [
    (method, path, operation) for path, methods in document()["paths"].items() for method, operation in methods.items()
]
NAMED = [(method, path) for method, path, _ in ROUTES if "{id}" in path]


@pytest.fixture(scope="module")
def owner(tenant: Tenant) -> Tenant:
    """Has campaigns, a catalogue, cursors and idempotency keys."""
    return tenant


@pytest.fixture(scope="module")
def campaign(owner: Tenant) -> dict[str, Any]:
    made = owner.create("Secret")
    path = f"/api/campaigns/{made['id']}"
    assert owner.request("POST", f"{path}/sequences/onboarding").status_code == 200
    assert owner.request("POST", f"{path}/templates/launch-announcement").status_code == 200
    owner.create("Newer")
    return dict(owner.request("GET", path).json())


def plain(answer: httpx.Response) -> tuple[int, Any, set[str]]:
    """All that an answer shows, without what differs between any two."""
    body = json.loads(answer.text) if answer.text else None
    if body and "error" in body:
        body["error"].pop("requestId")
    return answer.status_code, body, set(answer.headers)


@pytest.mark.parametrize(("method", "path"), NAMED)
@pytest.mark.parametrize("headers", [{}, {"If-Match": '"3"'}, {"If-None-Match": '"3"'}], ids=str)
def test_anothers_campaign_is_as_one_that_never_was(
    owner: Tenant, other: Tenant, campaign: dict[str, Any], method: str, path: str, headers: dict[str, str]
) -> None:
    def ask(id_: str) -> httpx.Response:
        filled = path.format(id=id_, seqId="onboarding", tplId="launch-announcement")
        return other.request(
            method.upper(),
            filled,
            json=ASSOCIATIONS if path.endswith("/associations") else BODIES.get(method),
            headers=headers,
        )

    theirs, nobodys = ask(campaign["id"]), ask(MISSING)
    assert plain(theirs) == plain(nobodys)
    assert theirs.status_code == 404
    assert owner.request("GET", f"/api/campaigns/{campaign['id']}").json() == campaign


@pytest.mark.parametrize(("kind", "id_"), [("sequences", "onboarding"), ("templates", "launch-announcement")])
def test_anothers_sequence_or_template_can_not_be_added(other: Tenant, campaign: Any, kind: str, id_: str) -> None:
    path = f"/api/campaigns/{other.create()['id']}/{kind}"
    assert plain(other.request("POST", f"{path}/{id_}")) == plain(other.request("POST", f"{path}/never-announced"))


def test_a_list_shows_the_tenants_own(owner: Tenant, other: Tenant, campaign: dict[str, Any]) -> None:
    mine = other.create("Mine")
    listed = other.request("GET", "/api/campaigns?limit=100").json()["data"]
    assert mine["id"] in [each["id"] for each in listed]
    assert not {"Secret", "Newer"} & {each["name"] for each in listed}


def test_anothers_cursor_is_as_any_that_was_made_up(owner: Tenant, other: Tenant, campaign: dict[str, Any]) -> None:
    cursor = owner.request("GET", "/api/campaigns?limit=1").json()["nextCursor"]
    made_up = "A" * len(cursor)
    answers = [other.request("GET", f"/api/campaigns?cursor={each}") for each in (cursor, made_up)]
    assert plain(answers[0]) == plain(answers[1])
    assert answers[0].status_code == 400


def test_anothers_idempotency_key_is_free(owner: Tenant, other: Tenant) -> None:
    def create(tenant: Tenant, name: str) -> httpx.Response:
        headers = {"Idempotency-Key": "the same for both"}
        return tenant.request("POST", "/api/campaigns", json={"name": name}, headers=headers)

    first, same, different = create(owner, "Launch"), create(other, "Launch"), create(owner, "Another")
    assert (first.status_code, same.status_code, different.status_code) == (201, 201, 409)
    assert "Idempotent-Replayed" not in same.headers
    assert first.json()["id"] != same.json()["id"]


def test_announcements_reach_their_own_tenant_only(
    owner: Tenant, campaign: dict[str, Any], new_tenant: Callable[[], Tenant]
) -> None:
    intruder = new_tenant()
    intruder.announce("sequence.updated", "onboarding", "Renamed by another")
    intruder.announce("template.deleted", "launch-announcement")
    intruder.announce("sequence.deleted", campaign["id"])
    intruder.announce("sequence.created", f"x#CAMPAIGN#{campaign['id']}", "Its id looks like a key")
    own = f"/api/campaigns/{intruder.create()['id']}"

    def followed() -> None:
        path = f"{own}/sequences/x%23CAMPAIGN%23{campaign['id']}"
        assert intruder.request("POST", path).status_code in {200, 409}

    eventually(followed)
    assert intruder.request("GET", own).json()["sequences"][0]["name"] == "Its id looks like a key"
    assert owner.request("GET", f"/api/campaigns/{campaign['id']}").json() == campaign
