"""docs/asyncapi.json and docs/messages.md say what the service hears and tells, with examples that are so."""

import json
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from campaigns.domain.event_types import EventType, WebhookEventType
from campaigns.domain.webhooks import ALL_OF_CAMPAIGNS, EVENT_NAMES
from local.examples import event
from tools.asyncapi import FILE, PAGE, document, page, text
from tools.template import resources

MADE = document()
MESSAGES: dict[str, Any] = MADE["components"]["messages"]


def names(channel: str) -> set[str]:
    return set(MADE["channels"][channel]["messages"])


def is_valid(message: str, payload: Any) -> bool:
    schema = {"$ref": f"#/components/messages/{message}/payload", "components": MADE["components"]}
    return Draft202012Validator(schema).is_valid(payload)


def test_document_and_page_are_up_to_date() -> None:
    assert FILE.read_text() == text(), "run make generate"
    assert PAGE.read_text() == page(), "run make generate"


def test_every_event_is_there() -> None:
    told = {*get_args(EventType), *get_args(WebhookEventType)}
    assert names("events") == told
    assert names("webhooks") == {*told, "webhook.ping"}
    assert set(EVENT_NAMES) - {ALL_OF_CAMPAIGNS} <= names("webhooks")
    (heard,) = (
        rule["EventPattern"]["detail-type"]
        for rule in resources("AWS::Events::Rule").values()
        if "kraiter.sequences" in rule["EventPattern"]["source"]
    )
    assert names("announcements") == set(heard)


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_an_example_is_what_its_schema_says_and_of_no_other_event(message: str) -> None:
    (example,) = MESSAGES[message]["examples"]
    assert is_valid(message, example["payload"])
    channel = message.partition(".")[0]
    for other in MADE["channels"][channel]["messages"]:
        assert is_valid(f"{channel}.{other}", example["payload"]) == (message == f"{channel}.{other}")


@pytest.mark.parametrize(
    ("message", "function"),
    [("events.campaign.updated", "fan_out_webhooks"), ("announcements.sequence.created", "sync_catalogue")],
)
def test_what_the_functions_are_tried_with_is_what_the_schema_says(message: str, function: str) -> None:
    sent = json.loads(event(function)["Records"][0]["body"])
    assert is_valid(message, sent)
    for missing in sent["detail"]:
        assert not is_valid(message, sent | {"detail": {k: v for k, v in sent["detail"].items() if k != missing}})
