"""What the consumers send to queues: the rest of a long job, what is for later, and what can't be handled, and why."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from campaigns.domain.errors import InvalidInput
from campaigns.runtime.logs import logger

if TYPE_CHECKING:
    from types_boto3_scheduler.client import EventBridgeSchedulerClient
    from types_boto3_sqs.client import SQSClient

MAX_RECEIVES = 5
"""As in the queues' redrive policies, which are left for what ends a function itself."""

CONTINUE_AFTER = "continueAfter"
ONLY_CAMPAIGN = "onlyCampaign"
REASON = "reason"
_LONGEST_REASON = 1000
_PUT_ASIDE_SECONDS = 30
"""When a campaign that failed is tried again: whoever was in its way has had time."""


class CatalogueQueues:
    """The queue of announcements and its dead-letter queue."""

    def __init__(self, client: "SQSClient", queue_url: str, dead_letter_queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def continue_later(self, body: str, after: str) -> None:
        """Go on with the announcement in ``body`` from the campaign after ``after``, in another invocation."""
        send(self._client, self._queue_url, body, {CONTINUE_AFTER: after})

    def put_aside(self, body: str, campaign_id: str) -> None:
        """Follow the announcement in this one campaign later, alone."""
        send(self._client, self._queue_url, body, {ONLY_CAMPAIGN: campaign_id}, delay=_PUT_ASIDE_SECONDS)

    def give_up(self, body: str, reason: str, only_campaign: str | None = None) -> None:
        """Keep what can't be handled, as it came, with the reason in a message attribute.

        ``only_campaign`` says that it was followed everywhere else, and that replaying is about this campaign alone.
        """
        attributes = {REASON: told(reason)} | ({ONLY_CAMPAIGN: only_campaign} if only_campaign else {})
        send(self._client, self._dead_letter_queue_url, body, attributes)


class DeadLetters:
    """The dead-letter queue of a function that reads the table's stream."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self.client = client
        self.url = url

    def keep_record(self, record: dict[str, Any], reason: str) -> None:
        """Keep a record that can never be handled, whole: the stream forgets it after 24 hours.

        The body is an event of the function, with this one record. SQS refuses more than 1 MiB, which a record with
        two images of the largest items may pass: the error is the caller's, and Lambda keeps its position in the end.
        """
        send(self.client, self.url, json.dumps({"Records": [record]}), {REASON: told(reason)})


class Scheduled:
    """Messages that EventBridge Scheduler gives to a queue, hours or years ahead. A schedule goes when it is over."""

    def __init__(self, client: "EventBridgeSchedulerClient", group: str, target: dict[str, Any]) -> None:
        self._client = client
        self._group = group
        self._target = target

    def put(self, name: str, moment: datetime, body: str) -> None:
        """Give ``body`` to the queue at a moment, to the second. A name has one schedule, whoever asks for it."""
        target: Any = {**self._target, "Input": body}
        try:
            self._client.create_schedule(
                Name=name,
                GroupName=self._group,
                ScheduleExpression=f"at({moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target=target,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise

    def drop(self, name: str) -> None:
        """Not that one, if it is still to come."""
        try:
            self._client.delete_schedule(Name=name, GroupName=self._group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise


@contextmanager
def given_up_in_the_end(message_id: str, receives: int, give_up: Callable[[str], None], failed: str) -> Iterator[None]:
    """What becomes of a message that can't be handled inside.

    What is malformed is given up at once, with the reason; what fails is raised, so that it comes again, and given up
    when it has been received ``MAX_RECEIVES`` times. ``failed`` is the log line's.
    """
    try:
        yield
    except InvalidInput as error:
        logger.warning("malformed", messageId=message_id, reason=error.message)
        give_up(error.message)
    except Exception as error:
        logger.exception(failed, messageId=message_id)
        if receives < MAX_RECEIVES:
            raise
        give_up(f"{type(error).__name__}: {error}")


def told(reason: str) -> str:
    """A reason in characters that SQS takes."""
    return "".join(character if character.isprintable() else "?" for character in reason)[:_LONGEST_REASON]


def send(client: "SQSClient", queue_url: str, body: str, attributes: dict[str, str], delay: int = 0) -> None:
    """Send a message, to be received after so many seconds."""
    client.send_message(
        QueueUrl=queue_url,
        MessageBody=body,
        DelaySeconds=delay,
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    )
