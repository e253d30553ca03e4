"""What ``sync_catalogue`` sends to queues: the rest of a long job, and what can't be handled, with its reason."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

CONTINUE_AFTER = "continueAfter"
REASON = "reason"
_LONGEST_REASON = 1000


class CatalogueQueues:
    """The queue of announcements and its dead-letter queue."""

    def __init__(self, client: "SQSClient", queue_url: str, dead_letter_queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def continue_later(self, body: str, after: str) -> None:
        """Go on with the announcement in ``body`` from the campaign after ``after``, in another invocation."""
        self._send(self._queue_url, body, CONTINUE_AFTER, after)

    def give_up(self, body: str, reason: str) -> None:
        """Keep what can't be handled, as it came, with the reason in a message attribute."""
        printable = "".join(character if character.isprintable() else "?" for character in reason)  # SQS insists
        self._send(self._dead_letter_queue_url, body, REASON, printable[:_LONGEST_REASON])

    def _send(self, queue_url: str, body: str, attribute: str, value: str) -> None:
        self._client.send_message(
            QueueUrl=queue_url,
            MessageBody=body,
            MessageAttributes={attribute: {"DataType": "String", "StringValue": value}},
        )
