"""Writes docs/asyncapi.json, what the service hears and tells, and docs/messages.md, the same to read.

Channels and operations are in ``asyncapi.yaml``; messages follow from the models, and their examples are made by what
makes them in the service.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from pydantic import BaseModel, Field, TypeAdapter

from campaigns.domain.actors import Actor
from campaigns.domain.campaign import Association, Campaign
from campaigns.domain.deliveries import payload_of, ping_of
from campaigns.domain.events import SOURCE, CampaignEvent, WebhookEvent, differences
from campaigns.domain.webhooks import Webhook
from campaigns.events.announcements import Deleted, Named
from tools.markdown import with_section
from tools.openapi import SHARED as OPENAPI
from tools.openapi import WebhookPayload
from tools.schemas import as_clients_know_it

ROOT = Path(__file__).parents[1]
SKELETON = Path(__file__).with_suffix(".yaml")
FILE = ROOT / "docs" / "asyncapi.json"
PAGE = ROOT / "docs" / "messages.md"

SUMMARIES: Final[dict[str, str]] = {
    "campaign.created": "A campaign was created, or cloned",
    "campaign.updated": "A campaign changed, or a sequence or template that it holds was renamed",
    "campaign.deleted": "A campaign was deleted; this is what it was last",
    "campaign.sequence_added": "A campaign holds one more sequence",
    "campaign.sequence_removed": "A campaign does not hold a sequence any more",
    "campaign.template_added": "A campaign holds one more template",
    "campaign.template_removed": "A campaign does not hold a template any more",
    "webhook.disabled": "A webhook is told of nothing more: its receiver is gone, or did nothing but fail",
    "webhook.ping": "Somebody asks whether you are there",
}
EVENT_ID: Final = "evt_1f0e3dad99908345f7439f8ffabdffc4_0"
MOMENT: Final = "2025-09-15T10:00:00.000Z"
ACTOR: Final = Actor(type="api_key", id="key_01K56C9R3T8V0W2X4Y6Z8A1B3C", name="Marketing")
CAMPAIGN: Final = Campaign(
    id="cmp_01K56D2A80T5E6QJ3Z8W2N4V7X",
    name="Q4 Product Launch",
    description=None,
    status="draft",
    sequences=(),
    templates=(),
    created_at=MOMENT,
    updated_at=MOMENT,
    version=1,
)
WEBHOOK: Final = Webhook(
    id="wh_01K56D2A80003RZVRFKBBSSHNY",
    tenant_id="acme",
    url="https://hooks.example.com/campaigns",
    events=("campaign.*",),
    description=None,
    secrets=(),
    created_at=MOMENT,
    updated_at=MOMENT,
    disabled_at=MOMENT,
    disabled_reason="gone",
)


class Message(NamedTuple):
    """One message of a channel."""

    channel: str
    name: str
    summary: str
    model: type[BaseModel]
    """Of the detail of an event, or of the whole body that a webhook is sent."""
    source: str | None
    """Where an event comes from; None for what is no event on the bus."""
    example: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name among all messages."""
        return f"{self.channel}.{self.name}"

    @property
    def described(self) -> dict[str, Any]:
        """It, as the document has it."""
        schema = {"$ref": f"#/components/schemas/{self.model.__name__}"}
        named = {"detail-type": {"const": self.name}, "source": {"const": self.source}, "detail": schema}
        return {
            "name": self.name,
            "title": self.name,
            "summary": self.summary,
            "tags": [{"name": self.channel}],
            **({} if self.source else {"headers": {"$ref": "#/components/schemas/WebhookHeaders"}}),
            "payload": {"allOf": [{"$ref": "#/components/schemas/BusEvent"}, {"properties": named}]}
            if self.source
            else {"allOf": [schema, {"properties": {"type": {"const": self.name}}}]},
            "examples": [{"name": "one", "payload": self.example}],
        }


class BusEvent(BaseModel):
    """An event as EventBridge hands it to a target."""

    version: str
    id: str = Field(description="EventBridge's own; what tells a repetition is the id in the detail.")
    detail_type: str = Field(alias="detail-type")
    source: str
    account: str
    time: str
    region: str
    resources: list[str]
    detail: dict[str, Any]


