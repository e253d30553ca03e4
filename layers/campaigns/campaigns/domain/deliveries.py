"""Deliveries of events to webhooks: what is sent, when it is tried again, and what is remembered of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypedDict

from campaigns.domain.identifiers import id_at, timestamp

WAITS: Final = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
"""Seconds before each further attempt: some 27.5 hours in all, as Standard Webhooks has them."""
JITTER: Final = 0.2
"""The share by which a wait is longer or shorter, so that what failed together does not come again together."""
MOST_RETRY_AFTER: Final = 24 * 3600
"""Seconds that a receiver may ask for."""
LIFE: Final = timedelta(days=30)
MAX_PAYLOAD: Final = 20_000
"""In bytes."""
MAX_ANSWER: Final = 1024
"""What is remembered of an answer, in bytes."""
MOST_ATTEMPTS: Final = 10
"""How many attempts at one delivery are remembered: the newest."""

ORDER: Final = "order"
"""What a message says that is one."""

Status = Literal["pending", "succeeded", "failed"]


class ShownAttempt(TypedDict):
    """One attempt at a delivery."""

    at: str
    status: int | None
    error: str | None
    milliseconds: int
    answer: str | None


class ShownDelivery(TypedDict):
    """An event on its way to a webhook."""

    id: str
    eventId: str
    type: str
    occurredAt: str
    status: Status
    attempts: list[ShownAttempt]
    attemptCount: int
    nextAttemptAt: str | None


class Outcome(NamedTuple):
    """What came of one POST."""

    status: int | None
    """The receiver's; None where there was no answer."""
    error: str | None
    """Why there was none."""
    milliseconds: int
    answer: str | None = None
    """The beginning of the answer's body."""
    retry_after: int | None = None
    """Seconds that the receiver asks for."""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's

    def shown(self, at: str) -> ShownAttempt:
        """What clients see of it."""
        return {
            "at": at,
            "status": self.status,
            "error": self.error,
            "milliseconds": self.milliseconds,
            "answer": self.answer,
        }


class Order(NamedTuple):
    """That an event shall be delivered: a message in the queue."""

    tenant_id: str
    webhook_id: str
    delivery_id: str
    event_id: str
    type: str
    occurred_at: str
    payload: str
    attempt: int = 0
    """How many attempts there were before."""
    since: int = 0
    """How many there were before somebody asked for it anew: the waits begin again there."""
    apart: bool = False
    """Its receiver is slow: it waits with others of the kind."""

    @property
    def next(self) -> "Order":
        """The order of the attempt after this one, which is in nobody's way."""
        return self._replace(attempt=self.attempt + 1, apart=True)

    def is_over(self, delivery: "Delivery") -> bool:
        """Whether this attempt was made, or need not be.

        Who dies after asking for the next attempt makes this one again: where that succeeds, the next one is too much.
        """
        is_retry = self.attempt > self.since
        return self.attempt < delivery.attempt_count or (is_retry and delivery.status == "succeeded")

    def wait(self, retry_after: int | None, dice: float) -> int | None:
        """Seconds before the attempt after this one; None where there is none. ``dice`` is drawn from 0 to 1."""
        retry = self.attempt - self.since
        if retry >= len(WAITS):
            return None
        wait = round(WAITS[retry] * (1 + JITTER * (2 * dice - 1)))
        return max(wait, min(retry_after or 0, MOST_RETRY_AFTER))

    def to_json(self) -> str:
        """The message."""
        return json.dumps({ORDER: self._asdict()}, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What is remembered of a delivery."""

    id: str
    event_id: str
    type: str
    occurred_at: str
    payload: str
    status: Status
    attempts: tuple[ShownAttempt, ...]
    """The newest, oldest first."""
    attempt_count: int
    next_attempt_at: str | None

    def anew(self, tenant_id: str, webhook_id: str) -> Order:
        """The order to deliver it once more, with all further attempts."""
        return Order(
            tenant_id=tenant_id,
            webhook_id=webhook_id,
            delivery_id=self.id,
            event_id=self.event_id,
            type=self.type,
            occurred_at=self.occurred_at,
            payload=self.payload,
            attempt=self.attempt_count,
            since=self.attempt_count,
            apart=True,
        )

    def shown(self) -> ShownDelivery:
        """What clients see of it."""
        return {
            "id": self.id,
            "eventId": self.event_id,
            "type": self.type,
            "occurredAt": self.occurred_at,
            "status": self.status,
            "attempts": list(self.attempts),
            "attemptCount": self.attempt_count,
            "nextAttemptAt": self.next_attempt_at,
        }


class DeliveryPage(NamedTuple):
    """Deliveries, newest first, and the cursor of the page after them (None on the last page)."""

    deliveries: list[Delivery]
    next_cursor: str | None


def after(order: Order, before: Delivery | None, attempt: ShownAttempt, status: Status, wait: int | None) -> Delivery:
    """A delivery after one more attempt; ``wait`` are the seconds before the next one."""
    attempts = (*(before.attempts if before else ()), attempt)
    moment = datetime.fromisoformat(attempt["at"])
    return Delivery(
        id=order.delivery_id,
        event_id=order.event_id,
        type=order.type,
        occurred_at=order.occurred_at,
        payload=order.payload,
        status=status,
        attempts=attempts[-MOST_ATTEMPTS:],
        attempt_count=order.attempt + 1,
        next_attempt_at=None if wait is None else timestamp(moment + timedelta(seconds=wait)),
    )


def delivery_id(webhook_id: str, event_id: str, occurred_at: str) -> str:
    """The same for the same event and webhook, however often it is asked for; sorts by the event's moment."""
    digest = hashlib.sha256(f"{webhook_id} {event_id}".encode()).digest()
    return id_at("dlv_", datetime.fromisoformat(occurred_at), int.from_bytes(digest[:10]))


def payload_of(event_type: str, detail: Mapping[str, Any]) -> str:
    """The body that a webhook is sent of an event on the bus: ``{type, timestamp, data}``, under 20 KB.

    Associations are counted. What makes it too large is left out, and ``truncated`` says so.
    """
    data = {name: value for name, value in detail.items() if name not in {"id", "occurredAt"}}
    if "campaign" in data:
        data["campaign"] = _counted(data["campaign"])
    text = _body(event_type, detail["occurredAt"], data)
    if len(text.encode()) <= MAX_PAYLOAD:
        return text
    fields = dict.fromkeys(change["field"] for change in data["changes"])
    data |= {"changes": [{"field": field} for field in fields], "truncated": True}
    text = _body(event_type, detail["occurredAt"], data)
    if len(text.encode()) > MAX_PAYLOAD:
        large = {"description", "labels", "metadata"}
        data["campaign"] = {name: value for name, value in data["campaign"].items() if name not in large}
        text = _body(event_type, detail["occurredAt"], data)
    return text


def ping_of(webhook_id: str, moment: datetime) -> str:
    """The body of a ping."""
    return _body("webhook.ping", timestamp(moment), {"webhookId": webhook_id})


def _counted(campaign: Mapping[str, Any]) -> dict[str, Any]:
    counted = {name: value for name, value in campaign.items() if name not in {"sequences", "templates"}}
    counts = {f"{kind[:-1]}Count": len(campaign[kind]) for kind in ("sequences", "templates") if kind in campaign}
    return counted | counts


def _body(event_type: str, occurred_at: str, data: Mapping[str, Any]) -> str:
    return json.dumps(
        {"type": event_type, "timestamp": occurred_at, "data": data}, ensure_ascii=False, separators=(",", ":")
    )
