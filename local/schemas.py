"""Writes docs/schemas: a JSON Schema for the detail of each event, from the models that read and write them."""

import json
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from campaigns.domain.events import CampaignEvent, EventType
from campaigns.events import Deleted, Named

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
            **model.model_json_schema(mode="serialization" if model is CampaignEvent else "validation"),
            "title": name,
        }
        for name, model in {**incoming, **outgoing}.items()
    }


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
