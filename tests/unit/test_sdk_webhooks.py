"""The Python SDK's webhooks: what is sent and repeated, what is made of answers, and what a receiver believes."""

import asyncio
import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import kraiter
import pytest
from kraiter import AsyncKraiter, Kraiter, WebhookVerificationError, unwrap
from standardwebhooks import Webhook as Signer

ID = "wh_01K56D2A80T5E6QJ3Z8W2N4V7X"
DELIVERY_ID = "dlv_01K56D2A80T5E6QJ3Z8W2N4V7X"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WEBHOOK = {
    "id": ID,
    "url": "https://hooks.example.com/",
    "events": ["campaign.*"],
    "description": None,
    "enabled": True,
    "disabledReason": None,
    "failingSince": None,
    "createdAt": "2025-09-15T10:00:00.000Z",
    "updatedAt": "2025-09-15T10:00:00.000Z",
}
ATTEMPT = {"at": "2025-09-15T10:00:31.000Z", "status": 200, "error": None, "milliseconds": 84, "answer": "thanks"}
DELIVERY = {
    "id": DELIVERY_ID,
    "eventId": "evt_1",
    "type": "campaign.updated",
    "occurredAt": "2025-09-15T10:00:30.000Z",
    "status": "succeeded",
    "attempts": [ATTEMPT],
    "attemptCount": 1,
    "nextAttemptAt": None,
}
ROOT = "/api/campaigns/webhooks"


class Server:
    """Answers from a script, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []
        self.keys: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.raw_path.decode(), body))
        self.keys.append(request.headers.get("Idempotency-Key"))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> Kraiter:
        return Kraiter(api_key="kr_x", base_url="https://api.test", transport=httpx.MockTransport(self))


def ok(body: Any = WEBHOOK, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


LOST = httpx.ReadError("lost")
GONE = httpx.Response(404, json={"error": {"code": "NOT_FOUND", "message": "No.", "requestId": "r"}})


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraiter.client.time.sleep", lambda _: None)


def test_a_webhook_is_made_under_a_key_and_its_secret_is_in_no_print() -> None:
    server = Server(LOST, ok(WEBHOOK | {"secret": SECRET}, 201))
    made = server.client().webhooks.create("https://hooks.example.com/", ["campaign.*"])
    assert (made.id, made.secret, made.events, made.enabled) == (ID, SECRET, ("campaign.*",), True)
    assert server.asked == [("POST", ROOT, {"url": "https://hooks.example.com/", "events": ["campaign.*"]})] * 2
    assert server.keys[0] == server.keys[1] is not None
    assert SECRET not in repr(made)
    with pytest.raises(TypeError):
        server.client().webhooks.create("https://hooks.example.com/", "campaign.*")


def test_the_other_methods() -> None:
    page = {"data": [DELIVERY], "nextCursor": None}
    server = Server(
        ok({"data": [WEBHOOK], "nextCursor": None}),
        ok(),
        ok(),
        httpx.Response(204),
        ok(ATTEMPT),
        ok(),
        ok(page),
        ok(DELIVERY, 202),
    )
    webhooks = server.client().webhooks
    assert [each.id for each in webhooks.list()] == [ID]
    assert webhooks.get(ID).secret is None
    webhooks.update(ID, description=None, enabled=True)
    webhooks.delete(ID)
    assert webhooks.ping(ID).answer == "thanks"
    webhooks.rotate_secret(ID, grace_seconds=60)
    assert [each.attempts[0].status for each in webhooks.deliveries(ID, status="failed")] == [200]
    assert webhooks.redeliver(ID, DELIVERY_ID).id == DELIVERY_ID
    assert server.asked == [
        ("GET", ROOT, None),
        ("GET", f"{ROOT}/{ID}", None),
        ("PATCH", f"{ROOT}/{ID}", {"description": None, "enabled": True}),
        ("DELETE", f"{ROOT}/{ID}", None),
        ("POST", f"{ROOT}/{ID}/ping", None),
        ("POST", f"{ROOT}/{ID}/rotate-secret", {"graceSeconds": 60}),
        ("GET", f"{ROOT}/{ID}/deliveries?status=failed", None),
        ("POST", f"{ROOT}/{ID}/deliveries/{DELIVERY_ID}/redeliver", None),
    ]


def test_what_may_not_be_repeated_is_not() -> None:
    for name in ("ping", "rotate_secret"):
        server = Server(LOST)
        with pytest.raises(kraiter.NoAnswerError):
            getattr(server.client().webhooks, name)(ID)
        assert len(server.asked) == 1
    server = Server(LOST, GONE)
    server.client().webhooks.delete(ID)
    with pytest.raises(kraiter.NotFoundError):
        Server(GONE).client().webhooks.delete(ID)


def test_the_same_with_await() -> None:
    async def run() -> str:
        transport = httpx.MockTransport(Server(ok(), ok({"data": [DELIVERY], "nextCursor": None})))
        async with AsyncKraiter(api_key="kr_x", base_url="https://api.test", transport=transport) as client:
            await client.webhooks.get(ID)
            (delivery,) = [each async for each in client.webhooks.deliveries(ID)]
            return delivery.id

    assert asyncio.run(run()) == DELIVERY_ID


# ---- Receiving

BODY = '{"type": "campaign.updated", "timestamp": "2025-09-15T10:00:30.000Z", "data": {"n": "\u00e9\U0001f680"}}'


def signed(body: str = BODY, ago: float = 0, secret: str = SECRET) -> dict[str, str]:
    """As the standard's own library signs."""
    moment = datetime.now(UTC) - timedelta(seconds=ago)
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Signer(secret).sign("evt_1", moment, body),
    }


