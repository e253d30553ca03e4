"""The rules of ``local/strict.py``: each is kept in front, and unknown to what is behind it.

On DynamoDB Local, but for conflicts, which need requests that take time: those are on the engine in memory.
"""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.store.table import PartitionFull, Table
from local.strict import Handle, Rules, StrictEndpoint
from support.engines import client_of, counted_calls, new_table
from support.simulation import Simulation, TakesTime
from support.stores import CampaignStore
from support.strict import StrictClient, strict_memory

PARTITION: dict[str, Any] = {
    "KeyConditionExpression": "PK = :pk",
    "ExpressionAttributeValues": {":pk": {"S": "TENANT#acme"}},
    "ConsistentRead": True,
}
ODD: dict[str, Any] = {
    **PARTITION,
    "FilterExpression": "#odd = :yes",
    "ProjectionExpression": "SK",
    "ExpressionAttributeNames": {"#odd": "odd"},
    "ExpressionAttributeValues": {":pk": {"S": "TENANT#acme"}, ":yes": {"S": "yes"}},
}


@pytest.fixture
def plain(endpoint: str) -> Table:
    """A table on DynamoDB Local, as it is."""
    return new_table(client_of(endpoint))


@pytest.fixture
def clock() -> list[float]:
    """The seconds that have passed."""
    return [0.0]


@pytest.fixture
def behind(endpoint: str, plain: Table, clock: list[float]) -> Callable[..., Table]:
    """The same table behind rules."""

    def make(**rules: Any) -> Table:
        client: Any = StrictClient(plain.client, client_of(endpoint), Rules(**rules), lambda: clock[0])
        return Table(client, plain.name)

    return make


def key(number: int) -> Any:
    return {"PK": {"S": "TENANT#acme"}, "SK": {"S": f"CAMPAIGN#{number:03}"}}


def fill(table: Table, count: int, size: int) -> None:
    """Items of one partition, every tenth of which is odd; in all indexes."""
    for number in range(count):
        indexed = {name: {"S": f"{number:03}"} for name in ("byStatus", "byUpdate", "byName")}
        item = {**key(number), **indexed, "text": {"S": "x" * size}, "odd": {"S": "yes" if number % 10 == 9 else "no"}}
        table.client.put_item(TableName=table.name, Item=item)


def pages(table: Table, **request: Any) -> list[int]:
    """How many items the pages of a query have, to the last; there is none but these."""
    counts, seen = [], set[str]()
    while True:
        answer: Any = table.client.query(TableName=table.name, **request)
        counts.append(answer["Count"])
        seen |= {item["SK"]["S"] for item in answer.get("Items", [])}
        if "LastEvaluatedKey" not in answer:
            assert len(seen) == sum(counts) or request.get("Select") == "COUNT"
            return counts
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


# ---- Conflicts


type Act = Callable[[Any, str], object]
ITEM = key(1)
SET: dict[str, Any] = {"UpdateExpression": "SET odd = :no", "ExpressionAttributeValues": {":no": {"S": "no"}}}


def _transact(client: Any, table: str, operation: str = "Update", **more: Any) -> None:
    client.transact_write_items(TransactItems=[{operation: {"TableName": table, "Key": ITEM, **more}}])


