"""EventBridge Scheduler and the queue of wakes, in this process, on a clock that the test owns."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from campaigns.events.queues import Scheduled
from campaigns.events.schedules import Schedules, WakeQueue

DELAYS = 900
"""The longest delay of a message, in seconds."""


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "operation")


class Wakers:
    """What a campaign is woken by. ``fails`` says, before each call, whether it fails."""

    def __init__(self, now: Callable[[], datetime], fails: Callable[[], bool] = lambda: False) -> None:
        self.now, self.fails = now, fails
        self.schedules: dict[str, tuple[datetime, str]] = {}
        self.messages: list[tuple[datetime, str]] = []
        self.dead_letters: list[tuple[str, str]] = []
        client: Any = self
        scheduled = Scheduled(client, "group", {"Arn": "queue"})
        self.kept = Schedules(scheduled, WakeQueue(client, "queue", "dead-letters"))

    def create_schedule(self, **given: Any) -> None:
        self._may_fail()
        if given["Name"] in self.schedules:
            raise refused("ConflictException")
        at = datetime.strptime(given["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
        assert at > self.now(), "AWS promises nothing for a schedule of the past"
        assert (given["ActionAfterCompletion"], given["FlexibleTimeWindow"]) == ("DELETE", {"Mode": "OFF"})
        self.schedules[given["Name"]] = at, given["Target"]["Input"]

    def delete_schedule(self, *, Name: str, GroupName: str) -> None:  # noqa: N803 - as botocore has them
        assert GroupName == "group"
        self._may_fail()
        if Name not in self.schedules:
            raise refused("ResourceNotFoundException")
        del self.schedules[Name]

    def send_message(self, **given: Any) -> None:
        self._may_fail()
        assert 0 <= given["DelaySeconds"] <= DELAYS
        if given["QueueUrl"] == "dead-letters":
            self.dead_letters.append((given["MessageBody"], given["MessageAttributes"]["reason"]["StringValue"]))
        else:
            self.messages.append((self.now() + timedelta(seconds=given["DelaySeconds"]), given["MessageBody"]))

    def _may_fail(self) -> None:
        if self.fails():
            raise refused("ThrottlingException")

    def fire(self) -> None:
        """What is due goes into the queue, and is over."""
        for name, (at, body) in list(self.schedules.items()):
            if at <= self.now():
                del self.schedules[name]
                self.messages.append((self.now(), body))

    def next_moment(self) -> datetime | None:
        """When something comes next by itself."""
        return min([at for at, _ in (*self.schedules.values(), *self.messages)], default=None)


def told(campaign_id: str, changes: list[Any] | None = None, tenant: str = "acme", **dates: str | None) -> str:
    """An event of a campaign, as the bus hands it on."""
    campaign = {"id": campaign_id, "startsAt": None, "endsAt": None, **dates}
    return json.dumps({"detail": {"tenantId": tenant, "campaign": campaign, "changes": changes or []}})


def delivery(*bodies: str, receives: int = 1) -> dict[str, Any]:
    """Messages, as Lambda hands them to the function."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receives)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:SchedulesQueue",
                "awsRegion": "eu-west-1",
            }
            for number, body in enumerate(bodies)
        ]
    }
