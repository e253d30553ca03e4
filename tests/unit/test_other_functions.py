"""The authorizer, the operator's function, the consumers, and what no endpoint answers."""

import copy
import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import Unavailable
from campaigns.domain.inputs import NewCampaign
from campaigns.events.queues import DeadLetters
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.requests import catalogue as requests
from campaigns.store.table import ItemTooLarge, Table
from support.catalogue import named
from support.engines import counted_calls
from support.functions import load
from support.http import Context, call, event
from support.stores import CampaignStore

METHOD_ARN = "arn:aws:execute-api:eu-west-1:000000000000:abc123/prod/GET/api/campaigns"


def authorise(raw_key: str) -> Any:
    request = {"type": "TOKEN", "authorizationToken": f"Bearer {raw_key}", "methodArn": METHOD_ARN}
    return load("authorize").handler(request, Context())


def test_a_key_opens_the_whole_stage_for_its_tenant(table: Table) -> None:
    issued = ApiKeyStore(table).issue("acme")
    answer = authorise(issued.key)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement == {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": "arn:aws:execute-api:eu-west-1:000000000000:abc123/prod/*",
    }
    assert (answer["principalId"], answer["context"]) == ("acme", {"tenantId": "acme", "keyId": issued.key_id})


def test_endpoints_are_told_what_a_key_may_do(table: Table) -> None:
    issued = ApiKeyStore(table).issue(
        "acme", "Newsletter", ["events:read", "campaigns:read"], "2099-01-01T00:00:00.000Z"
    )
    assert authorise(issued.key)["context"] == {
        "tenantId": "acme",
        "keyId": issued.key_id,
        "keyName": "Newsletter",
        "scopes": "events:read campaigns:read",
        "keyExpiresAt": "2099-01-01T00:00:00.000Z",
    }


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
    assert set(issued) == {
        *("tenantId", "keyId", "key", "prefix", "createdAt", "revokedAt"),
        *("name", "scopes", "expiresAt", "lastUsedAt"),
    }
    shown = {name: value for name, value in issued.items() if name != "key"}
    assert manage({"operation": "list", "tenantId": "acme"}, Context()) == {"keys": [shown]}
    revoked = manage({"operation": "revoke", "tenantId": "acme", "keyId": issued["keyId"]}, Context())
    assert revoked == shown | {"revokedAt": revoked["revokedAt"]}
    assert revoked["revokedAt"]
    json.dumps(revoked)


def test_an_operator_names_limits_and_rotates_a_key(table: Table) -> None:
    manage = partial(load("manage_api_keys").handler, context=Context())
    given = {"name": " Newsletter ", "scopes": ["campaigns:write"], "expiresAt": "2099-01-01T01:00:00+01:00"}
    issued = manage({"operation": "create", "tenantId": "acme"} | given)
    said = {"name": "Newsletter", "scopes": ["campaigns:write"], "expiresAt": "2099-01-01T00:00:00.000Z"}
    assert {name: issued[name] for name in said} == said
    key = {"tenantId": "acme", "keyId": issued["keyId"]}
    rotated = manage({"operation": "rotate", "graceSeconds": 60} | key)
    assert rotated["key"] != issued["key"]
    assert [authorise(each["key"])["context"]["keyName"] for each in (issued, rotated)] == ["Newsletter"] * 2
    changed = manage({"operation": "update", "scopes": None, "name": "All"} | key)
    assert (changed["name"], changed["scopes"], changed["expiresAt"]) == ("All", None, said["expiresAt"])
    for each in (issued, rotated):
        context = authorise(each["key"])["context"]
        assert (context["keyName"], "scopes" in context) == ("All", False)
    manage({"operation": "revoke"} | key)
    assert [authorise(each["key"])["principalId"] for each in (issued, rotated)] == ["unknown"] * 2
    for operation in ({"operation": "rotate"}, {"operation": "update", "name": "X"}):
        error = manage(operation | key)["error"]
        assert (error["code"], error["details"][0]["field"]) == ("VALIDATION_ERROR", "keyId")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"operation": "create", "tenantId": "acme", "scopes": []}, "create.scopes"),
        ({"operation": "create", "tenantId": "acme", "scopes": ["campaigns:delete"]}, "create.scopes.0"),
        ({"operation": "create", "tenantId": "acme", "scopes": ["events:read"] * 2}, "create.scopes"),
        ({"operation": "create", "tenantId": "acme", "scopes": "events:read"}, "create.scopes"),
        ({"operation": "create", "tenantId": "acme", "name": " "}, "create.name"),
        ({"operation": "create", "tenantId": "acme", "name": "x" * 65}, "create.name"),
        ({"operation": "create", "tenantId": "acme", "name": "a\nb"}, "create.name"),
        ({"operation": "create", "tenantId": "acme", "expiresAt": "2020-01-01T00:00:00Z"}, "create.expiresAt"),
        ({"operation": "create", "tenantId": "acme", "expiresAt": "2099-01-01T00:00:00"}, "create.expiresAt"),
        ({"operation": "create", "tenantId": "acme", "expiresAt": 4070908800}, "create.expiresAt"),
        ({"operation": "create", "tenantId": "acme", "expiresAt": "0001-01-01T00:00:00+23:59"}, "create.expiresAt"),
        ({"operation": "create", "tenantId": "acme", "expiresAt": "9999-12-31T23:59:59-23:59"}, "create.expiresAt"),
        ({"operation": "update", "tenantId": "acme", "keyId": "key_1"}, "update"),
        ({"operation": "rotate", "tenantId": "acme", "keyId": "key_1", "graceSeconds": -1}, "rotate.graceSeconds"),
        ({"operation": "rotate", "tenantId": "acme", "keyId": "key_1", "graceSeconds": 604_801}, "rotate.graceSeconds"),
        ({"operation": "rotate", "tenantId": "acme", "keyId": "key_1", "graceSeconds": "60"}, "rotate.graceSeconds"),
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
        ("/api/campaigns/whoami", "/api/campaigns/whoami", 405, "GET, HEAD"),
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
    (record,) = json.loads((Path(__file__).parents[2] / "events" / "keep_memberships.json").read_text())["Records"]
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
    assert load("keep_memberships").handler({"Records": deletions}, Context()) == {"batchItemFailures": []}
    assert memberships(held) == []


def test_an_unreadable_deletion_is_kept_whole_and_holds_up_nothing(
    held: Table, dead_letters: DeadLetters, deletions: list[dict[str, Any]]
) -> None:
    del deletions[1]["dynamodb"]["OldImage"]["id"]
    assert load("keep_memberships").handler({"Records": deletions}, Context()) == {"batchItemFailures": []}
    assert memberships(held) == ["CAMPAIGN#cmp_1"]
    (message,) = dead_letters.client.receive_message(QueueUrl=dead_letters.url, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert json.loads(message["Body"]) == {"Records": [deletions[1]]}
    assert message["MessageAttributes"]["reason"]["StringValue"] == "unreadable: KeyError: 'id'"


def test_a_deletion_that_fails_comes_again_with_all_that_follow(
    held: Table, dead_letters: DeadLetters, deletions: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    function = load("keep_memberships")
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


@pytest.fixture
def overtaken(table: Table) -> tuple[CampaignStore, str, dict[str, Any]]:
    """A campaign that shows a name which is old, and its membership's record: the fan-out missed it."""
    catalogue, store = CatalogueStore(table), CampaignStore(table)
    catalogue.follow(named("s", "Old"))
    campaign_id = store.create("acme", NewCampaign(name="C", sequences=["s"])).id
    table.send("put_item", **requests.announce("acme", Kind.SEQUENCE, "s", "New", 10**17))
    item = requests.membership("acme", Kind.SEQUENCE, "s", campaign_id, "Old", 1)
    return (
        store,
        campaign_id,
        {"eventName": "INSERT", "dynamodb": {"Keys": item, "NewImage": item, "SequenceNumber": "7"}},
    )


def test_an_addition_that_a_fan_out_missed_is_looked_at_again(
    table: Table, dead_letters: DeadLetters, overtaken: tuple[CampaignStore, str, dict[str, Any]]
) -> None:
    store, campaign_id, record = overtaken
    for _ in range(2):
        assert load("keep_memberships").handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
        campaign = store.get("acme", campaign_id)
        assert ([each.name for each in campaign.sequences], campaign.version) == (["New"], 2)
    table.send("put_item", **requests.bury("acme", Kind.SEQUENCE, "s", 10**17 + 1, "now", 1))
    assert load("keep_memberships").handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
    assert store.get("acme", campaign_id).sequences == ()


def test_an_addition_that_nobody_overtook_costs_one_read(table: Table, dead_letters: DeadLetters) -> None:
    CatalogueStore(table).follow(named("s", "Name"))
    item = requests.membership("acme", Kind.SEQUENCE, "s", "cmp_1", "Name", named("s", "Name").as_of)
    record = {"eventName": "INSERT", "dynamodb": {"Keys": item, "NewImage": item, "SequenceNumber": "7"}}
    with counted_calls(table.client) as calls:
        load("keep_memberships").handler({"Records": [record]}, Context())
    assert calls == ["GetItem"]


def test_a_campaign_that_a_new_name_would_make_too_large_is_kept_aside(
    dead_letters: DeadLetters,
    overtaken: tuple[CampaignStore, str, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise ItemTooLarge

    monkeypatch.setattr(Table, "transact", refuse)
    _, _, record = overtaken
    assert load("keep_memberships").handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
    (message,) = dead_letters.client.receive_message(QueueUrl=dead_letters.url)["Messages"]
    assert json.loads(message["Body"]) == {"Records": [record]}
