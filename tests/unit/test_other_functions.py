"""The authorizer, the operator's function, the consumers, and what no endpoint answers."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import Unavailable
from campaigns.events.queues import DeadLetters
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.requests import catalogue as requests
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
    assert len(logged.splitlines()) == 5
    assert issued["key"][10:] not in logged
    assert "b" * 43 not in logged


def test_an_issued_key_leaves_a_line_and_a_new_tenant_the_number_of_gateway_keys(
    table: Table, log: io.StringIO
) -> None:
    """The lines that metric filters count; a second key of a tenant needs no further key at API Gateway."""
    issued = [
        load("manage_api_keys").handler({"operation": "create", "tenantId": tenant}, Context())
        for tenant in ("acme", "acme", "globex")
    ]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    said = [(each["tenantId"], each["keyId"]) for each in lines if each["message"] == "key issued"]
    assert said == [(each["tenantId"], each["keyId"]) for each in issued]
    acme, globex = (each for each in lines if each["message"] == "tenant admitted")
    assert (acme["tenantId"], globex["tenantId"]) == ("acme", "globex")
    assert globex["gatewayKeys"] == acme["gatewayKeys"] + 1  # of the account, whatever else it has


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


@pytest.fixture
def deletions() -> list[dict[str, Any]]:
    """The stream's records of three deleted campaigns."""
    (record,) = json.loads((Path(__file__).parents[2] / "events" / "remove_memberships.json").read_text())["Records"]
    made = []
    for number in range(3):
        each = copy.deepcopy(record)
        each["dynamodb"]["SequenceNumber"] = str(number)
        each["dynamodb"]["OldImage"]["id"] = {"S": f"cmp_{number}"}
        made.append(each)
    return made


def memberships(table: Table) -> list[str]:
    """The campaigns that hold the sequence of the records, as the table has it."""
    found = table.query(**requests.memberships("acme", Kind.SEQUENCE, "onboarding", None))
    return [each["SK"] for each in found]


@pytest.fixture
def held(table: Table, deletions: list[dict[str, Any]]) -> Table:
    """A table with the memberships of the deleted campaigns."""
    for each in deletions:
        id_ = each["dynamodb"]["OldImage"]["id"]["S"]
        table.send("put_item", Item=dict(keys.membership("acme", Kind.SEQUENCE, "onboarding", id_)))
    return table


def test_the_memberships_of_a_deleted_campaign_go(
    held: Table, dead_letters: DeadLetters, deletions: list[dict[str, Any]]
) -> None:
    assert len(memberships(held)) == 3
    assert load("remove_memberships").handler({"Records": deletions}, Context()) == {"batchItemFailures": []}
    assert memberships(held) == []


def test_an_unreadable_deletion_is_kept_whole_and_holds_up_nothing(
    held: Table, dead_letters: DeadLetters, deletions: list[dict[str, Any]]
) -> None:
    del deletions[1]["dynamodb"]["OldImage"]["id"]
    assert load("remove_memberships").handler({"Records": deletions}, Context()) == {"batchItemFailures": []}
    assert memberships(held) == ["CAMPAIGN#cmp_1"]
    (message,) = dead_letters.client.receive_message(QueueUrl=dead_letters.url, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert json.loads(message["Body"]) == {"Records": [deletions[1]]}
    assert message["MessageAttributes"]["reason"]["StringValue"] == "unreadable: KeyError: 'id'"


def test_a_deletion_that_fails_comes_again_with_all_that_follow(
    held: Table, dead_letters: DeadLetters, deletions: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    function = load("remove_memberships")
    del deletions[2]["dynamodb"]["OldImage"]["id"]
    delete = Table.delete_all

    def fail_once(*_: Any) -> None:
        monkeypatch.setattr(Table, "delete_all", delete)
        raise Unavailable("The database is busy; try again.")

    monkeypatch.setattr(Table, "delete_all", fail_once)
    assert function.handler({"Records": deletions}, Context()) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert "Messages" not in dead_letters.client.receive_message(QueueUrl=dead_letters.url)
    assert len(memberships(held)) == 3
    assert function.handler({"Records": deletions}, Context()) == {"batchItemFailures": []}
    assert memberships(held) == ["CAMPAIGN#cmp_2"]
