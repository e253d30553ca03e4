"""Every row of the contract's tables, over HTTP, against the deployed template."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from support.stack import Tenant, eventually, manage_keys

MISSING = "/api/campaigns/cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_the_life_of_a_campaign(tenant: Tenant) -> None:
    created = tenant.request("POST", "/api/campaigns", json={"name": " Q4 🚀 مرحبا ", "description": "D"})
    campaign = created.json()
    path = f"/api/campaigns/{campaign['id']}"
    assert created.status_code == 201
    assert created.headers["ETag"] == '"1"'
    assert created.headers["Content-Type"] == "application/json"
    assert created.url.join(created.headers["Location"]) == f"{tenant.stack['CAMPAIGNS_BASE_URL']}{path}"
    assert tenant.client.get(created.url.join(created.headers["Location"])).json() == campaign
    assert re.fullmatch(r"cmp_[0-7][0-9A-HJKMNP-TV-Z]{25}", campaign["id"])
    assert re.fullmatch(TIME, campaign["createdAt"])
    assert campaign == {
        "id": campaign["id"],
        "name": "Q4 🚀 مرحبا",
        "description": "D",
        "status": "draft",
        "sequences": [],
        "templates": [],
        "labels": [],
        "metadata": {},
        "startsAt": None,
        "endsAt": None,
        "archivedAt": None,
        "createdAt": campaign["createdAt"],
        "updatedAt": campaign["createdAt"],
        "etag": '"1"',
    }

    added = tenant.request("POST", f"{path}/sequences/onboarding")
    assert added.status_code == 200
    assert added.json()["sequences"] == [{"id": "onboarding", "name": "Onboarding Sequence"}]
    assert code(tenant.request("POST", f"{path}/sequences/onboarding")) == (409, "CONFLICT")
    assert tenant.request("POST", f"{path}/templates/launch-announcement").status_code == 200
    assert code(tenant.request("POST", f"{path}/templates/launch-announcement")) == (409, "CONFLICT")
    shown = tenant.request("GET", path)
    assert [each["id"] for each in shown.json()["templates"]] == ["launch-announcement"]
    assert shown.json() in tenant.request("GET", "/api/campaigns?limit=100").json()["data"]

    active = tenant.request("PATCH", path, json={"status": "active", "description": None})
    assert (active.status_code, active.json()["status"], active.json()["description"]) == (200, "active", None)
    assert active.json()["updatedAt"] > shown.json()["updatedAt"]
    same = tenant.request("PATCH", path, json={"status": "active"})
    assert (same.json(), same.headers["ETag"]) == (active.json(), active.headers["ETag"])

    for kind in ("sequences/onboarding", "templates/launch-announcement"):
        for _ in range(2):
            removed = tenant.request("DELETE", f"{path}/{kind}")
            assert (removed.status_code, removed.content) == (204, b"")
    after = tenant.request("GET", path).json()
    assert (after["sequences"], after["templates"]) == ([], [])

    deleted = tenant.request("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert code(tenant.request("GET", path)) == (404, "NOT_FOUND")
    assert code(tenant.request("DELETE", path)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", MISSING),
        ("PATCH", MISSING),
        ("DELETE", MISSING),
        *[(method, f"{MISSING}/{kind}") for method in ("POST", "DELETE") for kind in ("sequences/s", "templates/t")],
        ("GET", "/api/campaigns/nonsense"),
        ("GET", "/api/campaigns/" + "x" * 1000),
        ("GET", "/api/campaigns/%2F"),
        ("GET", "/api/campaigns/%00"),
        ("GET", "/api/campaigns/%FF"),
        ("GET", "/api/campaigns/%20"),
        ("GET", "/api/campaigns/%2e%2e%2fsecrets"),
        ("GET", "/nowhere"),
        ("GET", "/api"),
        ("POST", "/"),
        ("GET", "/api/campaigns/x/summary"),
    ],
)
def test_not_found(tenant: Tenant, method: str, path: str) -> None:
    body: Any = {"json": {"name": "N"}} if method == "PATCH" else {}
    assert code(tenant.request(method, path, **body)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("subject", "removed"),
    [("unknown", 204), ("%20", 204), ("%F0%9F%9A%80", 204), ("a%2Fb", 404), ("..%2F", 404), ("x" * 1000, 404)],
)
def test_what_the_tenant_does_not_have_is_not_found(tenant: Tenant, subject: str, removed: int) -> None:
    """Removing what is not part changes nothing; what can't be an id is not found, as everywhere."""
    path = f"/api/campaigns/{tenant.create()['id']}"
    for kind in ("sequences", "templates"):
        assert code(tenant.request("POST", f"{path}/{kind}/{subject}")) == (404, "NOT_FOUND")
        assert tenant.request("DELETE", f"{path}/{kind}/{subject}").status_code == removed