ACTS: dict[str, Act] = {
    "transaction": lambda client, table: _transact(client, table, **SET),
    "check": lambda client, table: _transact(
        client, table, "ConditionCheck", ConditionExpression="attribute_not_exists(unknown)"
    ),
    "update": lambda client, table: client.update_item(TableName=table, Key=ITEM, **SET),
    "put": lambda client, table: client.put_item(TableName=table, Item=ITEM),
    "delete": lambda client, table: client.delete_item(TableName=table, Key=ITEM),
    "get": lambda client, table: client.get_item(TableName=table, Key=ITEM),
    "query": lambda client, table: client.query(TableName=table, **PARTITION),
    "get several": lambda client, table: client.batch_get_item(RequestItems={table: {"Keys": [ITEM]}}),
    "another": lambda client, table: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": key(2)}}]
    ),
}
CANCELLED, REFUSED = "TransactionCanceledException", "TransactionConflictException"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("transaction", "transaction", CANCELLED),
        ("check", "check", CANCELLED),
        ("transaction", "check", CANCELLED),
        ("check", "transaction", CANCELLED),
        ("update", "transaction", CANCELLED),
        ("put", "check", CANCELLED),
        *[(first, second, REFUSED) for first in ("transaction", "check") for second in ("update", "put", "delete")],
        *[("update", second, "done") for second in ("update", "put", "delete")],
        *[("transaction", second, "done") for second in ("get", "query", "get several", "another")],
        ("get", "transaction", "done"),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_two_in_flight_that_name_one_item(first: str, second: str, expected: str, strict: bool) -> None:
    simulation = Simulation(seed=1)
    memory = TakesTime(simulation, call_seconds=0.01)
    table = new_table(strict_memory(Rules(), memory))
    table.client.put_item(TableName=table.name, Item=ITEM)
    memory.is_instant = False
    client: Any = table.client if strict else memory

    def outcome(act: Act) -> str:
        try:
            act(client, table.name)
        except ClientError as error:
            reasons: Any = error.response.get("CancellationReasons", [])
            assert [reason["Code"] for reason in reasons] in ([], ["TransactionConflict"])
            return error.response["Error"]["Code"]
        return "done"

    together = simulation.run([partial(outcome, ACTS[first]), partial(outcome, ACTS[second])], over=0.002)
    assert together == ["done", expected if strict else "done"]
    assert simulation.run([partial(outcome, ACTS[second])]) == ["done"]  # Nothing stays in the way.


def test_a_transaction_that_reads_is_cancelled_by_a_write_before_it_or_meanwhile(behind: Callable[..., Table]) -> None:
    table = behind()
    fill(table, 2, 10)
    strict: Any = table.client
    names = [{"Get": {"TableName": table.name, "Key": key(number)}} for number in range(2)]
    update = partial(strict.update_item, TableName=table.name, Key=key(1), **SET)
    assert len(strict.transact_get_items(TransactItems=names)["Responses"]) == 2

    asked, inside = strict._ask, list[str]()

    async def meets(operation: str, request: Any) -> Any:
        """While the one of the two that came first is in flight, the other comes."""
        found = await asked(operation, request)
        if not inside:
            inside.append(operation)
            if operation == "TransactGetItems":
                update()
            else:
                with pytest.raises(ClientError, match="None, TransactionConflict"):
                    strict.transact_get_items(TransactItems=names)
        return found

    strict._ask = meets
    update()
    inside.clear()
    with pytest.raises(ClientError, match="None, TransactionConflict"):
        strict.transact_get_items(TransactItems=names)
    assert inside == ["TransactGetItems"]


# ---- Pages


def test_a_page_ends_before_the_filter_drops_what_was_read(plain: Table, behind: Callable[..., Table]) -> None:
    fill(plain, 30, 100_000)
    assert pages(plain, **ODD) == [3]  # 3 MB in one call.
    assert pages(behind(), **ODD) == [1, 1, 1]
    assert pages(behind(), **ODD, ScanIndexForward=False, Limit=5) == [1, 0, 1, 0, 1, 0, 0]
    without_projection = {name: value for name, value in ODD.items() if name != "ProjectionExpression"}
    assert pages(behind(), **without_projection, Select="COUNT") == [1, 1, 1]
    scan: dict[str, Any] = {name: value for name, value in ODD.items() if name != "KeyConditionExpression"}
    scan["ExpressionAttributeValues"] = {":yes": {"S": "yes"}}
    assert behind().client.scan(TableName=plain.name, **scan)["Count"] == 1


def test_an_index_that_whole_items_are_fetched_for_counts_4_kb_for_each(
    plain: Table, behind: Callable[..., Table]
) -> None:
    fill(plain, 300, 10)
    fetching = {**PARTITION, "IndexName": "ByName", "Select": "ALL_ATTRIBUTES"}
    assert pages(plain, **fetching) == [300]
    assert pages(behind(), **fetching) == [256, 44]
    assert pages(behind(), **{**PARTITION, "IndexName": "ByName"}) == [300]


@pytest.mark.parametrize("query", [PARTITION, ODD, {**ODD, "Limit": 2}, {**PARTITION, "IndexName": "ByUpdate"}])
def test_pages_end_early_at_random_and_nothing_is_lost(
    plain: Table, behind: Callable[..., Table], query: dict[str, Any]
) -> None:
    fill(plain, 30, 10)
    one = pages(behind(short=0.7, seed=1), **query)
    assert sum(one) == sum(pages(plain, **query))
    assert len(one) > len(pages(plain, **query))
    assert one == pages(behind(short=0.7, seed=1), **query)
    assert one != pages(behind(short=0.7, seed=2), **query)