def messages() -> Iterator[Message]:
    """All of them, by channel."""
    for kind, name in ("sequence", "Onboarding Sequence"), ("template", "Welcome"):
        known = {"tenantId": "acme", "id": name.split()[0].lower(), "updatedAt": MOMENT}
        for verb, detail in (
            ("created", {**known, "name": name}),
            ("updated", {**known, "name": name}),
            ("deleted", known),
        ):
            source, summary = f"kraiter.{kind}s", f"A {kind} was {verb} where it lives"
            example = on_the_bus(source, f"{kind}.{verb}", detail)
            yield Message(
                "announcements", f"{kind}.{verb}", summary, Deleted if detail is known else Named, source, example
            )
    for name, event in life():
        example = on_the_bus(SOURCE, name, json.loads(event.to_json()))
        yield Message("events", name, SUMMARIES[name], type(event), SOURCE, example)
    for name, event in life():
        body = payload_of(name, json.loads(event.to_json()))
        yield Message("webhooks", name, SUMMARIES[name], WebhookPayload, None, json.loads(body))
    ping = ping_of(WEBHOOK.id, datetime.fromisoformat(MOMENT))
    yield Message("webhooks", "webhook.ping", SUMMARIES["webhook.ping"], WebhookPayload, None, json.loads(ping))


def life() -> Iterator[tuple[str, CampaignEvent | WebhookEvent]]:
    """What is told of a campaign's life, each kind of event once."""
    sequence, template = Association("onboarding", "Onboarding Sequence"), Association("welcome", "Welcome")
    holding = replace(CAMPAIGN, sequences=(sequence,), templates=(template,))
    steps = (
        (None, CAMPAIGN),
        (CAMPAIGN, replace(CAMPAIGN, status="active")),
        (CAMPAIGN, None),
        (CAMPAIGN, replace(CAMPAIGN, sequences=(sequence,))),
        (holding, replace(holding, sequences=())),
        (CAMPAIGN, replace(CAMPAIGN, templates=(template,))),
        (holding, replace(holding, templates=())),
    )
    for before, after in steps:
        ((name, changes),) = differences(before, after)
        campaign = (after or before or CAMPAIGN).shown()
        yield (
            name,
            CampaignEvent(
                id=EVENT_ID, occurred_at=MOMENT, tenant_id="acme", campaign=campaign, changes=changes, actor=ACTOR
            ),
        )
    disabled = WebhookEvent(id=EVENT_ID, occurred_at=MOMENT, tenant_id="acme", webhook=WEBHOOK.shown(), reason="gone")
    yield "webhook.disabled", disabled


def on_the_bus(source: str, name: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An event, as EventBridge hands it on."""
    event = BusEvent.model_validate(
        {
            "version": "0",
            "id": "7bf73129-1428-4cd3-a780-95db273d1603",
            "detail-type": name,
            "source": source,
            "account": "123456789012",
            "time": "2025-09-15T10:00:01Z",
            "region": "eu-west-1",
            "resources": [],
            "detail": detail,
        }
    )
    return event.model_dump(by_alias=True)


def document() -> dict[str, Any]:
    """The AsyncAPI document."""
    made: dict[str, Any] = yaml.safe_load(SKELETON.read_text())
    found = list(messages())
    for name, channel in made["channels"].items():
        channel["messages"] = {
            each.name: {"$ref": f"#/components/messages/{each.id}"} for each in found if each.channel == name
        }
    made["components"] |= {"schemas": schemas(), "messages": {each.id: each.described for each in found}}
    return made


def schemas() -> dict[str, Any]:
    """Those of all messages, by the names of their models."""
    read, told = (Deleted, Named), (BusEvent, CampaignEvent, WebhookEvent, WebhookPayload)
    _, found = TypeAdapter.json_schemas(
        [
            *((model.__name__, "validation", TypeAdapter(model)) for model in read),
            *((model.__name__, "serialization", TypeAdapter(model)) for model in told),
        ],
        ref_template="#/components/schemas/{model}",
    )
    (headers,) = (each["post"]["parameters"] for each in yaml.safe_load(OPENAPI.read_text())["webhooks"].values())
    of_webhooks = {
        "type": "object",
        "required": [each["name"] for each in headers],
        "properties": {each["name"]: {"description": each["description"], **each["schema"]} for each in headers},
    }
    return {**as_clients_know_it(found["$defs"]), "WebhookHeaders": of_webhooks}


def text() -> str:
    """The document as its file holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """The page as it should be."""
    made, written = document(), PAGE.read_text()
    for name, channel in made["channels"].items():
        shown = [channel["description"]]
        shown += [_shown(each) for each in messages() if each.channel == name]
        written = with_section(written, name, "generate", "\n\n".join(shown))
    return written


def _shown(message: Message) -> str:
    schema = f" Schema of the detail: [`{message.name}.json`](schemas/{message.name}.json)." if message.source else ""
    return (
        f"### `{message.name}`\n\n{message.summary}.{schema}\n\n```json\n{json.dumps(message.example, indent=2)}\n```"
    )


if __name__ == "__main__":
    FILE.write_text(text())
    PAGE.write_text(page())
