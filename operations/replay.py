"""Puts back what is in a dead-letter queue: ``python -m operations.replay STACK QUEUE``, one of ``QUEUES``.

A message leaves its dead-letter queue only after what it stands for has been accepted. Safe to repeat.
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import batched
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.deployed import physical_id

if TYPE_CHECKING:
    from types_boto3_sqs.type_defs import MessageAttributeValueTypeDef, MessageTypeDef

# The dead-letter queue, and the queue or function that its messages are for, by their names in the template.
QUEUES = {
    "catalogue": ("CatalogueDeadLetterQueue", "CatalogueQueue"),
    "events": ("EventsDeadLetterQueue", "PublishEventsFunction"),
    "schedules": ("SchedulesDeadLetterQueue", "SchedulesQueue"),
    "webhooks": ("WebhooksDeadLetterQueue", "WebhookEventsQueue"),
    "memberships": ("MembershipsDeadLetterQueue", "KeepMembershipsFunction"),
}


READ_SECONDS = 60
"""How long the records of one message may be looked for in the stream."""


class NotReplayedError(Exception):
    """A message could not be replayed, and stays."""


def main() -> None:
    """Replay one queue, and say how it went."""
    match sys.argv[1:]:
        case [stack, queue] if queue in QUEUES:
            pass
        case _:
            sys.exit("replay: which queue? make replay QUEUE=catalogue (or schedules, events, memberships, webhooks)")
    try:
        replayed, kept = replay(stack, queue)
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"replay: {error}")
    print(f"{replayed} replayed, {kept} kept")
    sys.exit(1 if kept else 0)


def replay(stack: str, queue: str) -> tuple[int, int]:
    """Replay the messages that are in a dead-letter queue now: how many were, and how many stay."""
    sqs = boto3.client("sqs")
    dead_letters, target = (physical_id(stack, logical_id) for logical_id in QUEUES[queue])
    replayed = kept = 0
    for message in messages(dead_letters):
        try:
            if QUEUES[queue][1].endswith("Queue"):
                put_back(target, message)
            else:
                invoke_again(target, message["Body"])
        except (NotReplayedError, ClientError) as error:
            kept += 1
            print(f"kept {message['MessageId']}: {error}", file=sys.stderr)
        else:
            replayed += 1
            sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
    return replayed, kept


def messages(queue_url: str) -> Iterator["MessageTypeDef"]:
    """Each message that is in a queue now, once: what is kept stays invisible until this is over.

    What arrives meanwhile may be what was just put back, and failed again; it is left for another time.
    """
    sqs = boto3.client("sqs")
    now = time.time() * 1000
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
            VisibilityTimeout=300,
            WaitTimeSeconds=1,
        )
        received = answer.get("Messages", [])
        # What is kept shows again when its time is over; that ends the run.
        old = [
            each
            for each in received
            if int(each["Attributes"]["SentTimestamp"]) < now and each["MessageId"] not in seen
        ]
        seen.update(each["MessageId"] for each in old)
        for message in received:
            if message not in old:
                sqs.change_message_visibility(
                    QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )
        if not old:
            return
        yield from old


def put_back(queue_url: str, message: "MessageTypeDef") -> None:
    """Send a message to its queue again; an announcement for what is left of it."""
    attributes: dict[str, MessageAttributeValueTypeDef] = {
        name: {"DataType": "String", "StringValue": attribute["StringValue"]}
        for name, attribute in message.get("MessageAttributes", {}).items()
        if name in {"continueAfter", "onlyCampaign"}
    }
    boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody=message["Body"], MessageAttributes=attributes)


def invoke_again(function: str, body: str) -> None:
    """Hand a function the stream records that a message stands for.

    A message of the function's own has its record; Lambda's say where in the stream the records stand, among others.
    """
    message = json.loads(body)
    records = message.get("Records") or list(given(function, message["DDBStreamBatchInfo"]))
    # Two images of at most 400 KB each: five records stay below the 6 MB that an invocation takes.
    for some in batched(records, 5, strict=False):
        answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": some}))
        result = json.load(answer["Payload"])
        if "FunctionError" in answer or result["batchItemFailures"]:
            raise NotReplayedError(f"the function fails still, see its log: {result}")


def given(function: str, batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records of a batch that Lambda gives to a function: those that fit a filter of its event source."""
    sources = boto3.client("lambda").list_event_source_mappings(EventSourceArn=batch["streamArn"])
    patterns = [
        json.loads(each["Pattern"])
        for source in sources["EventSourceMappings"]
        if function in source["FunctionArn"].split(":")
        for each in source["FilterCriteria"]["Filters"]
    ]
    if not patterns:
        raise NotReplayedError(f"nothing says which records {function} is given: its event source is gone")
    return (record for record in stream_records(batch) if any(fits(pattern, record) for pattern in patterns))


def fits(pattern: Any, value: Any) -> bool:
    """Whether a filter lets a value pass, by Lambda's rules as far as the template uses them.

    All fields, any of the values.
    """
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(fits(each, value.get(name)) for name, each in pattern.items())
    return any(value is not None if each == {"exists": True} else value == each for each in pattern)


def stream_records(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a batch, read from the stream again, as Lambda hands them to functions."""
    streams = boto3.client("dynamodbstreams")
    try:
        iterator: str | None = streams.get_shard_iterator(
            StreamArn=batch["streamArn"],
            ShardId=batch["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch["startSequenceNumber"],
        )["ShardIterator"]
    except ClientError as error:
        raise NotReplayedError(f"the stream no longer has it: {error}") from error
    last = int(batch["endSequenceNumber"])
    records: list[dict[str, Any]] = []
    end = time.monotonic() + READ_SECONDS
    while iterator and time.monotonic() < end:
        answer = streams.get_records(ShardIterator=iterator)
        for record in answer["Records"]:
            change: Any = record["dynamodb"]
            if int(change["SequenceNumber"]) > last:
                return records
            moment = change["ApproximateCreationDateTime"].timestamp()
            records.append({**record, "dynamodb": {**change, "ApproximateCreationDateTime": moment}})
            if int(change["SequenceNumber"]) == last:
                return records
        iterator = answer.get("NextShardIterator")  # A page may be empty before the last one.
    raise NotReplayedError("the stream does not show all of its records")


if __name__ == "__main__":
    main()