def test_what_the_standards_library_signs_is_believed() -> None:
    for body in (BODY, BODY.encode()):
        event = unwrap(body, signed(), SECRET)
        assert (event.id, event.type, event.timestamp) == ("evt_1", "campaign.updated", "2025-09-15T10:00:30.000Z")
        assert event.data == {"n": "\u00e9\U0001f680"}
    assert Server().client().webhooks.unwrap(BODY, signed(), SECRET).id == "evt_1"
    upper = {name.title(): value for name, value in signed().items()}
    assert unwrap(BODY, httpx.Headers(upper), SECRET.removeprefix("whsec_")).id == "evt_1"


def test_the_standards_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its specification and its libraries."""
    monkeypatch.setattr("kraiter.webhooks.time.time", lambda: 1614265330)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    with pytest.raises(WebhookVerificationError, match="is no event"):  # the signature is right, the body another's
        unwrap('{"test": 2432232314}', headers, SECRET)


def test_during_a_rotation_one_signature_is_enough() -> None:
    other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    headers = signed()
    headers["webhook-signature"] = f"v1a,xyz {signed(secret=other)['webhook-signature']} {headers['webhook-signature']}"
    for secret in (SECRET, other):
        assert unwrap(BODY, headers, secret).id == "evt_1"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "evt_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,\u00e9"},
        {"webhook-signature": "v1,\udce9"},
        {"webhook-id": "\udce9"},
        {"webhook-signature": "g0hM9SsE"},
        {"ago": 301},
        {"ago": -400},
        {"body": BODY + " "},
        {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"},
    ],
)
def test_anything_else_is_not(change: dict[str, Any]) -> None:
    """Headers of another kind, or all of what is signed otherwise."""
    headers = signed() | change if any("-" in name for name in change) else signed(**change)
    with pytest.raises(WebhookVerificationError):
        unwrap(BODY, headers, SECRET)


@pytest.mark.parametrize("secret", ["whsec_***", "whsec_", ""])
def test_a_secret_that_is_none_is_the_receivers_own_mistake(secret: str) -> None:
    key = hmac.digest(b"", f"evt_1.{(now := int(time.time()))}.{BODY}".encode(), "sha256")
    forged = {"webhook-timestamp": str(now), "webhook-signature": f"v1,{base64.b64encode(key).decode()}"}
    with pytest.raises(ValueError, match="whsec_"):
        unwrap(BODY, signed() | forged, secret)
