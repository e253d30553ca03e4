"""Webhooks, as they are answered."""

import json
from typing import Any

from campaigns.domain.deliveries import Delivery, DeliveryPage, ShownAttempt
from campaigns.domain.webhooks import Webhook
from campaigns.http.endpoint import Response, show_list
from campaigns.http.request import Request


def show_webhook(
    webhook: Webhook, status: int = 200, headers: dict[str, str] | None = None, secret: str | None = None
) -> Response:
    """A webhook; with its secret where it was just made."""
    shown: dict[str, Any] = {**webhook.shown(), **({"secret": secret} if secret else {})}
    return Response(status, json.dumps(shown, ensure_ascii=False), headers or {})


def show_webhooks(webhooks: list[Webhook]) -> Response:
    """All of a tenant's webhooks, which are few: there is never a next page."""
    return show_list((json.dumps(webhook.shown(), ensure_ascii=False) for webhook in webhooks), None)


def show_attempt(attempt: ShownAttempt) -> Response:
    """What came of a ping."""
    return Response(200, json.dumps(attempt, ensure_ascii=False))


def show_delivery(delivery: Delivery) -> Response:
    """A delivery that was asked for."""
    return Response(202, json.dumps(delivery.shown(), ensure_ascii=False))


def show_deliveries(page: DeliveryPage, request: Request) -> Response:
    """A page of deliveries, with a link to the next one."""
    shown = (json.dumps(delivery.shown(), ensure_ascii=False) for delivery in page.deliveries)
    return show_list(shown, page.next_cursor, request)
