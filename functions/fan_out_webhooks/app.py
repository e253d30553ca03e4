"""Finds the webhooks that want an event on the bus, and orders a delivery to each."""

from functools import partial
from typing import TYPE_CHECKING, Any

from campaigns.events.batches import all_at_once
from campaigns.events.fanning_out import FanOut
from campaigns.events.queues import given_up_in_the_end
from campaigns.runtime.bootstrap import fan_out_queues, table
from campaigns.runtime.logs import logger
from campaigns.store.webhooks import WebhookStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

queues = fan_out_queues()
fan_out = FanOut(WebhookStore(table()), queues)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """Answers which messages failed; SQS delivers only those again."""
    return all_at_once(event["Records"], follow)


def follow(record: dict[str, Any]) -> None:
    """Order the deliveries of one event, or the next attempt at one."""
    message_id, receives = record["messageId"], int(record["attributes"]["ApproximateReceiveCount"])
    with given_up_in_the_end(message_id, receives, partial(queues.give_up, record["body"]), "not fanned out"):
        logger.info("fanned out", orders=fan_out.follow(record["body"]), messageId=message_id)
