"""The engines that the store runs over in tests, and what is counted and broken on the way to them."""

import copy
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table as MotoTable

from campaigns.store.table import Table
from local.dynamodb import table_request
from support.memory import MemoryDynamoDB

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


def memory_client() -> "DynamoDBClient":
    """DynamoDB in this process."""
    client: Any = MemoryDynamoDB()
    return client  # type: ignore[no-any-return]


def new_table(client: "DynamoDBClient") -> Table:
    """An empty table with the template's definition and a name of its own."""
    name = f"campaigns-{uuid.uuid4().hex[:12]}"
    request = table_request(name)
    del request["StreamSpecification"]  # Nobody reads it, and moto keeps it for ever.
    client.create_table(**request)
    return Table(client, name)


def client_of(endpoint_url: str | None, threads: int = 1, read_timeout: float = 60) -> "DynamoDBClient":
    """A client that tries once, as the service's own, with room for ``threads``.

    It waits longer for an answer than it says, so that no outcome depends on how busy the machine is.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=0.5,
        read_timeout=read_timeout,
        max_pool_connections=threads,
    )
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )
    said: Any = client.meta.config
    said.read_timeout = 2
    return client


@contextmanager
def moto_client() -> Iterator["DynamoDBClient"]:
    """DynamoDB as moto imitates it, in this process, in a time that does not grow with the table."""
    transact = DynamoDBBackend.transact_write_items
    named: list[dict[str, Any]] = []

    def note_what_is_named(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
        named[:] = [operation.get("Key") or operation["Item"] for each in items for operation in each.values()]
        transact(backend, items)

    def copy_what_is_named(table: MotoTable, _memo: Any) -> MotoTable:
        """moto copies all of a table before each operation of a transaction, to go back to when one is refused."""
        made = copy.copy(table)
        made.items = defaultdict(dict, {partition: dict(items) for partition, items in table.items.items()})
        for key in named:
            items, sort_key = made.items.get(DynamoType(key["PK"]), {}), DynamoType(key["SK"])
            if sort_key in items:
                items[sort_key] = copy.deepcopy(items[sort_key])
        return made

    with (
        mock_aws(),
        patch.object(DynamoDBBackend, "transact_write_items", note_what_is_named),
        patch.object(MotoTable, "__deepcopy__", copy_what_is_named, create=True),
    ):
        yield client_of(None)


@contextmanager
def counted_calls(client: "DynamoDBClient") -> Iterator[list[str]]:
    """The operations that the client sends, attempts that it repeats by itself included."""
    calls: list[str] = []

    def record(request: Any, event_name: str, **_: Any) -> None:
        calls.append(event_name.rpartition(".")[2])

    client.meta.events.register("before-send.dynamodb", record)
    try:
        yield calls
    finally:
        client.meta.events.unregister("before-send.dynamodb", record)


@contextmanager
def consumed_capacity(client: "DynamoDBClient") -> Iterator[dict[str, float]]:
    """The read and write units that the client's calls consume, as DynamoDB counts them."""
    used = {"read": 0.0, "write": 0.0}

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def add(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        kind = "write" if model.name in {"PutItem", "UpdateItem", "TransactWriteItems"} else "read"
        for each in consumed if isinstance(consumed, list) else [consumed]:
            used[kind] += each["CapacityUnits"]

    events = client.meta.events
    events.register("provide-client-params.dynamodb", ask)
    events.register("after-call.dynamodb", add)
    try:
        yield used
    finally:
        events.unregister("provide-client-params.dynamodb", ask)
        events.unregister("after-call.dynamodb", add)
