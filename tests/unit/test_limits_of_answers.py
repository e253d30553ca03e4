"""A limit that docs/openapi.json gives answers is a promise: the largest that can be is within it, and just so."""

from collections.abc import Iterator
from typing import Any

import pytest

from campaigns.domain.campaign import Association, Campaign
from campaigns.domain.deliveries import MAX_ANSWER, MOST_ATTEMPTS, Outcome
from campaigns.domain.identifiers import encode_cursor, new_campaign_id, utc_now
from campaigns.domain.inputs import NEW_CAMPAIGN
from campaigns.domain.webhook_inputs import new_webhook
from campaigns.store import keys
from support.documented import check_documented, is_documented
from tools.limits import LONGEST_CURSOR
from tools.openapi import document

NOW = "2025-09-15T10:00:00.000Z"
LARGEST = NEW_CAMPAIGN.parse(
    {
        "name": "\U0001f680" * 200,
        "description": "\U0001f680" * 2000,
        "labels": [f"{number:02}".ljust(50, "é") for number in range(20)],
        "metadata": {f"{number:02}".ljust(40, "k"): "\U0001f680" * 500 for number in range(20)},
    }
)
HELD = tuple(Association(f"{number:03}".ljust(128, "\U0001f680"), "n" * 200) for number in range(500))
CAMPAIGN = Campaign(
    id=new_campaign_id(utc_now()),
    name=LARGEST.name,
    description=LARGEST.description,
    status="draft",
    sequences=HELD,
    templates=HELD,
    labels=tuple(LARGEST.labels),
    metadata=LARGEST.metadata,
    starts_at=NOW,
    ends_at=NOW,
    archived_at=NOW,
    created_at=NOW,
    updated_at="9999-12-31T23:59:59.999Z",
    version=999_999_999_999_999,
).shown()
URL = "https://hooks.example.com/".ljust(2048, "x")
WEBHOOK = {
    "id": "wh_01K56D2A80T5E6QJ3Z8W2N4V7X",
    **new_webhook().parse({"url": URL, "events": ["campaign.*"], "description": "d" * 2000})._asdict(),
    "enabled": True,
    "disabledReason": None,
    "failingSince": None,
    "createdAt": NOW,
    "updatedAt": NOW,
}
ATTEMPT = Outcome(999, None, 60_000, "\ufffd" * MAX_ANSWER).shown(NOW)
DELIVERY = {
    "id": "dlv_01K56D2A80T5E6QJ3Z8W2N4V7X",
    "eventId": "e" * 128,
    "type": "t" * 64,
    "occurredAt": NOW,
    "status": "pending",
    "attempts": [ATTEMPT] * MOST_ATTEMPTS,
    "attemptCount": 2**31 - 1,
    "nextAttemptAt": NOW,
}
EXAMPLES: dict[str, Any] = {"Campaign": CAMPAIGN, "Webhook": WEBHOOK, "Delivery": DELIVERY}


FEWER: dict[str, list[set[str]]] = {"Campaign": [{"sequences"}], "Webhook": [{"events"}, {"events"}], "Delivery": []}
"""What the examples have less of than they may."""


def larger(value: Any) -> Iterator[Any]:
    """The same with one thing more, in each place in turn."""
    if isinstance(value, str):
        yield value + "x"
    if isinstance(value, list):
        yield [*value, value[0]]
        yield from ([one, *value[1:]] for one in larger(value[0]))
    if isinstance(value, dict):
        for name, each in value.items():
            yield from (value | {name: one} for one in larger(each))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_largest_that_clients_can_make_keeps_them(name: str) -> None:
    check_documented(name, EXAMPLES[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_they_say_no_more_than_that(name: str) -> None:
    """Whatever is one longer breaks one, but for ``events``, of which some words are shorter than others."""
    few = EXAMPLES[name] | ({"sequences": CAMPAIGN["sequences"][:1]} if name == "Campaign" else {})
    within = [one for one in larger(few) if is_documented(name, one)]
    assert [{field for field in few if one[field] != few[field]} for one in within] == FEWER[name]


@pytest.mark.parametrize("folds_to_most", ["\ufb03", "\U0001f680", "\u0390"])
def test_the_longest_cursor_keeps_its_limit(folds_to_most: str) -> None:
    by_name = keys.by_name(folds_to_most * 200, CAMPAIGN["id"])
    longest_keys = [by_name, keys.LONGEST * "x", "\U0001f680" * 128]
    assert len(by_name.encode()) <= keys.LONGEST
    assert max(len(encode_cursor("acme", key + keys.END_OF_NAME + CAMPAIGN["id"], "q")) for key in longest_keys) < (
        LONGEST_CURSOR
    )


def parts(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All that is in the document, with its place."""
    if isinstance(schema, dict):
        yield place, schema
        for name, each in schema.items():
            if name not in {"example", "examples"}:
                yield from parts(each, f"{place}.{name}")
    if isinstance(schema, list):
        for number, each in enumerate(schema):
            yield from parts(each, f"{place}.{number}")


def test_everything_has_a_limit() -> None:
    """What ``make check`` finds by OWASP's rules, found at once; tools/limits.py is where an answer's are."""
    needs = {
        "string": [{"maxLength"}, {"enum"}, {"const"}],
        "array": [{"maxItems"}],
        "integer": [{"format", "minimum", "maximum"}],
    }
    without = [
        place
        for place, schema in parts(document()["components"])
        if (ways := needs.get(str(schema.get("type")))) and not any(way <= set(schema) for way in ways)
    ]
    assert without == []
