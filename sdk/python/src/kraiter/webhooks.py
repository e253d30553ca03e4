"""Webhooks: what the API says of them, what the methods on them do, and how a receiver knows what is genuine."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kraiter.arguments import KEEP, several
from kraiter.errors import NotFoundError
from kraiter.exchange import Found, InDoubt, Send, Steps, check_empty, exchange, idempotency_header, path_to, read
from kraiter.model import ABSENT, Model, Time

DeliveryStatus = Literal["pending", "succeeded", "failed"]
TOLERANCE_SECONDS = 300
"""How old, or how far ahead, a delivery may be, as Standard Webhooks has it."""


@dataclass(frozen=True, slots=True, repr=False)
class Webhook(Model):
    """A webhook as it was when it was answered."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    enabled: bool
    disabled_reason: str | None
    """``gone`` (its receiver answered 410) or ``failing`` (five days of nothing but failures); None otherwise."""
    failing_since: Time | None
    created_at: Time
    updated_at: Time
    secret: str | None = field(default=None, repr=False, metadata=ABSENT)
    """Where it was just made: keep it, it is not shown again."""


@dataclass(frozen=True, slots=True, repr=False)
class Attempt(Model):
    """One attempt to deliver."""

    at: Time
    status: int | None
    """What the receiver answered; None where it did not."""
    error: str | None
    """Why there was no answer."""
    milliseconds: int
    answer: str | None
    """The first kilobyte of what it said."""


@dataclass(frozen=True, slots=True, repr=False)
class Delivery(Model):
    """An event on its way to a webhook."""

    id: str
    event_id: str
    type: str
    occurred_at: Time
    status: DeliveryStatus | str
    attempts: tuple[Attempt, ...]
    """The newest ten, oldest first."""
    attempt_count: int
    next_attempt_at: Time | None


@dataclass(frozen=True, slots=True, repr=False)
class WebhookEvent(Model):
    """What a webhook was sent."""

    id: str
    """The same on every repetition: drop what you have seen."""
    type: str
    timestamp: Time
    """When it happened: the order, which deliveries do not keep."""
    data: dict[str, Any]


class WebhookVerificationError(Exception):
    """A request that was not sent by the service, or not now, or was changed on its way."""


def unwrap(body: bytes | str, headers: Mapping[str, str], secret: str) -> WebhookEvent:
    """The event in a request to a webhook, once its signature is verified. ``body`` is as it came, not parsed.

    Raises:
        WebhookVerificationError: it must not be believed. Answer 400, and do nothing.
        ValueError: ``secret`` is none, or empty: the receiver's own mistake.
    """
    given = {name.lower(): value for name, value in headers.items()}
    raw = body.encode() if isinstance(body, str) else body
    id_, moment, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id_ and moment and signatures):
        raise WebhookVerificationError("The headers webhook-id, webhook-timestamp and webhook-signature must be there.")
    if not (id_ + signatures).isascii():
        raise WebhookVerificationError("No webhook-signature is of this secret.")
    if not (moment.isascii() and moment.isdecimal()) or abs(int(moment[:15]) - time.time()) > TOLERANCE_SECONDS:
        raise WebhookVerificationError("The webhook-timestamp is not of these five minutes.")
    expected = sign(raw, id_, moment, secret)["webhook-signature"].encode()
    # All of them: how long it takes tells nothing.
    if True not in [hmac.compare_digest(expected, each.encode()) for each in signatures.split(" ")]:
        raise WebhookVerificationError("No webhook-signature is of this secret.")
    try:
        said = json.loads(raw)
        return WebhookEvent.from_json({**said, "id": id_})
    except (KeyError, TypeError, ValueError) as error:
        raise WebhookVerificationError("The body is no event.") from error


def sign(body: bytes, id_: str, moment: str, secret: str) -> dict[str, str]:
    """The headers of a request to a webhook, as Standard Webhooks 1.0 has them; ``moment`` in seconds since 1970."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("secret must be as the API showed it: whsec_...") from error
    if not key:  # Anybody could sign with it.
        raise ValueError("secret must be as the API showed it: whsec_...")
    digest = hmac.digest(key, b".".join((id_.encode(), moment.encode(), body)), hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": id_, "webhook-timestamp": moment, "webhook-signature": signature}


def create(
    url: str, events: Iterable[str], description: str | None, idempotency_key: str | None, retries: int
) -> Steps[Webhook]:
    """Sent under a key, so that a repetition can't make two, and gets the same secret."""
    body = {"url": url, "events": several(events)} | ({} if description is None else {"description": description})
    send = Send("POST", "/webhooks", body=body, headers=idempotency_header(idempotency_key))
    return read((yield from exchange(send, retries)), Webhook.from_json)


def list_all(retries: int) -> Steps[list[Webhook]]:
    """All of them, which are ten at most."""
    answer = yield from exchange(Send("GET", "/webhooks"), retries)
    return read(answer, lambda body: list(map(Webhook.from_json, body["data"])))


def get(webhook_id: str, retries: int) -> Steps[Webhook]:
    """One webhook."""
    return read((yield from exchange(Send("GET", path_to("webhooks", webhook_id)), retries)), Webhook.from_json)


def update(webhook_id: str, fields: dict[str, Any], retries: int) -> Steps[Webhook]:
    """The fields that are given. Repeated in doubt: it sets what it says, however often."""
    given = {name: value for name, value in fields.items() if value is not KEEP}
    if "events" in given:
        given["events"] = several(given["events"])
    send = Send("PATCH", path_to("webhooks", webhook_id), body=given)
    return read((yield from exchange(send, retries)), Webhook.from_json)


def delete(webhook_id: str, retries: int) -> Steps[None]:
    """A webhook that is gone after an attempt without an answer is what was asked for."""
    try:
        check_empty((yield from exchange(Send("DELETE", path_to("webhooks", webhook_id)), retries)))
    except NotFoundError as error:
        if not isinstance(error.__cause__, InDoubt):
            raise


def ping(webhook_id: str, retries: int) -> Steps[Attempt]:
    """Sent once: who got no answer may ask again."""
    send = Send("POST", path_to("webhooks", webhook_id, "ping"))
    return read((yield from exchange(send, retries, repeat_in_doubt=False)), Attempt.from_json)


def rotate_secret(webhook_id: str, grace_seconds: int | None, retries: int) -> Steps[Webhook]:
    """Not repeated in doubt: each makes one secret more."""
    body = {} if grace_seconds is None else {"graceSeconds": grace_seconds}
    send = Send("POST", path_to("webhooks", webhook_id, "rotate-secret"), body=body)
    return read((yield from exchange(send, retries, repeat_in_doubt=False)), Webhook.from_json)


def deliveries(
    webhook_id: str, status: DeliveryStatus | None, cursor: str | None, limit: int | None, retries: int
) -> Steps[Found[Delivery]]:
    """Deliveries after a cursor."""
    asked: dict[str, str | int | None] = {"status": status, "limit": limit, "cursor": cursor}
    params = {name: value for name, value in asked.items() if value is not None}
    send = Send("GET", path_to("webhooks", webhook_id, "deliveries"), params=params)
    return read(
        (yield from exchange(send, retries)),
        lambda body: (tuple(map(Delivery.from_json, body["data"])), body["nextCursor"]),
    )


def redeliver(webhook_id: str, delivery_id: str, retries: int) -> Steps[Delivery]:
    """Repeated in doubt: of several that are asked for at once, one is made."""
    send = Send("POST", path_to("webhooks", webhook_id, "deliveries", delivery_id, "redeliver"))
    return read((yield from exchange(send, retries)), Delivery.from_json)
