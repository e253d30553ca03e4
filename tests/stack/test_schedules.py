"""Campaigns start and end by themselves, on the stack, by its real scheduler."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from campaigns.domain.identifiers import timestamp
from campaigns.events.schedules import schedule_name
from support.stack import STACK, Subscriber, Tenant, eventually


def moment(**ahead: float) -> str:
    return timestamp(datetime.now(UTC) + timedelta(**ahead))


def schedule(campaign: str, date: str) -> dict[str, Any] | None:
    """The schedule for a date of a campaign."""
    try:
        return dict(boto3.client("scheduler").get_schedule(GroupName=STACK, Name=schedule_name(campaign, date)))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None


def scheduled(campaign: str, *dates: str, gone: tuple[str, ...] = ()) -> None:
    assert all(schedule(campaign, date) for date in dates)
    assert not any(schedule(campaign, date) for date in gone)


def test_a_campaign_starts_and_ends(tenant: Tenant, stack: dict[str, str]) -> None:
    subscriber = Subscriber(stack, tenant.id)
    body = {"name": "Launch", "startsAt": moment(seconds=2), "endsAt": moment(seconds=4)}
    id_ = tenant.request("POST", "/api/campaigns", json=body).json()["id"]

    def ended() -> dict[str, Any]:
        shown = tenant.request("GET", f"/api/campaigns/{id_}").json()
        assert shown["status"] == "completed"
        return dict(shown)

    shown = eventually(ended, seconds=50)
    assert (shown["startsAt"], shown["endsAt"], shown["etag"]) == (body["startsAt"], body["endsAt"], '"3"')

    def heard() -> list[dict[str, Any]]:
        events = [event for event in subscriber.listen() if event["detail"]["campaign"]["id"] == id_]
        assert len(events) == 3
        return events

    told = [event["detail"] for event in eventually(heard)]
    subscriber.close()
    assert [change for each in told for change in each["changes"]] == [
        {"field": "status", "from": "draft", "to": "active"},
        {"field": "status", "from": "active", "to": "completed"},
    ]
    assert [each["actor"]["type"] for each in told] == ["api_key", "schedule", "schedule"]
    assert body["startsAt"] <= told[1]["occurredAt"] < told[2]["occurredAt"]
    assert body["endsAt"] <= told[2]["occurredAt"]


def test_a_past_start_acts_at_once(tenant: Tenant) -> None:
    id_ = tenant.create()["id"]
    assert tenant.request("PATCH", f"/api/campaigns/{id_}", json={"startsAt": moment(days=-1)}).status_code == 200

    def started() -> None:
        assert tenant.request("GET", f"/api/campaigns/{id_}").json()["status"] == "active"

    eventually(started, seconds=20)


def test_schedules_come_move_and_go_with_dates(tenant: Tenant) -> None:
    first, second, third = (moment(days=days) for days in (1, 2, 3))
    id_ = tenant.request("POST", "/api/campaigns", json={"name": "N", "startsAt": first, "endsAt": second}).json()["id"]
    eventually(lambda: scheduled(id_, first, second), seconds=20)
    made = schedule(id_, first) or {}
    before = datetime.fromisoformat(first) - timedelta(minutes=1)
    assert made["ScheduleExpression"] == f"at({before:%Y-%m-%dT%H:%M:%S})"
    assert made["ActionAfterCompletion"] == "DELETE"
    tenant.request("PATCH", f"/api/campaigns/{id_}", json={"startsAt": None, "endsAt": third})
    eventually(lambda: scheduled(id_, third, gone=(first, second)), seconds=20)
    tenant.request("DELETE", f"/api/campaigns/{id_}")
    eventually(lambda: scheduled(id_, gone=(third,)), seconds=20)


@pytest.mark.emulator("it lets the scheduler believe that a day has passed")
def test_what_wakes_too_early_changes_nothing_and_is_scheduled_again(tenant: Tenant) -> None:
    date = moment(days=1)
    id_ = tenant.request("POST", "/api/campaigns", json={"name": "N", "startsAt": date}).json()["id"]
    eventually(lambda: scheduled(id_, date), seconds=20)
    made = schedule(id_, date) or {}
    boto3.client("scheduler").update_schedule(
        Name=made["Name"],
        GroupName=STACK,
        ScheduleExpression="at(2025-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target=made["Target"],
    )

    def made_anew() -> None:
        again = schedule(id_, date)
        assert again
        assert again["ScheduleExpression"] == made["ScheduleExpression"]

    eventually(made_anew, seconds=40)
    shown = tenant.request("GET", f"/api/campaigns/{id_}").json()
    assert (shown["status"], shown["etag"]) == ("draft", '"1"')
