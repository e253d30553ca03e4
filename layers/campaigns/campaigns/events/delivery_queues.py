"""Where deliveries wait: in the queue for up to a quarter of an hour, with EventBridge Scheduler for longer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from campaigns.domain.deliveries import Order
from campaigns.domain.errors import Unavailable
from campaigns.domain.identifiers import Clock, utc_now
from campaigns.events.queues import REASON, Scheduled, send, told

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

LONGEST_DELAY: Final = 900
"""Seconds that SQS holds a message back for."""


TRIES: Final = 3
"""How often a queue is given what it did not take. botocore does not repeat what is answered, if only in part."""


class DeliveryQueues:
    """The queue of deliveries, that of what may hold up others, their dead-letter queue, and what waits longer."""

    def __init__(
        self,
        client: "SQSClient",
        queue_url: str,
        apart_url: str,
        dead_letter_queue_url: str,
        retries: Scheduled | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """``retries`` goes through the queue that is fanned out: the scheduler has no word for a message's group."""
        self._client = client
        self._queue_url = queue_url
        self._apart_url = apart_url
        self._dead_letter_queue_url = dead_letter_queue_url
        self._retries = retries
        self._clock = clock

    def put(self, orders: Sequence[Order]) -> None:
        """Deliver now: at most ten, each in the group of its webhook, so that none waits for another's receiver.

        Raises:
            Unavailable: not all were taken. Those that were are taken again when this is repeated.
        """
        for queue_url, apart in ((self._queue_url, False), (self._apart_url, True)):
            left: Any = {
                str(number): {"Id": str(number), "MessageBody": order.to_json(), "MessageGroupId": order.webhook_id}
                for number, order in enumerate(orders)
                if order.apart is apart
            }
            for _ in range(TRIES):
                if left:
                    answer = self._client.send_message_batch(QueueUrl=queue_url, Entries=list(left.values()))
                    left = {each["Id"]: left[each["Id"]] for each in answer.get("Failed", ())}
            if left:
                raise Unavailable("The queue did not take all of it; try again.")

    def again(self, order: Order, seconds: int) -> None:
        """Deliver after so long."""
        if seconds <= LONGEST_DELAY or self._retries is None:
            self._client.send_message(
                QueueUrl=self._apart_url,
                MessageBody=order.to_json(),
                MessageGroupId=order.webhook_id,
                DelaySeconds=min(seconds, LONGEST_DELAY),
            )
        else:
            moment = self._clock() + timedelta(seconds=seconds)
            self._retries.put(f"{order.delivery_id}-{order.attempt}", moment, order.to_json())

    def give_up(self, body: str, reason: str) -> None:
        """Keep what can't be handled, as it came, with the reason in a message attribute."""
        send(self._client, self._dead_letter_queue_url, body, {REASON: told(reason)})
