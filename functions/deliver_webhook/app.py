"""Delivers events to webhooks: a batch at once, since it is the receivers that take their time."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

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

BATCH = 10
"""As many messages as the queue hands over at once."""
RESERVE_SECONDS = 50.0
"""What is left of an invocation when the database's time is up: for a secret, a receiver and a queue at their worst."""

queues = delivery_queues()
deliverer = Deliverer(DeliveryStore(table()), queues, sealer(), sender())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answers which messages failed; SQS delivers only those again."""
    records = event["Records"]
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    with ThreadPoolExecutor(BATCH) as threads:
        done = list(threads.map(lambda record: deliver(record, seconds), records))
    failed = [record["messageId"] for record, well in zip(records, done, strict=True) if not well]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def deliver(record: dict[str, Any], seconds: float) -> bool:
    """One attempt at one delivery; whether the message needs to come again."""
    body, receives = record["body"], int(record["attributes"]["ApproximateReceiveCount"])
    try:
        with given_up_in_the_end(record["messageId"], receives, partial(queues.give_up, body), "not delivered"):
            order = read_order(body)
            with working_for(order.tenant_id), answer_within(seconds):
                deliverer.deliver(order)
    except Exception:  # It is in the log.
        return False
    return True
