"""Where deliveries wait: in the queue for up to a quarter of an hour, with EventBridge Scheduler for longer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from campaigns.domain.deliveries import Order
from campaigns.domain.identifiers import Clock, utc_now
from campaigns.events.queues import REASON, Scheduled, send, told

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

LONGEST_DELAY: Final = 900
"""Seconds that SQS holds a message back for."""


class NotQueued(Exception):
    """The queue refused orders."""


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
            NotQueued: not all were taken. Those that were are taken again when this is repeated.
        """
        for queue_url, apart in ((self._queue_url, False), (self._apart_url, True)):
            entries: Any = [
                {"Id": str(number), "MessageBody": order.to_json(), "MessageGroupId": order.webhook_id}
                for number, order in enumerate(orders)
                if order.apart is apart
            ]
            answer: Any = self._client.send_message_batch(QueueUrl=queue_url, Entries=entries) if entries else {}
            if failed := answer.get("Failed"):
                raise NotQueued(", ".join(each["Code"] for each in failed))

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
