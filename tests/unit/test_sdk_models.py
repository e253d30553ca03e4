"""What the Python SDK makes of answers: what it does not know is kept and shown, and times are moments too."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import kraiter
import pytest
from kraiter import Campaign, Event, Identity, Time, Webhook
from kraiter.model import Model
from kraiter.models import CatalogueEntry, Count
from kraiter.webhooks import Delivery

from unit.test_sdk_finding import ENTRY, HELD
from unit.test_sdk_history import EVENT, LARGE, RENAMED
from unit.test_sdk_python import CAMPAIGN, IDENTITY, OF_BEFORE
from unit.test_sdk_webhooks import DELIVERY, SECRET, WEBHOOK

ANSWERS: list[tuple[type[Model], dict[str, Any]]] = [
    (Campaign, CAMPAIGN),
    (CatalogueEntry, ENTRY),
    (CatalogueEntry, HELD),
    (Count, HELD["campaignCount"]),  # type: ignore[list-item]
    (Delivery, DELIVERY),
    (Event, EVENT),
    (Event, LARGE),
    (Event, RENAMED),
    (Identity, IDENTITY),
    (Webhook, WEBHOOK),
    (Webhook, WEBHOOK | {"secret": SECRET}),
]


def of_tomorrow(value: Any) -> Any:
    """The same with a field more in every object, and another value for whatever has a list of values."""
    match value:
        case dict():
            changed = {name: of_tomorrow(each) for name, each in value.items()}
            closed = {"status", "type", "precision", "disabledReason"} & value.keys()
            return changed | {"newField": [{"of": "tomorrow"}]} | dict.fromkeys(closed, "unheard-of")
        case list():
            return [of_tomorrow(each) for each in value]
    return value


@pytest.mark.parametrize(("model", "body"), ANSWERS)
def test_an_answer_is_read_and_shown_as_it_came(model: type[Model], body: dict[str, Any]) -> None:
    for came in (body, of_tomorrow(body)):
        found = model.from_json(came)
        assert found.to_json() == came
        assert json.loads(json.dumps(found.to_json())) == came
        assert found == model.from_json(came) == pickle.loads(pickle.dumps(found)) == copy.deepcopy(found)  # noqa: S301


def test_what_is_unknown_is_there_and_in_the_print() -> None:
    campaign = Campaign.from_json(of_tomorrow(CAMPAIGN))
    assert campaign.status == "unheard-of"
    assert campaign.extra["newField"] == campaign.sequences[0].extra["newField"] == [{"of": "tomorrow"}]
    assert "extra={'newField': [{'of': 'tomorrow'}]}" in repr(campaign)
    assert campaign != Campaign.from_json(CAMPAIGN)
    assert "extra" not in repr(Campaign.from_json(CAMPAIGN))


def test_a_campaign_can_stand_in_a_set() -> None:
    assert len({Campaign.from_json(CAMPAIGN), Campaign.from_json(of_tomorrow(CAMPAIGN))}) == 2


def test_a_time_is_text_and_a_moment() -> None:
    campaign = Campaign.from_json(CAMPAIGN | {"startsAt": "2027-01-01T00:00:00.250Z"})
    assert campaign.created_at == "2025-09-15T10:00:00.000Z"
    assert campaign.created_at.datetime == datetime(2025, 9, 15, 10, tzinfo=UTC)
    assert campaign.starts_at is not None
    assert campaign.starts_at.datetime - campaign.created_at.datetime > timedelta(days=400)
    assert campaign.ends_at is None
    assert f"{campaign.created_at}|{campaign.created_at!r}" == "2025-09-15T10:00:00.000Z|'2025-09-15T10:00:00.000Z'"
    with pytest.raises(ValueError, match="soon"):
        _ = Time("soon").datetime


@pytest.mark.parametrize(("model", "body"), ANSWERS)
def test_every_time_is_a_moment(model: type[Model], body: dict[str, Any]) -> None:
    found = model.from_json(body)
    texts = {each for each in vars_of(found) if isinstance(each, str) and each.startswith("20") and each.endswith("Z")}
    assert {type(each) for each in texts} <= {Time}
    assert (texts != set()) == ('Z"' in json.dumps(body))


def vars_of(model: Any) -> list[Any]:
    """What a model and those in it have."""
    if isinstance(model, tuple):
        return [value for each in model for value in vars_of(each)]
    if not isinstance(model, Model):
        return [model]
    return [value for name in model.__dataclass_fields__ for value in vars_of(getattr(model, name))]


def test_what_is_missing_is_missed() -> None:
    for name in OF_BEFORE.keys() - {"labels", "metadata", "startsAt", "endsAt", "archivedAt"}:
        with pytest.raises(KeyError, match=name):
            Campaign.from_json({key: value for key, value in CAMPAIGN.items() if key != name})


@pytest.mark.parametrize("body", [[], "text", None, 7, CAMPAIGN | {"sequences": ["onboarding"]}])
def test_what_has_another_form_is_no_answer(body: Any) -> None:
    with pytest.raises((TypeError, KeyError, AttributeError)):
        Campaign.from_json(body)


def test_the_secret_is_in_no_print() -> None:
    webhook = Webhook.from_json(WEBHOOK | {"secret": SECRET})
    assert webhook.secret == SECRET
    assert SECRET not in f"{webhook} {webhook!r} {[webhook]}"
    assert kraiter.Webhook.from_json(WEBHOOK).secret is None
