"""Finds the webhooks that want an event on the bus, and orders a delivery to each."""

from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from campaigns.events.fanning_out import FanOut
from campaigns.events.queues import given_up_in_the_end
from campaigns.runtime.bootstrap import fan_out_queues, table
from campaigns.runtime.logs import logger
from campaigns.store.webhooks import WebhookStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

queues = fan_out_queues()
fan_out = FanOut(WebhookStore(table()), queues)
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> Any:
    """Answers which messages failed; SQS delivers only those again."""
    return process_partial_response(event, follow, processor, context)


def follow(record: "SQSRecord") -> None:
    """Order the deliveries of one event, or the next attempt at one."""
    receives = int(record.attributes.approximate_receive_count or 0)
    with given_up_in_the_end(record.message_id, receives, partial(queues.give_up, record.body), "not fanned out"):
        logger.info("fanned out", orders=fan_out.follow(record.body), messageId=record.message_id)
