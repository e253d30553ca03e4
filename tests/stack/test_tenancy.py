"""With everything that another tenant has (ids, cursors, idempotency keys), a tenant sees and changes nothing of it.

Every route of docs/openapi.json is tried, also one that this file has never heard of: what names another's campaign,
sequence, template, webhook or delivery is answered as what names none at all, and what names nothing shows one's own.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from support.stack import Tenant, eventually
from tools.openapi import document

MISSING = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
BODIES: dict[str, Any] = {
    "post": {"name": "Mine"},
    "patch": {"name": "Taken over"},
    "put": {"ids": ["onboarding"]},
    "/associations": {"add": {"sequences": ["onboarding"]}},
    "/rotate-secret": {"graceSeconds": 0},
    "/ping": None,
    "/redeliver": None,
    "/{webhookId}": {"enabled": False},
}
"""What is sent, by the end of the path, or else by the method."""
ROUTES = [(method, path) for path, methods in document()["paths"].items() for method in methods]
NAMED = [(method, path) for method, path in ROUTES if "{" in path]
LISTS = [path for method, path in ROUTES if method == "get" and "{" not in path]
PAGED = [path for path in LISTS if "parameters/Cursor" in json.dumps(document()["paths"][path])]
HOOK = {"url": "https://hooks.example.com/secret", "events": ["campaign.deleted"]}


def named(missing: str = MISSING) -> dict[str, str]:
    """What paths may name, of nobody."""
    return {
        "id": f"cmp_{missing}",
        "webhookId": f"wh_{missing}",
        "deliveryId": f"dlv_{missing}",
        "seqId": "never-announced",
        "tplId": "never-announced",
    }


@pytest.fixture(scope="module")
def owner(tenant: Tenant) -> Tenant:
    """Has campaigns, a catalogue, a webhook, cursors and idempotency keys."""
    return tenant


@pytest.fixture(scope="module")
def campaign(owner: Tenant) -> dict[str, Any]:
    made = owner.create("Secret")
    path = f"/api/campaigns/{made['id']}"
    assert owner.request("POST", f"{path}/sequences/onboarding").status_code == 200
    assert owner.request("POST", f"{path}/templates/launch-announcement").status_code == 200
    owner.create("Newer")
    return dict(owner.request("GET", path).json())


@pytest.fixture(scope="module")
def webhook(owner: Tenant) -> dict[str, Any]:
    made = owner.request("POST", "/api/campaigns/webhooks", json=HOOK)
    assert made.status_code == 201
    return {name: value for name, value in made.json().items() if name != "secret"}


@pytest.fixture(scope="module")
def owned(campaign: dict[str, Any], webhook: dict[str, Any]) -> dict[str, str]:
    """What paths may name, of the owner."""
    mine = {"id": campaign["id"], "webhookId": webhook["id"], "seqId": "onboarding", "tplId": "launch-announcement"}
    return named() | mine


def plain(answer: httpx.Response) -> tuple[int, Any, set[str]]:
    """All that an answer shows, without what differs between any two."""
    body = json.loads(answer.text) if answer.text else None
    if body and "error" in body:
        body["error"].pop("requestId")
    return answer.status_code, body, set(answer.headers)


def body_of(method: str, path: str) -> Any:
    ends = [end for end in BODIES if path.endswith(end)]
    return BODIES[ends[0]] if ends else BODIES.get(method)


@pytest.mark.parametrize(("method", "path"), NAMED)
@pytest.mark.parametrize("headers", [{}, {"If-Match": '"3"'}, {"If-None-Match": '"3"'}], ids=str)
def test_what_is_anothers_is_as_what_never_was(
    owner: Tenant,
    other: Tenant,
    campaign: dict[str, Any],
    webhook: dict[str, Any],
    owned: dict[str, str],
    method: str,
    path: str,
    headers: dict[str, str],
) -> None:
    def ask(names: dict[str, str]) -> httpx.Response:
        sent = None if method in {"get", "delete"} else body_of(method, path)
        return other.request(method.upper(), path.format(**names), json=sent, headers=headers)

    # Sequences and templates have no owner among those that a campaign of nobody could hold.
    nobody = named() | ({"seqId": owned["seqId"], "tplId": owned["tplId"]} if "{id}" in path else {})
    theirs, nobodys = ask(owned), ask(nobody)
    assert plain(theirs) == plain(nobodys)
    assert theirs.status_code == 404
    assert owner.request("GET", f"/api/campaigns/{campaign['id']}").json() == campaign
    assert owner.request("GET", f"/api/campaigns/webhooks/{webhook['id']}").json() == webhook


@pytest.mark.parametrize("path", LISTS)
def test_what_names_nothing_shows_ones_own(
    owner: Tenant, other: Tenant, campaign: dict[str, Any], webhook: dict[str, Any], path: str
) -> None:
    shown = other.request("GET", path)
    assert shown.status_code == 200
    secrets = (owner.id, campaign["id"], campaign["name"], webhook["id"], webhook["url"], "onboarding", "Newer")
    assert [each for each in secrets if each in shown.text] == []


def test_a_count_is_of_ones_own(campaign: dict[str, Any], new_tenant: Callable[[], Tenant]) -> None:
    assert new_tenant().request("GET", "/api/campaigns/count").json()["count"] == 0


@pytest.mark.parametrize(("kind", "id_"), [("sequences", "onboarding"), ("templates", "launch-announcement")])
def test_anothers_sequence_or_template_can_not_be_added(other: Tenant, campaign: Any, kind: str, id_: str) -> None:
    path = f"/api/campaigns/{other.create()['id']}/{kind}"
    assert plain(other.request("POST", f"{path}/{id_}")) == plain(other.request("POST", f"{path}/never-announced"))


def test_a_list_shows_the_tenants_own(owner: Tenant, other: Tenant, campaign: dict[str, Any]) -> None:
    mine = other.create("Mine")
    listed = other.request("GET", "/api/campaigns?limit=100").json()["data"]
    assert mine["id"] in [each["id"] for each in listed]
    assert not {"Secret", "Newer"} & {each["name"] for each in listed}


@pytest.mark.parametrize("path", PAGED)
def test_anothers_cursor_is_as_any_that_was_made_up(
    owner: Tenant, other: Tenant, campaign: dict[str, Any], path: str
) -> None:
    def next_cursor() -> str:
        for kind in ("sequence", "template"):
            owner.announce(f"{kind}.created", f"second-{kind}", "Second")
        cursor = owner.request("GET", f"{path}?limit=1").json()["nextCursor"]
        assert cursor
        return str(cursor)

    cursor = eventually(next_cursor)
    answers = [other.request("GET", f"{path}?cursor={each}") for each in (cursor, "A" * len(cursor))]
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