# ---- Batches


def test_a_part_of_a_batch_is_handed_back(plain: Table, behind: Callable[..., Table]) -> None:
    fill(plain, 10, 10)
    client = behind(short=1).client
    wanted: Any = {plain.name: {"Keys": [key(number) for number in range(10)], "ConsistentRead": True}}
    found = list[str]()
    parts = 0
    while wanted:
        answer: Any = client.batch_get_item(RequestItems=wanted)
        found += [item["SK"]["S"] for item in answer["Responses"][plain.name]]
        wanted, parts = answer["UnprocessedKeys"], parts + 1
        assert not wanted or wanted[plain.name]["ConsistentRead"]
    assert sorted(found) == [key(number)["SK"]["S"] for number in range(10)]
    assert parts > 1

    wanted = {plain.name: [{"DeleteRequest": {"Key": key(number)}} for number in range(10)]}
    left = client.batch_write_item(RequestItems=wanted)["UnprocessedItems"]
    assert 0 < len(left[plain.name]) == sum(pages(plain, **PARTITION)) < 10


def test_a_batch_answers_16_mb_at_most(plain: Table, behind: Callable[..., Table]) -> None:
    fill(plain, 4, 100_000)
    client = behind(batch_bytes=250_000).client
    answer: Any = client.batch_get_item(RequestItems={plain.name: {"Keys": [key(number) for number in range(4)]}})
    assert len(answer["Responses"][plain.name]) == len(answer["UnprocessedKeys"][plain.name]["Keys"]) == 2


def test_the_store_asks_again_for_what_a_batch_left(behind: Callable[..., Table]) -> None:
    table = behind(short=1)
    fill(table, 30, 10)
    strict: Any = table.client
    found = table.get_all(key(number) for number in range(30))
    assert [item and item["SK"] for item in found] == [f"CAMPAIGN#{number:03}" for number in range(30)]
    with counted_calls(table.client) as calls:
        table.delete_all(key(number) for number in range(30))
    assert list(table.query(**{name: PARTITION[name] for name in list(PARTITION)[:2]})) == []
    assert len(calls) > 2
    assert strict.strict.met["part of a batch"] > 2


# ---- Partitions


def partitions(client: Any, operation: str, table: str, partition: str, kilobytes: int = 1) -> str:
    """What comes of an operation on one item of a partition."""
    named = {"PK": {"S": partition}, "SK": {"S": f"CAMPAIGN#{operation}"}}
    item = {**named, "text": {"S": "x" * 1000 * kilobytes}}
    update: dict[str, Any] = {"UpdateExpression": "SET #text = :text", "ExpressionAttributeNames": {"#text": "text"}}
    requests: dict[str, dict[str, Any]] = {
        "put_item": {"TableName": table, "Item": item},
        "update_item": {
            "TableName": table,
            "Key": named,
            **update,
            "ExpressionAttributeValues": {":text": item["text"]},
        },
        "delete_item": {"TableName": table, "Key": named},
        "get_item": {"TableName": table, "Key": {**named, "SK": {"S": "CAMPAIGN#put_item"}}, "ConsistentRead": True},
        "query": {"TableName": table, **PARTITION, "ExpressionAttributeValues": {":pk": {"S": partition}}},
        "batch_get_item": {"RequestItems": {table: {"Keys": [named]}}},
        "batch_write_item": {"RequestItems": {table: [{"PutRequest": {"Item": item}}]}},
        "transact_write_items": {
            "TransactItems": [
                {"Put": {"TableName": table, "Item": item}},
                {"Delete": {"TableName": table, "Key": key(1)}},
            ]
        },
    }
    try:
        getattr(client, operation)(**requests[operation])
    except ClientError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        return ", ".join(reason["Code"] for reason in reasons) or error.response["Error"]["Code"]
    return "done"


