"""How large what answers and events show can be: what plain types can't say, by model and field.

A limit in an answer is a promise to whoever stores it; tests/unit/test_limits_of_answers.py makes the largest of all.
"""

from typing import Any

from campaigns.domain.actors import MOST_OF_USER_AGENT
from campaigns.domain.campaign import MAX_ASSOCIATIONS, MAX_PAIRS
from campaigns.domain.deliveries import MAX_ANSWER, MOST_ATTEMPTS
from campaigns.domain.identifiers import MAX_ID_LENGTH
from campaigns.domain.inputs import MAX_DESCRIPTION, MAX_LABEL, MAX_LABELS, MAX_NAME, MAX_VALUE
from campaigns.domain.webhook_urls import MAX_URL
from campaigns.domain.webhooks import EVENT_NAMES
from campaigns.store.finding import MOST_COUNTED

type Schema = dict[str, Any]

EXAMPLE_ID = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7X"
LONGEST_CURSOR = 2048
"""A sort key of DynamoDB has 1,024 bytes at most; with a digest before it, and in base64, it is a third longer."""
LONGEST_ERROR = 8192
"""In bytes, as tests/unit/test_hostile_input.py has it of all that is sent there."""
LONGEST_MESSAGE = 500
"""Of what one field is told."""
LONGEST_KEY_NAME = 64
TENANT: Schema = {"maxLength": 64, "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"}
TIME: Schema = {"format": "date-time", "maxLength": 24}
_TIME = TIME | {"examples": ["2025-09-15T10:00:00.000Z"]}
_LABELS: Schema = {"maxItems": MAX_LABELS, "items": {"maxLength": MAX_LABEL}}
_PAIRS: Schema = {"maxProperties": MAX_PAIRS, "additionalProperties": {"maxLength": MAX_VALUE}}
_MOST_CHANGES = 8 + 2 * (MAX_ASSOCIATIONS + 1)
"""All fields of a campaign, the names of all that it holds, and the order of both kinds."""
_REQUEST_ID: Schema = {"maxLength": 128}


def _ulid(prefix: str) -> Schema:
    return {
        "maxLength": len(prefix) + 26,
        "pattern": f"^{prefix}[0-7][0-9A-HJKMNP-TV-Z]{{25}}$",
        "examples": [prefix + EXAMPLE_ID[4:]],
    }


_CAMPAIGN: dict[str, Schema] = {
    "id": _ulid("cmp_"),
    "name": {"maxLength": MAX_NAME, "examples": ["Q4 Product Launch"]},
    "description": {"maxLength": MAX_DESCRIPTION},
    "sequences": {"maxItems": MAX_ASSOCIATIONS},
    "templates": {"maxItems": MAX_ASSOCIATIONS},
    "labels": _LABELS,
    "metadata": _PAIRS,
    **dict.fromkeys(("startsAt", "endsAt", "archivedAt", "createdAt", "updatedAt"), _TIME),
    "etag": {"maxLength": 17, "pattern": '^"[1-9][0-9]{0,14}"$'},
}
_ENTRY: dict[str, Schema] = {"id": {"maxLength": MAX_ID_LENGTH}, "name": {"maxLength": MAX_NAME}, "updatedAt": _TIME}
_CHANGED: Schema = {"maxLength": MAX_DESCRIPTION, **_LABELS, **_PAIRS}
_EVENT: dict[str, Schema] = {
    "id": {"maxLength": 128},
    "occurredAt": TIME,
    "tenantId": TENANT,
    "changes": {"maxItems": _MOST_CHANGES},
}
_WEBHOOK: dict[str, Schema] = {
    "id": _ulid("wh_"),
    "url": {"maxLength": MAX_URL},
    "events": {"maxItems": len(EVENT_NAMES), "items": {"maxLength": 64}},
    "description": {"maxLength": MAX_DESCRIPTION},
    **dict.fromkeys(("failingSince", "createdAt", "updatedAt"), _TIME),
    "secret": {"maxLength": 128},
}
_DELIVERY: dict[str, Schema] = {
    "id": _ulid("dlv_"),
    "eventId": {"maxLength": 128},
    "type": {"maxLength": 64},
    "occurredAt": TIME,
    "attempts": {"maxItems": MOST_ATTEMPTS},
    "attemptCount": {"format": "int32", "minimum": 1, "maximum": 2**31 - 1},
    "nextAttemptAt": TIME,
    # Of one attempt.
    "at": TIME,
    "status": {"format": "int32", "minimum": 100, "maximum": 999},
    "error": {"maxLength": LONGEST_MESSAGE},
    "milliseconds": {"format": "int32", "minimum": 0, "maximum": 60_000},
    "answer": {"maxLength": MAX_ANSWER},
}
LIMITS: dict[str, dict[str, Schema]] = {
    "ShownCampaign": _CAMPAIGN,
    "CampaignSummary": _CAMPAIGN,
    "ShownAssociation": _ENTRY,
    "ShownEntry": _ENTRY,
    "ShownHeldEntry": _ENTRY,
    "ShownCount": {"count": {"format": "int32", "minimum": 0, "maximum": MOST_COUNTED}},
    "Change": {"from": _CHANGED, "to": _CHANGED},
    "ShownEvent": _EVENT,
    "DisabledWebhook": _WEBHOOK,
    "CampaignEvent": _EVENT,
    "Actor": {"id": {"maxLength": 64}, "name": {"maxLength": LONGEST_KEY_NAME}},
    "Asked": {"id": _REQUEST_ID, "ip": {"maxLength": 45}, "userAgent": {"maxLength": MOST_OF_USER_AGENT}},
    "ShownWebhook": _WEBHOOK,
    "ShownWebhookWithSecret": _WEBHOOK,
    "WebhookEvent": _EVENT,
    "ShownDelivery": _DELIVERY,
    "ShownAttempt": _DELIVERY,
}
_BELONGS = {
    "string": ("maxLength", "pattern", "format", "examples"),
    "integer": ("minimum", "maximum", "format"),
    "array": ("maxItems", "items"),
    "object": ("maxProperties", "additionalProperties"),
}


def limited(schema: Schema, limits: Schema) -> Schema:
    """A field's schema with its limits, each where it belongs: of several types that a field can have, to one."""
    if "anyOf" in schema:
        return schema | {"anyOf": [limited(each, limits) for each in schema["anyOf"]]}
    mine = {name: each for name, each in limits.items() if name in _BELONGS.get(schema.get("type", ""), ())}
    for name in ("items", "additionalProperties"):
        if name in mine:
            mine[name] = limited(schema[name], mine[name])
    return schema | mine
