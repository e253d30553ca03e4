"""The dates of campaigns: what has passed happens, and for what is ahead there is somebody to wake us.

A message says which campaign to look at, and which dates it has been seen with. What is to be done, the campaign says:
so a message may come late, early, twice, in any order, or for a campaign that is gone.
"""

import json
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from campaigns.domain.campaign import DATES
from campaigns.domain.errors import InvalidInput, Unavailable
from campaigns.domain.identifiers import Clock, timestamp, utc_now
from campaigns.domain.parsing import parse_json
from campaigns.events.queues import REASON, Scheduled, send, told
from campaigns.runtime import deadline

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

    from campaigns.store.schedules import ScheduleStore

AHEAD: Final = timedelta(minutes=1)
"""So long before a date EventBridge Scheduler wakes us: it is exact to the minute, a queue's delay to the second."""
NEAR: Final = timedelta(minutes=2)
"""What is nearer waits in the queue alone, in which a message can wait for 15 minutes."""


class Wake(NamedTuple):
    """That a campaign shall be looked at."""

    tenant_id: str
    campaign_id: str
    dates: frozenset[str] = frozenset()
    """The dates that it has, or has had: what wakes us for them may have to go."""

    @property
    def body(self) -> str:
        """It, as a message."""
        return json.dumps({"detail": {"tenantId": self.tenant_id, "campaign": {"id": self.campaign_id}}})


def read_wake(body: str) -> Wake:
    """What a message asks for: an event of a campaign, or one of our own.

    Raises:
        InvalidInput: it is neither.
    """
    try:
        detail = parse_json(body)["detail"]
        campaign = detail["campaign"]
        dates = [campaign.get(name) for name in DATES]
        dates += [
            change[end] for change in detail.get("changes", ()) if change["field"] in DATES for end in ("from", "to")
        ]
        return Wake(detail["tenantId"], campaign["id"], frozenset(date for date in dates if date is not None))
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidInput.of("body", "must be an event of a campaign") from error


class WakeQueue:
    """The queue of those messages, and its dead-letter queue."""

    def __init__(self, client: "SQSClient", queue_url: str, dead_letter_queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def wake(self, wake: Wake, seconds: int = 0) -> None:
        """Look at a campaign in so many seconds."""
        send(self._client, self._queue_url, wake.body, {}, delay=seconds)

    def give_up(self, body: str, reason: str) -> None:
        """Keep what can't be handled, as it came, with the reason in a message attribute."""
        send(self._client, self._dead_letter_queue_url, body, {REASON: told(reason)})


class Schedules:
    """What wakes us: EventBridge Scheduler for what is far ahead, the queue itself for what is near.

    A schedule is named after its campaign and its date, so it never changes: a date that moves has another one. Under
    one name, EventBridge Scheduler, which deletes what is over whenever it pleases, could delete the new one.
    """

    def __init__(self, scheduled: Scheduled, queue: WakeQueue) -> None:
        self._scheduled = scheduled
        self.queue = queue

    def set(self, wake: Wake, date: str, now: datetime) -> None:
        """See to it that the campaign is looked at when this date comes."""
        moment = datetime.fromisoformat(date)
        if moment - now <= NEAR:
            self.queue.wake(wake, math.ceil((moment - now).total_seconds()))
            return
        self._scheduled.put(schedule_name(wake.campaign_id, date), moment - AHEAD, wake.body)

    def drop(self, campaign_id: str, date: str) -> None:
        """Do not wake us for a date any more, if anything would."""
        self._scheduled.drop(schedule_name(campaign_id, date))


def schedule_name(campaign_id: str, date: str) -> str:
    """The name of the schedule for a date of a campaign."""
    return f"{campaign_id}.{date.replace(':', '')}"


def keep(wake: Wake, campaigns: "ScheduleStore", schedules: Schedules, clock: Clock = utc_now) -> None:
    """Look at a campaign: what has passed happens, and something wakes us for what is ahead, and for nothing else.

    It looks again after what it did, until it finds what it found before: who did otherwise meanwhile may have read
    the campaign before, or after, and whoever is last has read it as it is.
    """
    known, kept = set(wake.dates), set[str]()
    while True:
        now = clock()  # Before what looks at what has passed: nothing falls between.
        campaign = campaigns.keep(wake.tenant_id, wake.campaign_id)
        dates = ahead(campaign.dates if campaign else (), now)
        gone, new = ahead(known, now) - dates, dates - kept
        for date in gone:
            schedules.drop(wake.campaign_id, date)
        for date in new:
            schedules.set(wake, date, now)
        if not gone and not new:
            return
        if deadline.now() > deadline.end():
            raise Unavailable("The campaign changes all the time.")
        known, kept = dates, dates


def ahead(dates: Iterable[str | None], now: datetime) -> set[str]:
    """Those that are still to come."""
    return {date for date in dates if date is not None and date > timestamp(now)}
