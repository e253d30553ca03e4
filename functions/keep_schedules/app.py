"""Keeps the dates of campaigns: starts and ends them, and has itself woken for those that are ahead."""

from functools import partial
from typing import TYPE_CHECKING, Any

from campaigns.domain.actors import SCHEDULE
from campaigns.events.batches import all_at_once
from campaigns.events.queues import given_up_in_the_end
from campaigns.events.schedules import keep, read_wake
from campaigns.runtime.bootstrap import schedules, table
from campaigns.runtime.deadline import answer_within
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.schedules import ScheduleStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_SECONDS = 15.0
"""What is left of an invocation when the database's time is up: more than a call to a queue takes at worst."""

campaigns = ScheduleStore(table())
wakers = schedules()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answers which messages failed; SQS delivers only those again."""
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    return all_at_once(event["Records"], partial(look, seconds=seconds))


def look(record: dict[str, Any], seconds: float) -> None:
    """Look at one campaign."""
    message_id, receives = record["messageId"], int(record["attributes"]["ApproximateReceiveCount"])
    with given_up_in_the_end(message_id, receives, partial(wakers.queue.give_up, record["body"]), "not kept"):
        wake = read_wake(record["body"])
        logger.info("looking", tenantId=wake.tenant_id, campaignId=wake.campaign_id, messageId=message_id)
        with answer_within(seconds), working_for(wake.tenant_id, SCHEDULE):
            keep(wake, campaigns, wakers)
