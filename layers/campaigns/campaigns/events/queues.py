"""What the consumers send to queues: the rest of a long job, and what can't be handled, with its reason."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

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
