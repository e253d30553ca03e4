"""Where deliveries wait: in the queue for up to a quarter of an hour, with EventBridge Scheduler for longer."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

from campaigns.domain.deliveries import Order
from campaigns.domain.identifiers import Clock, utc_now
from campaigns.events.queues import REASON, send, told

if TYPE_CHECKING:
    from types_boto3_scheduler.client import EventBridgeSchedulerClient
    from types_boto3_sqs.client import SQSClient

LONGEST_DELAY: Final = 900
"""Seconds that SQS holds a message back for."""


class NotQueued(Exception):
    """The queue refused orders."""


class Retries:
    """One schedule for each attempt that is hours away. Each goes when it is over."""

    def __init__(
        self,
        client: "EventBridgeSchedulerClient",
        *,
        group: str,
        queue_arn: str,
        role_arn: str,
        clock: Clock = utc_now,
    ) -> None:
        """``queue_arn`` is that of the queue that is fanned out: the scheduler has no word for a message's group."""
        self._client = client
        self._group = group
        self._queue_arn = queue_arn
        self._role_arn = role_arn
        self._clock = clock

    def after(self, order: Order, seconds: int) -> None:
        """Give the order to the queue after so long. The same attempt has one schedule, whoever asks for it."""
        moment = (self._clock() + timedelta(seconds=seconds)).astimezone(UTC)
        try:
            self._client.create_schedule(
                Name=f"{order.delivery_id}-{order.attempt}",
                GroupName=self._group,
                ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": self._queue_arn,
                    "RoleArn": self._role_arn,
                    "Input": order.to_json(),
                },
            )
        except self._client.exceptions.ConflictException:
            return


class DeliveryQueues:
    """The queue of deliveries, that of what may hold up others, their dead-letter queue, and what waits longer."""

    def __init__(
        self,
        client: "SQSClient",
        queue_url: str,
        apart_url: str,
        dead_letter_queue_url: str,
        retries: Retries | None = None,
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._apart_url = apart_url
        self._dead_letter_queue_url = dead_letter_queue_url
        self._retries = retries

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
            self._retries.after(order, seconds)

    def give_up(self, body: str, reason: str) -> None:
        """Keep what can't be handled, as it came, with the reason in a message attribute."""
        send(self._client, self._dead_letter_queue_url, body, {REASON: told(reason)})
