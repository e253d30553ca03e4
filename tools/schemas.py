"""Writes docs/schemas: a JSON Schema for the detail of each event, from the models that read and write them."""

import json
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from campaigns.domain.event_types import EventType
from campaigns.domain.events import CampaignEvent
from campaigns.events.announcements import Deleted, Named

EXAMPLE_ID = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7X"
_TIME = {"format": "date-time", "examples": ["2025-09-15T10:00:00.000Z"]}
_MAYBE_TIME = {"anyOf": [{"type": "string", **_TIME}, {"type": "null"}]}
_MORE_OF_A_CAMPAIGN: dict[str, dict[str, Any]] = {
    "id": {"pattern": "^cmp_[0-7][0-9A-HJKMNP-TV-Z]{25}$", "examples": [EXAMPLE_ID]},
    "name": {"examples": ["Q4 Product Launch"]},
    "createdAt": _TIME,
    "updatedAt": _TIME,
    "startsAt": _MAYBE_TIME,
    "endsAt": _MAYBE_TIME,
    "archivedAt": _MAYBE_TIME,
}
_MORE_OF_A_WEBHOOK: dict[str, dict[str, Any]] = {
    "id": {"pattern": "^wh_[0-7][0-9A-HJKMNP-TV-Z]{25}$", "examples": ["wh_01K56D2A80T5E6QJ3Z8W2N4V7X"]},
    "createdAt": _TIME,
    "updatedAt": _TIME,
    "failingSince": _MAYBE_TIME,
}
_MORE = {"etag": _MORE_OF_A_CAMPAIGN, "failingSince": _MORE_OF_A_WEBHOOK}
"""What is known of the fields of something that has such a field."""
FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by file name."""
    incoming: dict[str, type[BaseModel]] = {
        f"{kind}.{verb}": Deleted if verb == "deleted" else Named
        for kind in ("sequence", "template")
        for verb in ("created", "updated", "deleted")
    }
    outgoing: dict[str, type[BaseModel]] = dict.fromkeys(get_args(EventType), CampaignEvent)
    return {
        f"{name}.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **as_clients_know_it(
                model.model_json_schema(mode="serialization" if model is CampaignEvent else "validation")
            ),
            "title": name,
        }
        for name, model in {**incoming, **outgoing}.items()
    }


def as_clients_know_it(schema: Any) -> Any:
    """A schema with what plain types can't say of a campaign or webhook, and without what only this code calls so."""
    if isinstance(schema, list):
        return [as_clients_know_it(each) for each in schema]
    if isinstance(schema, str):
        return schema.replace("Shown", "")
    if not isinstance(schema, dict):
        return schema
    kept = {name: each for name, each in schema.items() if name != "title" or not isinstance(each, str)}
    known = {name.replace("Shown", ""): as_clients_know_it(each) for name, each in kept.items()}
    properties = known.get("properties", {})
    for mark, fields in _MORE.items():
        for name, more in fields.items() if mark in properties else ():
            properties[name] |= more
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
