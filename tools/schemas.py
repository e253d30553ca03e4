"""Writes docs/schemas: a JSON Schema for the detail of each event, from the models that read and write them."""

import json
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from campaigns.domain.event_types import EventType, WebhookEventType
from campaigns.domain.events import CampaignEvent, WebhookEvent
from campaigns.events.announcements import Deleted, Named
from tools.limits import LIMITS, limited

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by file name."""
    incoming: dict[str, type[BaseModel]] = {
        f"{kind}.{verb}": Deleted if verb == "deleted" else Named
        for kind in ("sequence", "template")
        for verb in ("created", "updated", "deleted")
    }
    outgoing: dict[str, type[BaseModel]] = {
        **dict.fromkeys(get_args(EventType), CampaignEvent),
        **dict.fromkeys(get_args(WebhookEventType), WebhookEvent),
    }
    return {
        f"{name}.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **as_clients_know_it(model.model_json_schema(mode="serialization" if name in outgoing else "validation")),
            "title": name,
        }
        for name, model in {**incoming, **outgoing}.items()
    }


def as_clients_know_it(schema: Any) -> Any:
    """A schema with what plain types can't say of its fields, and without what only this code calls so."""
    if isinstance(schema, list):
        return [as_clients_know_it(each) for each in schema]
    if isinstance(schema, str):
        return schema.replace("Shown", "")
    if not isinstance(schema, dict):
        return schema
    kept = {name: each for name, each in schema.items() if name != "title" or not isinstance(each, str)}
    known = {name.replace("Shown", ""): as_clients_know_it(each) for name, each in kept.items()}
    for name, limits in LIMITS.get(str(schema.get("title")), {}).items():
        if name in known["properties"]:
            known["properties"][name] = limited(known["properties"][name], limits)
    return known


def text(schema: dict[str, Any]) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text(schema))


if __name__ == "__main__":
    main()
