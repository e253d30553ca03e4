"""docs/schemas says what the models say."""

import json

import jsonschema
import pytest

from campaigns.events.publishing import events_of
from tools.schemas import FOLDER, schemas, text
from unit.test_publish_events import renames


def test_there_is_a_schema_for_each_event() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.json")) == sorted(schemas())
    assert len(schemas()) == 14


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_is_what_its_model_says(name: str) -> None:
    assert (FOLDER / name).read_text() == text(schemas()[name]), "run make generate"


def test_what_is_sent_keeps_to_the_schema() -> None:
    for event in events_of(renames("a")[0]):
        schema = json.loads((FOLDER / f"{event.detail_type}.json").read_text())
        jsonschema.validate(json.loads(event.detail), schema)
