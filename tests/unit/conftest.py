"""No sockets here: a database in memory and moto answer in this process."""

import io
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from pytest_socket import disable_socket, enable_socket

from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.events.queues import CatalogueQueues, DeadLetters, Scheduled
from campaigns.events.schedules import Schedules, WakeQueue
from campaigns.gateway.usage_plan import UsagePlan
from campaigns.runtime import bootstrap
from campaigns.runtime.logs import logger
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from campaigns.webhooks.sealing import Sealer
from support.catalogue import named
from support.clock import ManualClock
from support.engines import memory_client, new_table
from support.webhooks import Waiting, nobody_answers

if TYPE_CHECKING:
    from types_boto3_apigateway.client import APIGatewayClient
    from types_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture(autouse=True)
def _no_sockets() -> Iterator[None]:
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="session", autouse=True)
def _aws() -> Iterator[None]:
    """The services besides DynamoDB, as moto imitates them; one for all, since making clients takes long."""
    with mock_aws():
        bootstrap._session.cache_clear()  # One that was made before knows nothing of moto.
        yield


@pytest.fixture
def client() -> "DynamoDBClient":
    """DynamoDB in memory."""
    return memory_client()


@pytest.fixture(scope="session")
def gateway(_aws: None) -> "APIGatewayClient":
    """API Gateway as moto imitates it."""
    return boto3.client("apigateway", region_name="eu-west-1")


@pytest.fixture
def plan(gateway: "APIGatewayClient") -> UsagePlan:
    """An empty usage plan."""
    stack = f"campaigns-{uuid.uuid4().hex[:8]}"
    return UsagePlan(gateway, stack, gateway.create_usage_plan(name=stack)["id"])


@pytest.fixture(scope="session")
def key_id(_aws: None) -> str:
    """The key that seals the secrets of webhooks, at KMS as moto imitates it."""
    return str(boto3.client("kms").create_key()["KeyMetadata"]["KeyId"])


@pytest.fixture
def sealer(key_id: str) -> Sealer:
    """What seals them, with nothing remembered."""
    return Sealer(boto3.client("kms"), key_id)


@pytest.fixture
def table(client: "DynamoDBClient", plan: UsagePlan, sealer: Sealer, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table with a small catalogue, which functions that are loaded after it use."""
    table = new_table(client)
    monkeypatch.setenv("CAMPAIGNS_TABLE", table.name)
    monkeypatch.setenv("CAMPAIGNS_STACK", plan.stack)
    monkeypatch.setenv("CANARY_URL", "https://campaigns.invalid/prod")
    monkeypatch.setenv("CANARY_KEY", f"/campaigns/{plan.stack}/canary-key")
    monkeypatch.setattr(bootstrap, "dynamodb_client", lambda: client)
    monkeypatch.setattr(bootstrap, "usage_plan", lambda: plan)
    monkeypatch.setattr(bootstrap, "sealer", lambda: sealer)
    monkeypatch.setattr(bootstrap, "sender", nobody_answers)
    monkeypatch.setattr(bootstrap, "fan_out_queues", lambda: Waiting(ManualClock()))
    CatalogueStore(table).follow(named("onboarding", "Onboarding Sequence"))
    return table


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> CatalogueQueues:
    """The queues that functions which are loaded after it use, on moto."""
    sqs = boto3.client("sqs")
    urls = [sqs.create_queue(QueueName=f"{uuid.uuid4().hex}")["QueueUrl"] for _ in range(2)]
    made = CatalogueQueues(sqs, *urls)
    monkeypatch.setattr(bootstrap, "catalogue_queues", lambda: made)
    return made


@pytest.fixture
def dead_letters(monkeypatch: pytest.MonkeyPatch) -> DeadLetters:
    """Where functions that read the stream, and are loaded after it, keep records; on moto."""
    sqs = boto3.client("sqs")
    made = DeadLetters(sqs, sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"])
    monkeypatch.setattr(bootstrap, "dead_letters", lambda: made)
    return made


@pytest.fixture
def wakers(monkeypatch: pytest.MonkeyPatch) -> Schedules:
    """What wakes functions that are loaded after it for the dates of campaigns, on moto."""
    sqs, scheduler = boto3.client("sqs"), boto3.client("scheduler")
    urls = [sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"] for _ in range(2)]
    group = f"group-{uuid.uuid4().hex}"
    scheduler.create_schedule_group(Name=group)
    target = {"Arn": "arn:aws:sqs:eu-west-1:123456789012:queue", "RoleArn": "arn:aws:iam::123456789012:role/scheduler"}
    made = Schedules(Scheduled(scheduler, group, target), WakeQueue(sqs, urls[0], urls[1]))
    monkeypatch.setattr(bootstrap, "schedules", lambda: made)
    return made


@pytest.fixture
def deliveries(monkeypatch: pytest.MonkeyPatch) -> DeliveryQueues:
    """Where the functions about webhooks that are loaded after it let deliveries wait; on moto."""
    sqs, group = boto3.client("sqs"), uuid.uuid4().hex
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name=group)
    role = f"arn:aws:iam::123456789012:role/{group}"
    urls = [sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"] for _ in range(3)]
    arn = f"arn:aws:sqs:eu-west-1:123456789012:{group}"
    retries = Scheduled(scheduler, group, {"Arn": arn, "RoleArn": role})
    made = DeliveryQueues(sqs, urls[0], urls[1], urls[2], retries)
    monkeypatch.setattr(bootstrap, "delivery_queues", lambda: made)
    monkeypatch.setattr(bootstrap, "fan_out_queues", lambda: made)
    return made


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the functions log."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", stream)
    return stream
