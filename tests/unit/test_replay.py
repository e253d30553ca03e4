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
from tools.template import resources

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
    replay.invoke_again("function", json.dumps(body))
    assert invoked == [body]


def test_a_function_is_given_no_more_than_it_can_take(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("lambda", region_name="eu-west-1")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    monkeypatch.setattr(replay, "given", lambda *_: [record_as_json(number) for number in range(101, 113)])
    invoked: list[int] = []

    def invoke(FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        invoked.append(len(json.loads(Payload)["Records"]))
        return {"Payload": io_of({"batchItemFailures": []})}

    monkeypatch.setattr(client, "invoke", invoke)
    replay.invoke_again("function", json.dumps({"DDBStreamBatchInfo": BATCH}))
    assert invoked == [5, 5, 2]


OF = {  # what may stand in a batch, by the functions that are given it
    "a change": ("MODIFY", {"status": {"S": "draft"}}, {"PublishEvents"}),
    "a deletion": ("REMOVE", {"status": {"S": "draft"}}, {"PublishEvents", "KeepMemberships"}),
    "an addition's membership": ("INSERT", {"entry": {"S": "stamp"}}, {"KeepMemberships"}),
    "the end of a large clone": ("REMOVE", {"disturbances": {"N": "0"}}, {"KeepMemberships"}),
    "a new name in the catalogue": ("MODIFY", {"asOf": {"N": "1"}}, {"PublishEvents"}),
    "a webhook that is disabled": ("MODIFY", {"disabledReason": {"S": "gone"}}, {"PublishEvents"}),
    "a delivery": ("INSERT", {"deliveryStatus": {"S": "pending"}}, set()),
}


@pytest.mark.parametrize("name", ["PublishEvents", "KeepMemberships"])
def test_all_that_a_function_is_given_is_replayed_and_nothing_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the filters of its event source, as it is deployed: on its alias."""
    (source,) = resources("AWS::Serverless::Function")[f"{name}Function"]["Events"].values()
    records = [
        {"eventName": kind, "of": of, "dynamodb": {"OldImage" if kind == "REMOVE" else "NewImage": image}}
        for of, (kind, image, _) in OF.items()
    ]
    monkeypatch.setattr(replay, "stream_records", lambda _: records)
    client = boto3.client("lambda", region_name="eu-west-1")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    arn = "arn:aws:lambda:eu-west-1:000000000000:function"
    others: Any = {"FunctionArn": f"{arn}:another:live", "FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}
    own: Any = {"FunctionArn": f"{arn}:function-1:live", "FilterCriteria": source["Properties"]["FilterCriteria"]}
    with Stubber(client) as stubber:
        asked = {"EventSourceArn": STREAM}
        stubber.add_response("list_event_source_mappings", {"EventSourceMappings": [others, own]}, asked)
        found = {each["of"] for each in replay.given("function-1", BATCH)}
        assert found == {of for of, (_, _, functions) in OF.items() if name in functions}
        stubber.add_response("list_event_source_mappings", {"EventSourceMappings": [others]}, asked)
        with pytest.raises(NotReplayedError, match="event source is gone"):
            replay.given("function-1", BATCH)


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
