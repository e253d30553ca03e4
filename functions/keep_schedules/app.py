"""Keeps the dates of campaigns: starts and ends them, and has itself woken for those that are ahead."""

from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from campaigns.domain.actors import SCHEDULE
from campaigns.events.queues import given_up_in_the_end
from campaigns.events.schedules import keep, read_wake
from campaigns.runtime.bootstrap import schedules, table
from campaigns.runtime.deadline import answer_within
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.schedules import ScheduleStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_SECONDS = 15.0
"""What is left of an invocation when the database's time is up: more than a call to a queue takes at worst."""

campaigns = ScheduleStore(table())
wakers = schedules()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> Any:
    """Answers which messages failed; SQS delivers only those again."""
    return process_partial_response(event, look, processor, context)


def look(record: "SQSRecord", lambda_context: "LambdaContext") -> None:
    """Look at one campaign."""
    receives = int(record.attributes.approximate_receive_count or 0)
    with given_up_in_the_end(record.message_id, receives, partial(wakers.queue.give_up, record.body), "not kept"):
        wake = read_wake(record.body)
        logger.info("looking", tenantId=wake.tenant_id, campaignId=wake.campaign_id, messageId=record.message_id)
        seconds = lambda_context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
        with answer_within(seconds), working_for(wake.tenant_id, SCHEDULE):
            keep(wake, campaigns, wakers)