def test_ids_in_paths_are_decoded_once(tenant: Tenant) -> None:
    for id_, name in (("50%25", "Twice"), ("50%", "Once"), ("welcome email/é".replace("/", "-"), "Spaced")):
        tenant.announce("sequence.created", id_, name)
    path = f"/api/campaigns/{tenant.create()['id']}/sequences"
    for encoded, name in (("50%2525", "Twice"), ("50%25", "Once"), ("welcome%20email-%C3%A9", "Spaced")):

        def added(encoded: str = encoded, name: str = name) -> None:
            response = tenant.request("POST", f"{path}/{encoded}")
            assert response.status_code in {200, 409}
            assert response.status_code == 409 or response.json()["sequences"][-1]["name"] == name

        eventually(added)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/api/campaigns", "GET, HEAD, POST"),
        ("DELETE", "/api/campaigns", "GET, HEAD, POST"),
        ("OPTIONS", MISSING, "GET, HEAD, PATCH, DELETE"),
        ("PUT", MISSING, "GET, HEAD, PATCH, DELETE"),
        ("GET", f"{MISSING}/sequences/s", "POST, DELETE"),
        ("HEAD", f"{MISSING}/sequences/s", "POST, DELETE"),
        ("PATCH", f"{MISSING}/templates/t", "POST, DELETE"),
        ("GET", f"{MISSING}/sequences", "PUT"),
    ],
)
def test_another_method(tenant: Tenant, method: str, path: str, allow: str) -> None:
    response = tenant.request(method, path)
    assert (response.status_code, response.headers["Allow"]) == (405, allow)
    assert method == "HEAD" or code(response) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer kr_",
        "Bearer kr_" + "a" * 43,
        "Bearer kr_" + "a" * 44,
        "Basic a3I6a3I=",
        "kr_" + "a" * 43,
        "Bearer  kr_" + "a" * 43,
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/campaigns"), ("POST", f"{MISSING}/sequences/s")])
def test_without_a_valid_key(stack: dict[str, str], authorization: str | None, method: str, path: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = httpx.request(method, stack["CAMPAIGNS_BASE_URL"] + path, headers=headers, timeout=30)
    assert code(response) == (401, "UNAUTHORISED")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["X-Request-Id"] == response.json()["error"]["requestId"]


def test_the_scheme_has_no_case_and_the_key_comes_once(tenant: Tenant) -> None:
    url = str(tenant.client.base_url) + "api/campaigns"
    for scheme in ("bearer", "BEARER"):
        assert httpx.get(url, headers={"Authorization": f"{scheme} {tenant.key}"}, timeout=30).status_code == 200
    twice = [("Authorization", f"Bearer {tenant.key}"), ("Authorization", f"Bearer {tenant.key}")]
    assert code(httpx.get(url, headers=twice, timeout=30)) == (401, "UNAUTHORISED")


def test_a_revoked_key_stops_working(stack: dict[str, str], other: Tenant) -> None:
    """Nothing has cached this one yet; that the cache forgets within 60 s is the template's (ReauthorizeEvery)."""
    issued = manage_keys(stack, operation="create", tenantId=other.id)
    manage_keys(stack, operation="revoke", tenantId=other.id, keyId=issued["keyId"])
    url = str(other.client.base_url) + "api/campaigns"
    response = httpx.get(url, headers={"Authorization": f"Bearer {issued['key']}"}, timeout=30)
    assert code(response) == (401, "UNAUTHORISED")
    assert other.request("GET", "/api/campaigns").status_code == 200


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "body"),
        (b"null", "body"),
        (b"[]", "body"),
        (b"7", "body"),
        (b"{", "body"),
        (b'{"name": "caf\xe9"}', "body"),
        (b'{"name": "a", "name": "b"}', "name"),
        (b"{}", "name"),
        (b'{"name": "   "}', "name"),
        (b'{"name": "a\\u0000b"}', "name"),
        (b'{"name": "' + b"x" * 201 + b'"}', "name"),
        (b'{"name": "N", "colour": "red"}', "colour"),
    ],
)
def test_a_bad_body(tenant: Tenant, content: bytes, field: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = tenant.request("POST", "/api/campaigns", content=content, headers=headers)
    assert code(response) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in response.json()["error"]["details"]] == [field]


