"""What each function answers to its event in events/, when the table holds what local/examples.py puts there."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

from local.examples import CAMPAIGN_ID, DELIVERY_ID, WEBHOOK_ID

type Check = Callable[[Any], object]


def _text(answer: Any) -> str:
    """The body of an answer, whether it is compressed or not."""
    return gzip.decompress(base64.b64decode(answer["body"])).decode() if answer["isBase64Encoded"] else answer["body"]


def _proxied(status: int, check: Check = lambda _: True) -> Check:
    def passes(answer: Any) -> bool:
        body = json.loads(text) if (text := _text(answer)) else None
        return bool(answer["statusCode"] == status and answer["headers"]["X-Request-Id"] and check(body))

    return passes


def _names(field: str, *names: str) -> Check:
    return lambda body: [each["name"] for each in body[field]] == list(names)


EXPECTED: dict[str, Check] = {
    "whoami": _proxied(200, lambda body: body["tenantId"] == "acme" and body["key"]["scopes"] == ["campaigns:read"]),
    "create_campaign": _proxied(201, lambda body: body["name"] == "Q4 Product Launch" and body["id"] != CAMPAIGN_ID),
    "list_campaigns": _proxied(200, lambda body: CAMPAIGN_ID in [each["id"] for each in body["data"]]),
    "count_campaigns": _proxied(200, lambda body: body["count"] >= 1 and body["precision"] == "exact"),
    "list_sequences": _proxied(200, _names("data", "Onboarding Sequence")),
    "get_sequence": _proxied(200, lambda body: body["campaignCount"] == {"count": 0, "precision": "exact"}),
    "list_templates": _proxied(200, _names("data", "Launch Announcement")),
    "get_template": _proxied(200, lambda body: body["name"] == "Launch Announcement"),
    "list_events": _proxied(200, lambda body: CAMPAIGN_ID in [each["campaign"]["id"] for each in body["data"]]),
    "get_campaign": _proxied(200, lambda body: body["id"] == CAMPAIGN_ID),
    "update_campaign": _proxied(200, lambda body: body["status"] == "active"),
    "add_sequence": _proxied(200, _names("sequences", "Onboarding Sequence")),
    "add_template": _proxied(200, _names("templates", "Launch Announcement")),
    "change_associations": _proxied(200, _names("templates", "Launch Announcement")),
    "set_sequences": _proxied(200, _names("sequences", "Onboarding Sequence")),
    "set_templates": _proxied(200, _names("templates", "Launch Announcement")),
    "clone_campaign": _proxied(201, lambda body: body["name"] == "Q1 Product Launch" and body["id"] != CAMPAIGN_ID),
    "remove_sequence": _proxied(204),
    "remove_template": _proxied(204),
    "delete_campaign": _proxied(204),
    "create_webhook": _proxied(201, lambda body: body["secret"].startswith("whsec_") and body["enabled"]),
    "list_webhooks": _proxied(200, lambda body: WEBHOOK_ID in [each["id"] for each in body["data"]]),
    "get_webhook": _proxied(200, lambda body: body["id"] == WEBHOOK_ID and "secret" not in body),
    "update_webhook": _proxied(200, lambda body: body["events"] == ["campaign.updated"]),
    "ping_webhook": _proxied(200, lambda body: body["status"] is None and body["error"]),  # there is no such host
    "list_deliveries": _proxied(200, lambda body: [each["id"] for each in body["data"]] == [DELIVERY_ID]),
    "redeliver": _proxied(202, lambda body: body["id"] == DELIVERY_ID),
    "rotate_webhook_secret": _proxied(200, lambda body: body["secret"].startswith("whsec_")),
    "delete_webhook": _proxied(204),
    "get_openapi": _proxied(200, lambda body: body["openapi"] == "3.1.0"),
    "get_docs": lambda answer: answer["statusCode"] == 200 and "<title>Campaigns API</title>" in _text(answer),
    "unknown_route": _proxied(405, lambda body: body["error"]["code"] == "METHOD_NOT_ALLOWED"),
    "authorize": lambda answer: (
        answer["context"] == {"tenantId": "acme", "keyId": "key_example"}
        and answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    ),
    "manage_api_keys": lambda answer: answer["key"].startswith("kr_") and answer["tenantId"] == "acme",
    "sync_catalogue": lambda answer: answer == {"batchItemFailures": []},
    "fan_out_webhooks": lambda answer: answer == {"batchItemFailures": []},
    "deliver_webhook": lambda answer: answer == {"batchItemFailures": []},  # its webhook is gone
    "publish_events": lambda answer: answer == {"batchItemFailures": []},
    "keep_schedules": lambda answer: answer == {"batchItemFailures": []},
    "canary": lambda answer: answer == {"passed": False},  # it has no key
    "keep_memberships": lambda answer: answer == {"batchItemFailures": []},
}
