"""What the one table does with answers that no emulator gives."""

import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.domain.campaign import Kind
from campaigns.domain.inputs import NewCampaign
from campaigns.runtime.work import current_tenant, working_for
from campaigns.store import keys
from campaigns.store.creation import CreationStore
from campaigns.store.table import PartitionFull, Table, WrongTenant
from support.clock import Stopwatch
from support.functions import FUNCTIONS, load
from support.http import call, event
from support.memory import MemoryDynamoDB


def creating(monkeypatch: pytest.MonkeyPatch, answer: Any) -> CreationStore:
    """A store whose transactions get this answer, or this error."""

    def answered(_: MemoryDynamoDB, **request: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        assert request["ReturnItemCollectionMetrics"] == "SIZE"
        return answer

    monkeypatch.setattr(MemoryDynamoDB, "transact_write_items", answered)
    client: Any = MemoryDynamoDB()
    return CreationStore(Table(client, "table"))


@pytest.mark.parametrize(("size", "warned"), [([0.0, 1.0], False), ([7.0, 8.0], False), ([8.0, 9.0], True)])
def test_a_partition_that_fills_up_leaves_a_line(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO, size: list[float], warned: bool
) -> None:
    metrics = {"ItemCollectionKey": {"PK": {"S": "TENANT#acme"}}, "SizeEstimateRangeGB": size}
    creating(monkeypatch, {"ItemCollectionMetrics": {"table": [metrics]}}).create("acme", NewCampaign(name="N"))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["message"], line["partition"]) for line in lines] == [
        ("partition nearly full", "TENANT#acme")
    ] * warned


@pytest.mark.parametrize("alone", [True, False])
def test_a_full_partition_is_the_clients_to_empty(monkeypatch: pytest.MonkeyPatch, alone: bool) -> None:
    code = "ItemCollectionSizeLimitExceeded"
    answer: Any = {
        "Error": {"Code": f"{code}Exception" if alone else "TransactionCanceledException", "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "CancellationReasons": [{"Code": code}],
    }
    store = creating(monkeypatch, ClientError(answer, "TransactWriteItems"))
    with pytest.raises(PartitionFull, match="10 GB"):
        store.create("acme", NewCampaign(name="N"))


OWN, OTHERS = keys.campaign("acme", "cmp_1"), keys.campaign("acme2", "cmp_1")
MEMBERSHIP = keys.membership("acme", Kind.SEQUENCE, "x", "cmp_1")


def asked(*named: keys.Key) -> list[Callable[[Table], Any]]:
    """Every kind of operation that a table can do, about these keys."""
    *_, last = named
    values = {":t": last["PK"]}
    return [
        lambda table: table.get(last),
        lambda table: table.get_all([named[0], last]),
        lambda table: table.delete_all(named),
        lambda table: table.put_all([dict(each) for each in named]),
        lambda table: list(table.query(KeyConditionExpression="PK = :t", ExpressionAttributeValues=values)),
        lambda table: list(
            table.query(
                KeyConditionExpression="PK = :t AND begins_with(SK, :t)",
                ExpressionAttributeValues={":t": named[0]["PK"]},
                ExclusiveStartKey=last,
            )
        ),
        lambda table: table.send("put_item", Item=last),
        lambda table: table.send("update_item", Key=last),
        lambda table: table.send("delete_item", Key=last),
        *(
            partial(Table.transact, operations=[{"Delete": {"Key": named[0]}}, {verb: {name: last}}])
            for verb, name in (("Put", "Item"), ("Update", "Key"), ("Delete", "Key"), ("ConditionCheck", "Key"))
        ),
    ]


class Anything:
    """A database that takes whatever it is asked, and remembers how often."""

    def __init__(self) -> None:
        self.meta = MemoryDynamoDB().meta
        self.asked = 0

    def __getattr__(self, _: str) -> Any:
        def answer(**_: Any) -> dict[str, Any]:
            self.asked += 1
            return {"Items": [], "Responses": {}}

        return answer


@pytest.mark.parametrize("number", range(len(asked(OWN))))
@pytest.mark.parametrize(
    "others",
    [
        OTHERS,
        keys.campaign("acm", "cmp_1"),
        keys.membership("acme2", Kind.SEQUENCE, "x", "cmp_1"),
        keys.api_key("0" * 64),
    ],
    ids=str,
)
def test_a_key_of_another_tenant_is_never_sent(others: keys.Key, number: int) -> None:
    client: Any = Anything()
    table = Table(client, "table", current_tenant)
    with working_for("acme"):
        for own in (OWN, MEMBERSHIP):
            asked(own)[number](table)
        sent = client.asked
        assert sent == 2
        with pytest.raises(WrongTenant):
            asked(OWN, others)[number](table)
    with pytest.raises(WrongTenant):
        asked(OWN)[number](table)  # for nobody
    assert client.asked == sent


def test_what_can_not_be_read_is_never_sent() -> None:
    client: Any = Anything()
    table = Table(client, "table", current_tenant)
    with working_for("acme"):
        for request in ({}, {"KeyConditionExpression": "SK = :t", "ExpressionAttributeValues": {":t": OWN["PK"]}}):
            with pytest.raises(WrongTenant):
                table.send("query", **request)
    assert client.asked == 0


def test_only_who_looks_after_all_tenants_may_ask_for_any_key() -> None:
    for_all = {path.parent.name for path in FUNCTIONS.glob("*/app.py") if "table_of_all_tenants" in path.read_text()}
    assert for_all == {"authorize", "manage_api_keys", "publish_events"}


def test_an_endpoint_that_takes_a_wrong_key_is_a_fault_of_ours(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    made = CreationStore(table).create("other", NewCampaign(name="N"))
    get = load("get_campaign")
    path = {"id": made.id}
    assert call(get, event(path=path, tenant="other")).status == 200
    monkeypatch.setattr(keys, "campaign", lambda _, id_: OTHERS | {"PK": {"S": "TENANT#other"}, "SK": {"S": id_}})
    assert call(get, event(path=path)).status == 500


def test_the_answered_line_says_what_the_database_took(
    table: Table, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetItem")
    watch = Stopwatch()
    get_item = table.client.get_item
    answers = [busy, busy, None]

    def answered(**request: Any) -> Any:
        watch.pause(0.04)
        if error := answers.pop(0):
            raise error
        return get_item(**request)

    monkeypatch.setattr(table.client, "get_item", answered)
    made = CreationStore(table).create("acme", NewCampaign(name="N"))
    function = load("get_campaign")
    with watch.running():
        assert call(function, event(path={"id": made.id})).status == 200
        assert call(function, event(path={"id": "cmp_none"})).status == 404
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["databaseAttempts"], line["databaseMilliseconds"]) for line in lines] == [(3, 120), (0, 0)]