def test_the_longest_name_and_text_that_reads_the_other_way(tenant: Tenant) -> None:
    for name in ("x" * 200, "🚀" * 200, "שלום \u202eabc", "e\u0301 👩‍👩‍👧"):
        response = tenant.request("POST", "/api/campaigns", json={"name": name})
        assert (response.status_code, response.json()["name"]) == (201, name)


def test_payload_too_large_and_unsupported_media_type(tenant: Tenant) -> None:
    large = tenant.request("POST", "/api/campaigns", json={"name": "x" * 1_000_000})
    assert code(large) == (413, "PAYLOAD_TOO_LARGE")
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"):
        headers = {"Content-Type": content_type}
        response = tenant.request("POST", "/api/campaigns", content=b'{"name": "N"}', headers=headers)
        assert code(response) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert code(tenant.request("POST", "/api/campaigns", content=b'{"name": "N"}')) == (415, "UNSUPPORTED_MEDIA_TYPE")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert tenant.request("POST", "/api/campaigns", content=b'{"name": "N"}', headers=headers).status_code == 201


def test_bad_changes(tenant: Tenant) -> None:
    path = f"/api/campaigns/{tenant.create()['id']}"
    bodies: list[dict[str, Any]] = [{}, {"status": "paused"}, {"name": None}, {"id": "x"}, {"sequences": []}]
    for body in bodies:
        assert code(tenant.request("PATCH", path, json=body)) == (400, "VALIDATION_ERROR")
    assert tenant.request("DELETE", path, content=b"ignored", headers={"Content-Type": "x/y"}).status_code == 204


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=abc", "limit=%205", "limit=1&limit=2", "limit=", "cursor=x", "page=2"]
)
def test_a_bad_query(tenant: Tenant, query: str) -> None:
    response = tenant.request("GET", f"/api/campaigns?{query}")
    assert code(response) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in response.json()["error"]["details"]] == [query.partition("=")[0]]


def test_versions(tenant: Tenant) -> None:
    path = f"/api/campaigns/{tenant.create()['id']}"
    assert tenant.request("GET", path, headers={"If-None-Match": '"1"'}).status_code == 304
    stale, current = {"If-Match": '"7"'}, {"If-Match": '"1"'}
    assert code(tenant.request("PATCH", path, json={"name": "N"}, headers=stale)) == (412, "PRECONDITION_FAILED")
    assert tenant.request("PATCH", path, json={"name": "N"}, headers=current).headers["ETag"] == '"2"'
    for sub_path in ("", "/sequences/x", "/templates/x"):
        refused = tenant.request("DELETE", path + sub_path, headers=current)
        assert code(refused) == (412, "PRECONDITION_FAILED")
    assert tenant.request("DELETE", f"{path}/sequences/x", headers={"If-Match": '"2"'}).status_code == 204
    assert tenant.request("DELETE", path, headers={"If-Match": '"2"'}).status_code == 204
    assert code(tenant.request("DELETE", path, headers={"If-Match": '"2"'})) == (404, "NOT_FOUND")


def test_pages_over_250_campaigns_with_inserts_and_deletes_between(other: Tenant) -> None:
    for campaign in other.request("GET", "/api/campaigns?limit=100").json()["data"]:
        other.request("DELETE", f"/api/campaigns/{campaign['id']}")
    with ThreadPoolExecutor(4) as pool:
        made = {each["id"] for each in pool.map(other.create, [str(number) for number in range(250)])}
    seen: list[str] = []
    inserted: set[str] = set()
    deleted: set[str] = set()
    cursor, sizes = None, []
    while True:
        page = other.request("GET", "/api/campaigns?limit=40" + (f"&cursor={cursor}" if cursor else "")).json()
        ids = [each["id"] for each in page["data"]]
        seen += ids
        sizes.append(len(ids))
        cursor = page["nextCursor"]
        if cursor is None:
            break
        inserted.add(other.create("inserted meanwhile")["id"])
        not_seen = sorted(made - deleted - set(seen))
        for victim in {ids[-1], not_seen[len(not_seen) // 2]}:
            assert other.request("DELETE", f"/api/campaigns/{victim}").status_code == 204
            deleted.add(victim)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen))
    assert made - deleted <= set(seen) <= made | inserted
    assert set(sizes[:-1]) == {40}


def test_of_many_that_add_the_same_one_succeeds(tenant: Tenant) -> None:
    path = f"/api/campaigns/{tenant.create()['id']}/sequences/onboarding"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tenant.request("POST", path).status_code, range(8)))
    assert sorted(answers) == [200] + [409] * 7
