"""The authorizer, the operator's function, the consumers, and what no endpoint answers."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.table import Table
from support.functions import load
from support.http import Context, call, event

METHOD_ARN = "arn:aws:execute-api:eu-west-1:000000000000:abc123/prod/GET/api/campaigns"


def authorise(raw_key: str) -> Any:
    request = {"type": "TOKEN", "authorizationToken": f"Bearer {raw_key}", "methodArn": METHOD_ARN}
    return load("authorize").handler(request, Context())


def test_a_key_opens_the_whole_stage_for_its_tenant(table: Table) -> None:
    answer = authorise(ApiKeyStore(table).issue("acme").key)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement == {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": "arn:aws:execute-api:eu-west-1:000000000000:abc123/prod/*",
    }
    assert (answer["principalId"], answer["context"]) == ("acme", {"tenantId": "acme"})


def test_unknown_and_revoked_keys_open_nothing_and_look_alike(table: Table) -> None:
    api_keys = ApiKeyStore(table)
    issued = api_keys.issue("acme")
    api_keys.revoke("acme", issued.key_id)
    answers = [authorise(raw_key) for raw_key in (issued.key, "kr_" + "a" * 43, "")]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert not {"context", "usageIdentifierKey"} & set(answers[0])


def test_no_log_line_has_a_key(table: Table, log: io.StringIO) -> None:
    issued = load("manage_api_keys").handler({"operation": "create", "tenantId": "acme"}, Context())
    authorise(issued["key"])
    authorise("kr_" + "b" * 43)
    logged = log.getvalue()
    assert len(logged.splitlines()) == 3
    assert issued["key"][10:] not in logged
    assert "b" * 43 not in logged


def test_an_operator_issues_lists_and_revokes(table: Table) -> None:
    manage = load("manage_api_keys").handler
    issued = manage({"operation": "create", "tenantId": "acme"}, Context())
    assert set(issued) == {"tenantId", "keyId", "key", "prefix", "createdAt", "revokedAt"}
    shown = {name: value for name, value in issued.items() if name != "key"}
    assert manage({"operation": "list", "tenantId": "acme"}, Context()) == {"keys": [shown]}
    revoked = manage({"operation": "revoke", "tenantId": "acme", "keyId": issued["keyId"]}, Context())
    assert revoked == shown | {"revokedAt": revoked["revokedAt"]}
    assert revoked["revokedAt"]
    json.dumps(revoked)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (None, "body"),
        ({}, "operation"),
        ({"operation": "destroy", "tenantId": "acme"}, "operation"),
        ({"operation": "create"}, "create.tenantId"),
        ({"operation": "create", "tenantId": "a#b"}, "create.tenantId"),
        ({"operation": "create", "tenantId": "x" * 65}, "create.tenantId"),
        ({"operation": "revoke", "tenantId": "acme"}, "revoke.keyId"),
        ({"operation": "list", "tenantId": "acme", "keyId": "key_1"}, "list.keyId"),
    ],
)
def test_an_operator_is_told_what_is_wrong(table: Table, request_: Any, field: str) -> None:
    error = load("manage_api_keys").handler(request_, Context())["error"]
    assert (error["code"], error["details"][0]["field"]) == ("VALIDATION_ERROR", field)


def test_the_operator_learns_of_the_limit(table: Table) -> None:
    manage = load("manage_api_keys").handler
    for _ in range(10):
        assert "key" in manage({"operation": "create", "tenantId": "acme"}, Context())
    error = manage({"operation": "create", "tenantId": "acme"}, Context())["error"]
    assert (error["code"], error["message"]) == ("VALIDATION_ERROR", "tenantId has 10 active keys; revoke one first")


@pytest.mark.parametrize(
    ("resource", "path", "status", "allow"),
    [
        ("/api/campaigns", "/api/campaigns", 405, "GET, HEAD, POST"),
        ("/api/campaigns", "/v1/api/campaigns", 405, "GET, HEAD, POST"),  # behind a domain with a base path
        ("/api/campaigns/{id}", "/api/campaigns/x", 405, "GET, HEAD, PATCH, DELETE"),
        ("/api/campaigns/{id}/sequences/{seqId}", "/api/campaigns/x/sequences/y%2Fz", 405, "POST, DELETE"),
        ("/api/campaigns/{id}/templates/{tplId}", "/api/campaigns/x/templates/y", 405, "POST, DELETE"),
        ("/{proxy+}", "/api/campaigns/x/sequences", 404, None),
        ("/{proxy+}", "/api/campaigns/", 404, None),
        ("/", "/", 404, None),
    ],
)
def test_what_no_endpoint_answers(resource: str, path: str, status: int, allow: str | None) -> None:
    answer = call(load("unknown_route"), {**event(tenant=None), "resource": resource, "path": path})
    assert (answer.status, answer.headers.get("Allow")) == (status, allow)


def test_the_memberships_of_a_deleted_campaign_go(table: Table) -> None:
    record = json.loads((Path(__file__).parents[2] / "events" / "remove_memberships.json").read_text())
    assert load("remove_memberships").handler(record, Context()) == {"batchItemFailures": []}
    record["Records"][0]["dynamodb"]["OldImage"] = {"PK": {"S": "TENANT#acme"}}
    assert len(load("remove_memberships").handler(record, Context())["batchItemFailures"]) == 1
    assert table.name
