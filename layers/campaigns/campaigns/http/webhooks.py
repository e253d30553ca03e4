"""Webhooks, as they are answered."""

import json
from typing import Any

from campaigns.domain.webhooks import Webhook
from campaigns.http.endpoint import Response


def show_webhook(
    webhook: Webhook, status: int = 200, headers: dict[str, str] | None = None, secret: str | None = None
) -> Response:
    """A webhook; with its secret where it was just made."""
    shown: dict[str, Any] = {**webhook.shown(), **({"secret": secret} if secret else {})}
    return Response(status, json.dumps(shown, ensure_ascii=False), headers or {})


def show_webhooks(webhooks: list[Webhook]) -> Response:
    """All of a tenant's webhooks, which are few: there is never a next page."""
    data = [webhook.shown() for webhook in webhooks]
    return Response(200, json.dumps({"data": data, "nextCursor": None}, ensure_ascii=False))
