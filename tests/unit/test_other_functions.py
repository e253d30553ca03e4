"""The authorizer, the operator's function, the consumers, and what no endpoint answers."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.campaign import Kind, NewCampaign
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.campaigns import CampaignStore
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
    assert answers[0]["context"] == {}


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
    ("url", "status", "allow"),
    [
        ("/api/campaigns", 405, "GET, POST"),
        ("/api/campaigns/x", 405, "GET, PATCH, DELETE"),
        ("/api/campaigns/x/sequences/y%2Fz", 405, "POST, DELETE"),
        ("/api/campaigns/x/templates/y", 405, "POST, DELETE"),
        ("/api/campaigns/x/sequences", 404, None),
        ("/api/campaign", 404, None),
        ("/", 404, None),
        ("/api/campaigns/x/sequences/y/z", 404, None),
    ],
)
def test_what_no_endpoint_answers(url: str, status: int, allow: str | None) -> None:
    answer = call(load("unknown_route"), event(url=url, tenant=None))
    assert (answer.status, answer.headers.get("Allow")) == (status, allow)


def announcement(**changes: Any) -> dict[str, Any]:
    envelope = {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "sequence.created",
        "source": "kraiter.sequences",
        "account": "000000000000",
        "time": "2025-09-15T10:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"tenantId": "acme", "id": "new", "name": "New", "updatedAt": "2025-09-15T10:00:00.123Z"},
    }
    detail = envelope["detail"] | changes.pop("detail", {})
    return envelope | changes | {"detail": {name: value for name, value in detail.items() if value is not ...}}


def deliver(*bodies: Any) -> list[str]:
    """Deliver a batch; the numbers of the messages that failed."""
    records = [
        {
            "messageId": str(number),
            "receiptHandle": "handle",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:queue",
            "awsRegion": "eu-west-1",
        }
        for number, body in enumerate(bodies)
    ]
    answer = load("sync_catalogue").handler({"Records": records}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_announcements_are_followed(table: Table) -> None:
    assert deliver(announcement(), announcement(detail={"id": "gone"})) == []
    assert (
        deliver(
            announcement(
                **{"detail-type": "sequence.deleted"},
                detail={"id": "gone", "name": ..., "updatedAt": "2026-01-01T00:00:00Z"},
            )
        )
        == []
    )
    store = CampaignStore(table)
    made = store.create("acme", NewCampaign(name="Launch"))
    assert store.add("acme", made.id, Kind.SEQUENCE, "new").sequences[0].name == "New"
    assert (
        deliver(
            announcement(
                **{"detail-type": "sequence.updated"},
                detail={"name": "Renamed", "updatedAt": "2025-09-15T12:00:00.124+02:00"},
            )
        )
        == []
    )
    assert store.get("acme", made.id).sequences[0].name == "Renamed"


@pytest.mark.parametrize(
    "malformed",
    [
        "no json",
        "[]",
        announcement(source="someone.else"),
        announcement(source="kraiter.templates"),
        announcement(**{"detail-type": "sequence.archived"}),
        announcement(detail={"tenantId": "a#b"}),
        announcement(detail={"tenantId": ...}),
        announcement(detail={"id": "a/b"}),
        announcement(detail={"id": ""}),
        announcement(detail={"name": ...}),
        announcement(detail={"name": " "}),
        announcement(detail={"updatedAt": "yesterday"}),
        announcement(detail={"updatedAt": "2025-09-15T10:00:00"}),
        announcement(detail={"updatedAt": ...}),
    ],
    ids=str,
)
def test_a_malformed_announcement_fails_alone(table: Table, malformed: Any) -> None:
    assert deliver(announcement(), malformed, announcement(detail={"id": "other"})) == ["1"]


def test_the_memberships_of_a_deleted_campaign_go(table: Table) -> None:
    record = json.loads((Path(__file__).parents[2] / "events" / "remove_memberships.json").read_text())
    assert load("remove_memberships").handler(record, Context()) == {"batchItemFailures": []}
    record["Records"][0]["dynamodb"]["OldImage"] = {"PK": {"S": "TENANT#acme"}}
    assert len(load("remove_memberships").handler(record, Context())["batchItemFailures"]) == 1
    assert table.name
