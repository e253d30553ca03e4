"""Delivers events to webhooks: a batch at once, since it is the receivers that take their time."""

from functools import partial
from typing import TYPE_CHECKING, Any

from campaigns.events.batches import all_at_once
from campaigns.events.delivering import Deliverer
from campaigns.events.fanning_out import read_order
from campaigns.events.queues import given_up_in_the_end
from campaigns.runtime.bootstrap import delivery_queues, sealer, sender, table
from campaigns.runtime.deadline import answer_within
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.deliveries import DeliveryStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_SECONDS = 50.0
"""What is left of an invocation when the database's time is up: for a secret, a receiver and a queue at their worst."""

queues = delivery_queues()
deliverer = Deliverer(DeliveryStore(table()), queues, sealer(), sender())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answers which messages failed; SQS delivers only those again."""
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    return all_at_once(event["Records"], partial(deliver, seconds=seconds))


def deliver(record: dict[str, Any], seconds: float) -> None:
    """One attempt at one delivery."""
    body, receives = record["body"], int(record["attributes"]["ApproximateReceiveCount"])
    with given_up_in_the_end(record["messageId"], receives, partial(queues.give_up, body), "not delivered"):
        order = read_order(body)
        with working_for(order.tenant_id), answer_within(seconds):
            deliverer.deliver(order)
