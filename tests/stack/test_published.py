"""A subscriber on the bus hears of everything that happens to campaigns, in order; dead letters can be put back."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from operations.deployed import physical_id
from operations.replay import replay
from support.stack import PATIENCE, STACK, Subscriber, Tenant, eventually


@pytest.fixture
def subscriber(stack: dict[str, str], tenant: Tenant) -> Iterator[Subscriber]:
    subscriber = Subscriber(stack, tenant.id)
    yield subscriber
    subscriber.close()


def test_a_subscriber_hears_the_life_of_a_campaign(tenant: Tenant, subscriber: Subscriber) -> None:
    tenant.announce("sequence.created", "told", "First name")
    campaign = tenant.create("Launch")
    path = f"/api/campaigns/{campaign['id']}"

    def added() -> None:
        assert tenant.request("POST", f"{path}/sequences/told").status_code == 200

    def renamed() -> None:
        assert tenant.request("GET", path).json()["sequences"][0]["name"] == "Second name"

    eventually(added)
    tenant.request("PATCH", path, json={"status": "active"})
    tenant.request("PATCH", path, json={"status": "active"})  # no change, no event
    tenant.request("POST", f"{path}/templates/launch-announcement")
    tenant.announce("sequence.updated", "told", "Second name")
    eventually(renamed)
    tenant.request("DELETE", f"{path}/sequences/told")
    tenant.request("DELETE", f"{path}/templates/launch-announcement")
    last = tenant.request("GET", path).json()
    tenant.request("DELETE", path)

    expected = [
        "campaign.created",
        "campaign.sequence_added",
        "campaign.updated",
        "campaign.template_added",
        "campaign.updated",
        "campaign.sequence_removed",
        "campaign.template_removed",
        "campaign.deleted",
    ]

    def complete() -> list[dict[str, Any]]:
        heard = [each for each in subscriber.listen() if each["detail"]["campaign"]["id"] == campaign["id"]]
        assert [event["detail-type"] for event in heard] == expected
        return heard

    heard = eventually(complete, seconds=15)
    assert [event for event in subscriber.heard if event in heard] == heard  # they came in the order that they claim
    assert {event["source"] for event in heard} == {"kraiter.campaigns"}
    assert heard[0]["detail"]["campaign"] == campaign
    assert heard[-1]["detail"]["campaign"] == last
    assert heard[4]["detail"]["changes"] == [
        {
            "field": "sequence",
            "from": {"id": "told", "name": "First name"},
            "to": {"id": "told", "name": "Second name"},
        }
    ]
    time.sleep(1)
    assert len([each for each in subscriber.listen() if each["detail"]["campaign"]["id"] == campaign["id"]]) == 8


PATTERN = re.compile(
    r"^(\w+):\n  Type: AWS::Events::Rule\n.*?^    EventPattern:\n(.*?)^    Targets:", re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("page", ["events.md", "guides/react.md"])
def test_the_documents_pattern_of_activations_matches_them_alone(stack: dict[str, str], page: str) -> None:
    ((_, text),) = PATTERN.findall(Path("docs", page).read_text())
    pattern = json.dumps(yaml.safe_load(text))

    def matches(field: str, status: str) -> bool:
        changes = [{"field": field, "from": "x", "to": status}, {"field": "name", "from": "a", "to": "b"}]
        event = {
            "id": "1",
            "account": "1",
            "source": "kraiter.campaigns",
            "time": "2025-09-15T10:00:30Z",
            "region": "eu-west-1",
            "resources": [],
            "detail-type": "campaign.updated",
            "detail": {"campaign": {"status": status}, "changes": changes},
        }
        return boto3.client("events").test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]

    assert matches("status", "active")
    assert not matches("description", "active")
    assert not matches("status", "completed")


def test_a_malformed_announcement_is_kept_and_replayed(tenant: Tenant, stack: dict[str, str]) -> None:
    sqs, dead_letters = boto3.client("sqs"), physical_id(STACK, "CatalogueDeadLetterQueue")
    tenant.announce("sequence.created", "a/b", "Can't be")
    tenant.announce("sequence.created", "fine", "Fine")

    def kept() -> dict[str, Any]:
        answer = sqs.receive_message(
            QueueUrl=dead_letters, MessageAttributeNames=["All"], VisibilityTimeout=0, MaxNumberOfMessages=10
        )
        mine = [each for each in answer.get("Messages", []) if tenant.id in each["Body"]]
        assert len(mine) == 1
        return dict(mine[0])

    message = eventually(kept)
    reason = message["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "detail.id must be 1-128 characters, no control characters, no '/'"
    path = f"/api/campaigns/{tenant.create()['id']}"

    def added() -> None:
        assert tenant.request("POST", f"{path}/sequences/fine").status_code == 200

    eventually(added)
    replayed, stayed = replay(STACK, "catalogue")
    assert (replayed >= 1, stayed) == (True, 0)
    again = eventually(kept)
    assert again["MessageId"] != message["MessageId"]
    assert again["Body"] == message["Body"]


def poison_is_kept_aside(tenant: Tenant, subscriber: Subscriber, stack: dict[str, str]) -> None:
    """An item that no release can read, as only a mistake writes one, and its deletion hold up nothing behind them."""
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    key = {"PK": {"S": f"TENANT#{tenant.id}"}, "SK": {"S": "CAMPAIGN#poisoned"}}
    dynamodb.put_item(TableName=stack["CAMPAIGNS_TABLE"], Item=key | {"status": {"S": "draft"}})
    dynamodb.delete_item(TableName=stack["CAMPAIGNS_TABLE"], Key=key)
    campaign = tenant.create("Behind the poison")

    def heard() -> None:
        assert [each["detail"]["campaign"]["id"] for each in subscriber.listen()] == [campaign["id"]]

    def kept(queue: str) -> dict[str, str]:
        answer = sqs.receive_message(
            QueueUrl=physical_id(STACK, queue),
            MessageAttributeNames=["All"],
            VisibilityTimeout=0,
            MaxNumberOfMessages=10,
        )
        found = {}
        for message in answer.get("Messages", []):
            (record,) = json.loads(message["Body"])["Records"]
            if record["dynamodb"]["Keys"] == key:
                found[record["eventName"]] = message["MessageAttributes"]["reason"]["StringValue"]
        return found

    def all_kept() -> None:
        unreadable = "unreadable: KeyError: 'id'"
        assert kept("EventsDeadLetterQueue") == {"INSERT": unreadable, "REMOVE": unreadable}
        assert kept("MembershipsDeadLetterQueue") == {"REMOVE": unreadable}

    eventually(heard, seconds=10)
    eventually(all_kept, seconds=10)
    # Handed to the function again, they are kept again.
    assert replay(STACK, "events") == (2, 0)
    assert replay(STACK, "memberships") == (1, 0)
    eventually(all_kept, seconds=10)
    for queue in ("EventsDeadLetterQueue", "MembershipsDeadLetterQueue"):
        sqs.purge_queue(QueueUrl=physical_id(STACK, queue))


def test_stream_records_are_replayed(
    tenant: Tenant, subscriber: Subscriber, stack: dict[str, str], new_tenant: Callable[[], Tenant]
) -> None:
    """Dead letters of functions have the record; those of Lambda say where in the stream it stands.

    The latter is said here of a real campaign, as Lambda would. One test, since both use the same queues.
    """
    poison_is_kept_aside(tenant, subscriber, stack)
    campaign = tenant.create("To be told twice")

    def heard() -> dict[str, Any]:
        mine = [each for each in subscriber.listen() if each["detail"]["campaign"]["id"] == campaign["id"]]
        assert len(mine) == 1
        return mine[0]

    event = eventually(heard, seconds=10)
    streams = boto3.client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=stack["CAMPAIGNS_TABLE"])["Streams"]
    found = None
    for shard in streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]:
        iterator: str | None = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        empty = 0
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                if campaign["id"] in record["dynamodb"]["Keys"]["SK"]["S"]:
                    found = shard["ShardId"], record["dynamodb"]["SequenceNumber"]
            # A shard that is open never says that this is all; the emulator has no empty pages before the last.
            empty = 0 if page["Records"] else empty + 1
            iterator = page.get("NextShardIterator") if not found and empty < PATIENCE else None
    assert found
    position = {
        "shardId": found[0],
        "startSequenceNumber": found[1],
        "endSequenceNumber": found[1],
        "batchSize": 1,
        "streamArn": stream["StreamArn"],
    }
    sqs = boto3.client("sqs")
    sqs.send_message(
        QueueUrl=physical_id(STACK, "EventsDeadLetterQueue"),
        MessageBody=json.dumps({"version": "1.0", "DDBStreamBatchInfo": position}),
    )
    subscriber.heard.clear()
    assert replay(STACK, "events") == (1, 0)
    assert eventually(heard, seconds=10)["detail"] == event["detail"]
    assert replay(STACK, "events") == (0, 0)
