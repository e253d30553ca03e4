"""Webhooks over the API: made, shown, changed, deleted; their secrets; and every bad input."""

import base64
import io
import json
from types import ModuleType
from typing import Any, get_args

import pytest
from standardwebhooks import Webhook as Verifier

from campaigns.domain.event_types import EventType, WebhookEventType
from campaigns.domain.webhooks import EVENT_NAMES, MAX_SECRETS, MAX_WEBHOOKS, Webhook
from campaigns.store import keys
from campaigns.store.table import Table
from campaigns.store.webhooks import WebhookStore
from campaigns.webhooks.sealing import Sealer
from support.functions import load
from support.http import Answer, call, event

URL = "https://hooks.example.com/campaigns"
NEW = {"url": URL, "events": ["campaign.*"]}
MISSING = "wh_01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Api:
    """The functions about webhooks, on one table."""

    def __init__(self) -> None:
        verbs = ("create_webhook", "list_webhooks", "get_webhook", "update_webhook", "delete_webhook")
        self.functions: dict[str, ModuleType] = {name: load(name) for name in (*verbs, "rotate_webhook_secret")}

    def call(self, name: str, id_: str = "", body: Any = None, **request: Any) -> Answer:
        return call(self.functions[name], event(body, path={"webhookId": id_}, **request))

    def create(self, body: Any = None, **request: Any) -> Answer:
        return self.call("create_webhook", "", NEW if body is None else body, **request)

    def new(self, **fields: Any) -> dict[str, Any]:
        answer = self.create(NEW | fields)
        assert answer.status == 201
        return dict(answer.body)

    def rotate(self, id_: str, **body: Any) -> Answer:
        return self.call("rotate_webhook_secret", id_, body)


@pytest.fixture
def api(table: Table) -> Api:
    return Api()


def test_a_webhook_is_made_and_shows_its_secret_once(api: Api, table: Table, log: io.StringIO) -> None:
    answer = api.create(NEW | {"description": "To the warehouse"})
    made = answer.body
    secret = made.pop("secret")
    assert (answer.status, answer.headers["Location"]) == (201, f"webhooks/{made['id']}")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    Verifier(secret)
    assert made == {
        "id": made["id"],
        "url": URL,
        "events": ["campaign.*"],
        "description": "To the warehouse",
        "enabled": True,
        "disabledReason": None,
        "failingSince": None,
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
    }
    assert api.call("get_webhook", made["id"]).body == made
    assert api.call("list_webhooks").body == {"data": [made], "nextCursor": None}
    kept = json.dumps(table.get(keys.webhook("acme", made["id"])))
    for where in (kept, log.getvalue()):
        assert secret not in where
        assert secret.removeprefix("whsec_") not in where


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"events": ["campaign.*"]}, "url", "is required"),
        ({"url": URL}, "events", "is required"),
        (NEW | {"url": None}, "url", "must be a string"),
        (NEW | {"url": "http://example.com"}, "url", "must begin with https://"),
        (NEW | {"url": "https://example.com:22"}, "url", "must be at port 443 or 8443"),
        (NEW | {"url": "https://localhost"}, "url", "must name a host by its full name"),
        (NEW | {"url": "https://127.0.0.1"}, "url", "must name a host by its full name"),
        (NEW | {"url": "https://me:secret@example.com"}, "url", "must name neither user nor password"),
        (NEW | {"url": "https://example.com/" + "x" * 3000}, "url", "must have at most 2048 characters"),
        (NEW | {"url": "https://b\u00fccher.example"}, "url", "must be ASCII"),
        (NEW | {"events": []}, "events", "must have at least 1 entry"),
        (NEW | {"events": "campaign.*"}, "events", "must be a list"),
        (NEW | {"events": ["campaign.exploded"]}, "events.0", "must be 'campaign.created', "),
        (NEW | {"events": ["*"]}, "events.0", "must be"),
        (NEW | {"events": ["campaign.*", "campaign.*"]}, "events", "once"),
        (NEW | {"description": "a\0b"}, "description", "must not contain control characters"),
        (NEW | {"description": "x" * 2001}, "description", "must have at most 2000 characters"),
        (NEW | {"secret": "whsec_mine"}, "secret", "is not a known field"),
        (NEW | {"enabled": True}, "enabled", "is not a known field"),
    ],
)
def test_bad_webhooks(api: Api, body: Any, field: str, says: str) -> None:
    answer = api.create(body)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    (detail,) = answer.body["error"]["details"]
    assert detail["field"] == field
    assert says in detail["message"]
    assert api.call("list_webhooks").body["data"] == []


def test_every_event_can_be_asked_for() -> None:
    assert set(EVENT_NAMES) == {*get_args(EventType), *get_args(WebhookEventType), "campaign.*"}


def test_what_a_webhook_wants(api: Api, table: Table) -> None:
    def wants(*events: str) -> list[str]:
        webhook = WebhookStore(table).get("acme", api.new(events=list(events))["id"])
        return [name for name in EVENT_NAMES if "*" not in name and webhook.wants(name)]

    assert wants("campaign.*") == list(get_args(EventType))
    assert wants("campaign.updated", "webhook.disabled") == ["campaign.updated", "webhook.disabled"]