def test_a_partition_above_its_rate_turns_requests_away(
    plain: Table, behind: Callable[..., Table], clock: list[float]
) -> None:
    attempt = partial(partitions, behind(writes_per_second=5, reads_per_second=3).client, table=plain.name)
    assert attempt("put_item", partition="hot", kilobytes=3) == "done"
    assert attempt("update_item", partition="hot", kilobytes=2) == "done"
    for write in ("put_item", "update_item", "delete_item", "batch_write_item"):
        assert attempt(write, partition="hot") == "ThrottlingException"
        assert attempt(write, partition=write) == "done"
    assert attempt("transact_write_items", partition="hot") == "ThrottlingError, None"
    assert attempt("query", partition="hot") == "done"  # Two units: what is there has 5 KB.
    assert attempt("get_item", partition="hot") == "done"
    for read in ("get_item", "query", "batch_get_item"):
        assert attempt(read, partition="hot") == "ThrottlingException"
        assert attempt(read, partition="cold") == "done"
    clock[0] += 0.5
    assert attempt("get_item", partition="hot") == "done"
    assert attempt("transact_write_items", partition="hot") == "done"  # Four units, of which there were two and a half.
    assert attempt("put_item", partition="hot") == "ThrottlingException"
    unchecked = partial(partitions, plain.client, table=plain.name, partition="hot")
    assert {unchecked("put_item", kilobytes=9) for _ in range(9)} == {"done"}


def test_a_full_partition_takes_no_more(plain: Table, behind: Callable[..., Table]) -> None:
    client = behind(partition_bytes=10_000).client
    attempt = partial(partitions, client, table=plain.name, partition="full")
    assert attempt("put_item", kilobytes=10) == "done"
    for write in ("put_item", "update_item"):
        assert attempt(write) == "ItemCollectionSizeLimitExceededException"
    assert attempt("transact_write_items") == "ItemCollectionSizeLimitExceeded, None"
    assert attempt("query") == attempt("delete_item") == "done"
    assert attempt("put_item", partition="another") == "done"
    assert partitions(plain.client, "put_item", plain.name, "full") == "done"


def test_the_store_says_that_a_tenants_partition_is_full(behind: Callable[..., Table]) -> None:
    store = CampaignStore(behind(partition_bytes=1))
    full = store.create("acme", NewCampaign(name="First"))
    with pytest.raises(PartitionFull):
        store.create("acme", NewCampaign(name="Second"))
    with pytest.raises(PartitionFull):
        store.update("acme", full.id, CampaignPatch(name="Longer"), None)
    assert store.create("globex", NewCampaign(name="First"))
    store.delete("acme", full.id, None)
    assert store.create("acme", NewCampaign(name="Second"))


# ---- The endpoint


def handled_by(endpoint: str) -> Handle:
    """DynamoDB Local, over HTTP."""
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "authorization": "AWS4-HMAC-SHA256 Credential=test/20261127/eu-west-1/dynamodb/aws4_request",
    }

    async def handle(operation: str, body: bytes) -> tuple[int, bytes]:
        target = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
        answer = httpx.post(endpoint, headers=headers | target, content=body)
        return answer.status_code, answer.content

    return handle


async def asked_twice(
    strict: StrictEndpoint, endpoint: str, operation: str, request: dict[str, Any]
) -> list[tuple[int, Any]]:
    """The answers to two requests at the same time."""
    body, handle = json.dumps(request).encode(), handled_by(endpoint)
    answers = await asyncio.gather(*[strict.answer(operation, body, handle) for _ in range(2)])
    return [(status, json.loads(content)) for status, content in answers]


def test_an_endpoint_follows_the_rules_that_it_is_told(endpoint: str, plain: Table) -> None:
    fill(plain, 10, 10)
    strict = StrictEndpoint(None)
    put = {"TransactItems": [{"Put": {"TableName": plain.name, "Item": key(1)}}]}
    query = {"TableName": plain.name, **PARTITION}

    def twice(operation: str, request: dict[str, Any]) -> list[tuple[int, Any]]:
        return asyncio.run(asked_twice(strict, endpoint, operation, request))

    assert [status for status, _ in twice("TransactWriteItems", put)] == [200, 200]
    assert {content["Count"] for _, content in twice("Query", query)} == {10}
    assert strict.use(Rules(short=1)) is None
    (done, _), (refused, content) = twice("TransactWriteItems", put)
    assert (done, refused, content["CancellationReasons"][0]["Code"]) == (200, 400, "TransactionConflict")
    assert all(content["Count"] < 4 and content["LastEvaluatedKey"] for _, content in twice("Query", query))
    assert strict.met == {"conflict": 1, "short page": 2}
    for status, content in twice("Query", {**query, "TableName": "unknown"}):
        assert (status, content["__type"].rpartition("#")[2]) == (400, "ResourceNotFoundException")
    assert strict.use(None) == Rules(short=1)
    assert {content["Count"] for _, content in twice("Query", query)} == {10}
