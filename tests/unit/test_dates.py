"""The dates of campaigns, as clients send them and as subscribers hear of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.domain.campaign import Campaign
from campaigns.domain.events import differences
from campaigns.store.table import Table
from support.api import Api
from support.stores import CampaignStore

YEAR = datetime.now(UTC).year
IN_A_YEAR, IN_TWO, IN_SIX = (f"{YEAR + years}-06-01T09:00:00.000Z" for years in (1, 2, 6))


@pytest.fixture
def api(table: Table) -> Api:
    return Api(CampaignStore(table))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-10-05T09:00:00+02:00", "2026-10-05T07:00:00.000Z"),
        ("2026-10-05T09:00:00.123456Z", "2026-10-05T09:00:00.123Z"),
        ("20261005T0900-0330", "2026-10-05T12:30:00.000Z"),
        ("0001-01-02T00:00+14:00", "0001-01-01T10:00:00.000Z"),
        (IN_TWO, IN_TWO),
        (None, None),
    ],
)
def test_dates_are_shown_in_utc(api: Api, sent: str | None, shown: str | None) -> None:
    made = api.call("create_campaign", {"name": "N", "startsAt": sent})
    assert (made.status, made.body["startsAt"], made.body["endsAt"], made.body["status"]) == (201, shown, None, "draft")
    patched = api.call("update_campaign", {"endsAt": sent, "startsAt": None}, path={"id": made.body["id"]})
    assert (patched.status, patched.body["startsAt"], patched.body["endsAt"]) == (200, None, shown)
    assert api.call("list_campaigns").body["data"] == [patched.body]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"startsAt": ""}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "2026-10-05T09:00:00"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "2026-10-05"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "monday 9:00"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "2026-02-30T09:00:00Z"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "2026-10-05T25:00:00Z"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "2026-10-05T09:00:00Z\n"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "\u0661\u0660"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": f"2026-10-05T09:00:00.{'0' * 44}Z"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": "\ud800"}, "startsAt", "must be a time with its offset"),
    ({"startsAt": 1_790_000_000}, "startsAt", "must be a string"),
    ({"startsAt": ["2026-10-05T09:00:00Z"]}, "startsAt", "must be a string"),
    ({"endsAt": IN_SIX}, "endsAt", "must be at most 5 years ahead"),
    ({"endsAt": "9999-12-31T23:59:59-14:00"}, "endsAt", "must be at most 5 years ahead"),
    ({"startsAt": "0001-01-01T00:00:00+14:00"}, "startsAt", "must not be before the year 1"),
    ({"startsAt": IN_TWO, "endsAt": IN_A_YEAR}, "endsAt", "must be later than startsAt"),
    ({"startsAt": IN_A_YEAR, "endsAt": IN_A_YEAR}, "endsAt", "must be later than startsAt"),
    ({"startsAt": "2026-10-05T09:00:00.0001Z", "endsAt": "2026-10-05T09:00:00.0009Z"}, "endsAt", "must be later"),
]


@pytest.mark.parametrize(("body", "field", "message"), BAD, ids=lambda value: repr(value)[:60])
def test_a_bad_date_is_refused_by_its_name(api: Api, body: dict[str, Any], field: str, message: str) -> None:
    made = api.call("create_campaign", {"name": "N"}).body
    for answer in (
        api.call("create_campaign", {"name": "M"} | body),
        api.call("update_campaign", body, path={"id": made["id"]}),
    ):
        assert (answer.status, answer.code, answer.fields) == (400, "VALIDATION_ERROR", [field])
        assert message in answer.body["error"]["details"][0]["message"]
    assert api.call("list_campaigns").body["data"] == [made]


def test_an_end_before_the_start_that_is_there_is_refused(api: Api) -> None:
    made = api.call("create_campaign", {"name": "N", "startsAt": IN_A_YEAR}).body
    answer = api.call("update_campaign", {"endsAt": "2020-01-01T00:00:00Z"}, path={"id": made["id"]})
    assert (answer.status, answer.fields) == (400, ["endsAt"])
    assert answer.body["error"]["message"] == f"endsAt must be later than startsAt, which is {IN_A_YEAR}"


def test_a_completed_campaign_takes_dates(api: Api) -> None:
    id_ = api.call("create_campaign", {"name": "N"}).body["id"]
    api.call("update_campaign", {"status": "completed"}, path={"id": id_})
    answer = api.call("update_campaign", {"startsAt": IN_A_YEAR, "endsAt": IN_TWO}, path={"id": id_})
    assert (answer.status, answer.body["status"], answer.body["startsAt"]) == (200, "completed", IN_A_YEAR)


def test_a_repetition_with_the_key_has_the_dates(api: Api) -> None:
    body = {"name": "N", "startsAt": IN_A_YEAR}
    first, again = (
        api.call("create_campaign", body | {"startsAt": sent}, headers={"Idempotency-Key": "k"})
        for sent in (IN_A_YEAR, IN_A_YEAR.replace("Z", "+00:00"))
    )
    assert (again.status, again.body) == (201, first.body)
    other = api.call("create_campaign", {"name": "N"}, headers={"Idempotency-Key": "k"})
    assert other.status == 409


def test_subscribers_hear_of_dates() -> None:
    before = Campaign(
        id="cmp_1",
        name="N",
        description=None,
        status="draft",
        sequences=(),
        templates=(),
        created_at="",
        updated_at="",
        version=1,
    )
    after = before.patched({"startsAt": IN_A_YEAR, "endsAt": IN_TWO, "status": "active"}, IN_A_YEAR)
    ((name, changes),) = differences(before, after)
    assert name == "campaign.updated"
    assert [(change.field, change.from_, change.to) for change in changes] == [
        ("status", "draft", "active"),
        ("startsAt", None, IN_A_YEAR),
        ("endsAt", None, IN_TWO),
    ]
