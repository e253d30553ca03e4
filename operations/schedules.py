"""Finds campaigns whose dates nothing keeps, and mends that: ``python -m operations.schedules STACK TENANT``.

What is lost is lost between the change of a campaign and its schedule, or with the scheduler. Safe to repeat: a
campaign is looked at once more, as when its dates were changed.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.campaign import DATES, Campaign
from campaigns.domain.errors import Unavailable
from campaigns.domain.identifiers import timestamp, utc_now
from campaigns.events.schedules import NEAR, Wake, WakeQueue, schedule_name
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.items import campaign_from
from campaigns.store.table import Table
from operations.deployed import physical_id, table_of, tenants

type IsScheduled = Callable[[str, str], bool]
"""Whether there is a schedule for a campaign's date."""

LATE: Final = timedelta(minutes=1)
"""Within this a date is kept."""
EVERYBODY = "*"
"""Stands for all tenants; none may be called so."""


def main() -> None:
    """Mend the schedules of one tenant, or of every one, and say which they were."""
    match sys.argv[1:]:
        case [stack, tenant_id] if tenant_id:
            pass
        case _:
            sys.exit("mend-schedules: which tenant? make mend-schedules TENANT=acme, or TENANT='*'")
    try:
        table = table_of(stack)
        names = ("SchedulesQueue", "SchedulesDeadLetterQueue")
        queue = WakeQueue(boto3.client("sqs"), *(physical_id(stack, name) for name in names))
        for each in tenants(stack) if tenant_id == EVERYBODY else [tenant_id]:
            mended = mend(table, each, queue, in_scheduler(stack))
            print(f"{each}: {len(mended) or 'no'} campaigns are looked at again", flush=True)
    except (BotoCoreError, ClientError, Unavailable) as error:
        sys.exit(f"mend-schedules: {error}")


def mend(table: Table, tenant_id: str, queue: WakeQueue, is_scheduled: IsScheduled) -> list[str]:
    """Have the campaigns of a tenant looked at whose dates nothing keeps; their ids."""
    found = [each.id for each in dated(table, tenant_id) if any(unkept(each, is_scheduled, utc_now()))]
    for campaign_id in found:
        queue.wake(Wake(tenant_id, campaign_id))
    return found


def unkept(campaign: Campaign, is_scheduled: IsScheduled, now: datetime) -> Iterator[str]:
    """What is wrong with a campaign's dates, a line each."""
    if due := campaign.due(timestamp(now - LATE)):
        yield f"{campaign.id}: should be {due.after} since {due.date}, {due.moment}"
    for name, date in zip(DATES, campaign.dates, strict=True):
        if date and date > timestamp(now + NEAR) and not is_scheduled(campaign.id, date):
            yield f"{campaign.id}: has {name} {date}, without a schedule"


def taken_for_granted(_campaign_id: str, _date: str) -> bool:
    """For those who look at the table alone: every schedule is there."""
    return True


def in_scheduler(stack: str) -> IsScheduled:
    """Whether EventBridge Scheduler has a schedule, in a stack's group."""
    scheduler, group = boto3.client("scheduler"), physical_id(stack, "ScheduleGroup")

    def is_scheduled(campaign_id: str, date: str) -> bool:
        try:
            scheduler.get_schedule(GroupName=group, Name=schedule_name(campaign_id, date))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return False
        return True

    return is_scheduled


def dated(table: Table, tenant_id: str) -> Iterable[Campaign]:
    """A tenant's campaigns that have dates."""
    items = table.query(
        KeyConditionExpression="PK = :partition AND begins_with(SK, :prefix)",
        FilterExpression="attribute_exists(startsAt) OR attribute_exists(endsAt)",
        ExpressionAttributeValues=serialize_all({":partition": keys.tenant(tenant_id), ":prefix": keys.CAMPAIGN}),
    )
    return map(campaign_from, items)


if __name__ == "__main__":
    main()
