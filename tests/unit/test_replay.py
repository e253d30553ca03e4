"""What replaying reads of a stream: all that a dead letter stands for, or nothing is taken for done."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operations import replay
from operations.replay import NotReplayedError, stream_records

STREAM = "arn:aws:dynamodb:eu-west-1:000000000000:table/campaigns/stream/2025-09-15T10:00:00.000"
BATCH = {
    "streamArn": STREAM,
    "shardId": "shardId-00000001757930400000-abcdef01",
    "startSequenceNumber": "100000000000000000101",
    "endSequenceNumber": "100000000000000000102",
}


def record(number: int) -> dict[str, Any]:
    change = {
        "SequenceNumber": f"100000000000000000{number}",
        "ApproximateCreationDateTime": datetime(2025, 9, 15, tzinfo=UTC),
        "NewImage": {"status": {"S": "draft"}},
    }
    return {"eventName": "INSERT", "dynamodb": change}


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("dynamodbstreams", region_name="eu-west-1")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    with Stubber(client) as stubber:
        stubber.add_response("get_shard_iterator", {"ShardIterator": "first-iterator"})
        yield stubber


def test_an_empty_page_is_not_the_end(streams: Stubber) -> None:
    streams.add_response("get_records", {"Records": [], "NextShardIterator": "second-iterator"})
    streams.add_response("get_records", {"Records": [record(101)], "NextShardIterator": "third-iterator"})
    streams.add_response("get_records", {"Records": [record(102), record(103)], "NextShardIterator": "fourth-iterator"})
    numbers = [each["dynamodb"]["SequenceNumber"][-3:] for each in stream_records(BATCH)]
    assert numbers == ["101", "102"]


def test_records_that_the_stream_does_not_show_are_not_taken_for_done(streams: Stubber) -> None:
    streams.add_response("get_records", {"Records": [record(101)]})
    with pytest.raises(NotReplayedError, match="does not show all"):
        stream_records(BATCH)


def test_a_record_that_the_function_kept_is_handed_to_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, and without a look at the stream, which forgets it after a day."""
    client = boto3.client("lambda", region_name="eu-west-1")
    monkeypatch.setattr(boto3, "client", lambda name: {"lambda": client}[name])
    invoked: list[Any] = []

    def invoke(FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        invoked.append(json.loads(Payload))
        return {"Payload": io_of({"batchItemFailures": []})}

    monkeypatch.setattr(client, "invoke", invoke)
    body = {"Records": [record_as_json(101)]}
    for deletions_only in (True, False):
        replay.invoke_again("function", json.dumps(body), deletions_only=deletions_only)
    assert invoked == [body, body]


def test_a_function_is_given_no_more_than_it_can_take(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("lambda", region_name="eu-west-1")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    monkeypatch.setattr(replay, "stream_records", lambda _: [record_as_json(number) for number in range(101, 113)])
    invoked: list[int] = []

    def invoke(FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        invoked.append(len(json.loads(Payload)["Records"]))
        return {"Payload": io_of({"batchItemFailures": []})}

    monkeypatch.setattr(client, "invoke", invoke)
    replay.invoke_again("function", json.dumps({"DDBStreamBatchInfo": BATCH}), deletions_only=False)
    assert invoked == [5, 5, 2]


def record_as_json(number: int) -> dict[str, Any]:
    made = record(number)
    return {**made, "dynamodb": {**made["dynamodb"], "ApproximateCreationDateTime": 1}}


def io_of(answer: Any) -> Any:

    return io.BytesIO(json.dumps(answer).encode())


def test_an_announcement_goes_back_from_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("sqs", region_name="eu-west-1")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    sent: list[Any] = []
    monkeypatch.setattr(client, "send_message", lambda **message: sent.append(message))
    for name in ("continueAfter", "onlyCampaign"):
        told: Any = {each: {"DataType": "String", "StringValue": "cmp_1"} for each in (name, "reason")}
        replay.put_back("queue", {"Body": "announcement", "MessageAttributes": told})
        assert sent.pop()["MessageAttributes"] == {name: {"DataType": "String", "StringValue": "cmp_1"}}