def test_the_same_url_twice_is_two_webhooks_and_an_eleventh_is_refused(api: Api) -> None:
    made = [api.new()["id"] for _ in range(MAX_WEBHOOKS)]
    refused = api.create()
    assert (refused.status, refused.fields) == (400, ["body"])
    assert "up to 10 webhooks" in refused.body["error"]["message"]
    assert [each["id"] for each in api.call("list_webhooks").body["data"]] == made
    assert api.create(tenant="globex").status == 201
    assert api.call("delete_webhook", made[3]).status == 204
    assert api.create().status == 201
    assert api.create().status == 400


def test_an_idempotency_key_makes_one_webhook_with_one_secret(api: Api) -> None:
    key = {"Idempotency-Key": "hook-1"}
    first, again = api.create(headers=key), api.create(headers=key)
    assert again.body == first.body
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert len(api.call("list_webhooks").body["data"]) == 1
    assert api.create(NEW | {"description": "D"}, headers=key).code == "CONFLICT"
    for _ in range(MAX_WEBHOOKS - 1):
        api.new()
    assert api.create(headers=key).body == first.body  # though there is no room for another one


def test_an_idempotency_key_of_a_campaign_is_not_one_of_a_webhook(api: Api) -> None:
    key = {"Idempotency-Key": "key-1"}
    assert call(load("create_campaign"), event({"name": "N"}, headers=key)).status == 201
    assert api.create(headers=key).code == "CONFLICT"
    other = {"Idempotency-Key": "key-2"}
    assert api.create(headers=other).status == 201
    assert call(load("create_campaign"), event({"name": "N"}, headers=other)).code == "CONFLICT"


def test_an_update_sets_what_it_names(api: Api) -> None:
    made = api.new(description="D")
    url = "https://other.example.com:8443/"
    for patch in ({"url": url}, {"events": ["campaign.deleted"]}, {"description": None}, {"enabled": False}):
        answer = api.call("update_webhook", made["id"], patch)
        assert answer.status == 200
        assert {**made, **patch, "updatedAt": answer.body["updatedAt"]} == answer.body | {"secret": made["secret"]}
        made |= patch
    assert api.call("update_webhook", made["id"], {"enabled": True}).body["enabled"] is True


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({}, "body"),
        ({"enabled": "no"}, "enabled"),
        ({"events": []}, "events"),
        ({"url": None}, "url"),
        ({"id": "x"}, "id"),
    ],
)
def test_bad_updates(api: Api, patch: Any, field: str) -> None:
    answer = api.call("update_webhook", api.new()["id"], patch)
    assert (answer.status, answer.fields) == (400, [field])


@pytest.mark.parametrize("name", ["get_webhook", "update_webhook", "delete_webhook", "rotate_webhook_secret"])
@pytest.mark.parametrize(
    "id_", [MISSING, "", "x", "wh_", MISSING + "0", MISSING.lower(), "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"]
)
def test_what_is_not_there_or_anothers_is_not_found(api: Api, name: str, id_: str) -> None:
    body = {"update_webhook": {"enabled": True}}.get(name)
    assert api.call(name, id_, body).code == "NOT_FOUND"
    anothers = api.new()["id"]
    assert api.call(name, anothers, body, tenant="globex").code == "NOT_FOUND"
    assert api.call("get_webhook", anothers).status == 200


def stored(table: Table, id_: str) -> Webhook:
    return WebhookStore(table).get("acme", id_)


def test_after_a_rotation_both_secrets_sign_for_the_grace(api: Api, table: Table, sealer: Sealer) -> None:
    made = api.new()
    first = made.pop("secret")
    answer = api.rotate(made["id"], graceSeconds=60)
    second = answer.body.pop("secret")
    assert answer.body == {**made, "updatedAt": answer.body["updatedAt"]}
    webhook = stored(table, made["id"])
    current, before = webhook.secrets
    assert [sealer.open("acme", made["id"], each) for each in (current, before)] == [second, first]
    assert (current.not_after, before.not_after) == (None, before.not_after)
    assert before.not_after
    assert webhook.signing(before.not_after) == [current]
    assert webhook.signing("2025") == [current, before]
    third = api.rotate(made["id"], graceSeconds=0).body["secret"]
    assert [sealer.open("acme", made["id"], each) for each in stored(table, made["id"]).secrets] == [third, first]


def test_rotations_in_quick_succession_are_bounded(api: Api) -> None:
    made = api.new()
    assert [api.rotate(made["id"]).status for _ in range(MAX_SECRETS)] == [200] * (MAX_SECRETS - 1) + [400]
    assert api.rotate(made["id"]).fields == ["graceSeconds"]


@pytest.mark.parametrize("grace", [-1, 604_801, 1.5, "60", True, None])
def test_bad_graces(api: Api, grace: Any) -> None:
    assert api.rotate(api.new()["id"], graceSeconds=grace).fields == ["graceSeconds"]


def test_a_secret_is_opened_for_its_own_webhook_alone_and_once(api: Api, table: Table, sealer: Sealer) -> None:
    made = api.new()
    (sealed,) = stored(table, made["id"]).secrets
    asked: list[str] = []
    sealer._client.meta.events.register("before-send.kms", lambda event_name, **_: asked.append(event_name))
    assert {sealer.open("acme", made["id"], sealed) for _ in range(3)} == {made["secret"]}
    assert asked == ["before-send.kms.Decrypt"]
    for tenant, id_ in (("globex", made["id"]), ("acme", MISSING)):
        with pytest.raises(Exception, match="InvalidCiphertext"):
            sealer.open(tenant, id_, sealed)
