"""``sam local invoke`` for any function, with what it needs around it: ``python -m local.invoke get_campaign``.

The function runs in Docker, in the Lambda runtime's image. MiniStack, on the address at which containers see this
machine, stands for DynamoDB, EventBridge and SQS; it is filled with what the event in events/ speaks of.
"""

import ipaddress
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import httpx

from campaigns.store.table import Table
from campaigns.webhooks.sealing import Sealer
from local.dynamodb import table_request
from local.examples import seed

ROOT = Path(__file__).parents[1]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
ARCHITECTURE = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
IMAGE = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"
CREDENTIALS = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


class Surroundings(NamedTuple):
    """Where the functions find what they need."""

    port: int
    endpoint: str
    table: Table
    environment: dict[str, dict[str, str]]
    """What they can't learn from the template, by logical id."""


def main() -> None:
    """Invoke the function that the command line names; print its answer."""
    if len(sys.argv) != 2 or sys.argv[1] not in FUNCTIONS:  # noqa: PLR2004 - the program and one argument
        sys.exit(f"invoke: which function? make invoke FUNCTION=... with one of {', '.join(FUNCTIONS)}")
    if not docker_is_there():
        sys.exit("invoke: Docker does not answer; sam local invoke needs it")
    with surroundings() as around:
        done = invoke(sys.argv[1], around)
    print(done.stderr, file=sys.stderr)
    print(done.stdout)
    sys.exit(done.returncode)


def docker_is_there() -> bool:
    """Whether a Docker engine answers."""
    try:
        return subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def image_is_there() -> bool:
    """Whether the runtime's image need not be pulled."""
    return subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, check=False).returncode == 0


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """MiniStack with the template's table, bus and queues, and the examples in the table."""
    address = reachable_address()
    with socket.socket() as probe:
        probe.bind((address, 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [ROOT / ".local/ministack/bin/python", "-m", "hypercorn", "ministack.app:app", "--bind", f"{address}:{port}"],
        env=os.environ | CREDENTIALS | {"GATEWAY_PORT": str(port), "MINISTACK_REGION": "eu-west-1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            endpoint = f"http://{address}:{port}"
            wait_for(f"{endpoint}/_ministack/health")
            yield furnish(endpoint, port)
        finally:
            process.terminate()


def reachable_address() -> str:
    """The address of this machine on Docker's bridge, or loopback where Docker runs in a machine of its own."""
    template = "{{(index .IPAM.Config 0).Subnet}}"
    asked = subprocess.run(
        ["docker", "network", "inspect", "bridge", "--format", template], capture_output=True, text=True, check=True
    )
    address = str(next(ipaddress.ip_network(asked.stdout.strip()).hosts()))
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError:
        return "127.0.0.1"
    return address


def wait_for(url: str) -> None:
    """Until it answers."""
    for _ in range(100):
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    sys.exit("invoke: MiniStack did not answer within 20 s")


def furnish(endpoint: str, port: int) -> Surroundings:
    """Make what the template names. ``sam local`` gives a function the logical id where it refers to a resource."""
    session = boto3.Session(region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
    dynamodb = session.client("dynamodb", endpoint_url=endpoint)
    dynamodb.create_table(**table_request("Table"))
    table = Table(dynamodb, "Table")
    session.client("events", endpoint_url=endpoint).create_event_bus(Name="EventBus")
    sqs = session.client("sqs", endpoint_url=endpoint)
    urls = {
        name: sqs.create_queue(QueueName=name)["QueueUrl"]
        for name in (
            "CatalogueQueue",
            "CatalogueDeadLetterQueue",
            "EventsDeadLetterQueue",
            "MembershipsDeadLetterQueue",
            "SchedulesQueue",
            "SchedulesDeadLetterQueue",
            "DeliveryQueue",
            "SlowDeliveryQueue",
            "WebhooksDeadLetterQueue",
        )
    }
    queues = {
        "CATALOGUE_QUEUE_URL": urls["CatalogueQueue"],
        "CATALOGUE_DEAD_LETTER_QUEUE_URL": urls["CatalogueDeadLetterQueue"],
    }
    deliveries = {
        "DELIVERY_QUEUE_URL": urls["DeliveryQueue"],
        "SLOW_DELIVERY_QUEUE_URL": urls["SlowDeliveryQueue"],
        "DEAD_LETTER_QUEUE_URL": urls["WebhooksDeadLetterQueue"],
    }
    kms = session.client("kms", endpoint_url=endpoint)
    key = {"WEBHOOK_KEY_ID": kms.create_key()["KeyMetadata"]["KeyId"]}
    seed(table, Sealer(kms, key["WEBHOOK_KEY_ID"]))
    plan = session.client("apigateway", endpoint_url=endpoint).create_usage_plan(name="campaigns")
    return Surroundings(
        port,
        endpoint,
        table,
        {
            "SyncCatalogueFunction": queues,
            "KeepSchedulesFunction": {
                "SCHEDULES_QUEUE_URL": urls["SchedulesQueue"],
                "SCHEDULES_DEAD_LETTER_QUEUE_URL": urls["SchedulesDeadLetterQueue"],
            },
            "PublishEventsFunction": {"DEAD_LETTER_QUEUE_URL": urls["EventsDeadLetterQueue"]},
            "KeepMembershipsFunction": {"DEAD_LETTER_QUEUE_URL": urls["MembershipsDeadLetterQueue"]},
            "CreateWebhookFunction": key,
            "PingWebhookFunction": key,
            "RedeliverFunction": deliveries,
            "RotateWebhookSecretFunction": key,
            "FanOutWebhooksFunction": deliveries,
            "DeliverWebhookFunction": deliveries | key,
            "ManageApiKeysFunction": {"USAGE_PLAN_ID": plan["id"]},
        },
    )


def invoke(function: str, around: Surroundings, event: Any = None) -> "subprocess.CompletedProcess[str]":
    """``sam local invoke`` with the event of events/, or another. The answer is the last line of its output."""
    logical_id = function.title().replace("_", "") + "Function"
    with tempfile.TemporaryDirectory() as folder:
        variables, event_file = Path(folder) / "environment.json", ROOT / "events" / f"{function}.json"
        variables.write_text(json.dumps(around.environment))
        if event is not None:
            event_file = Path(folder) / "event.json"
            event_file.write_text(json.dumps(event))
        command = ["sam", "local", "invoke", logical_id, "--event", str(event_file), "--env-vars", str(variables)]
        command += ["--add-host", "host.docker.internal:host-gateway"]
        command += ["--parameter-overrides", f"EndpointUrl=http://host.docker.internal:{around.port}"]
        command += [f"Architecture={ARCHITECTURE}", *(["--skip-pull-image"] if image_is_there() else [])]
        # What the template declares, sam local takes from this environment first, where it is there.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CAMPAIGNS_"))}
        # sam local asks whose credentials these are, and asks five times where nobody answers.
        environment = CREDENTIALS | {"AWS_ENDPOINT_URL_STS": around.endpoint}
        return subprocess.run(
            command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=False, timeout=300
        )


if __name__ == "__main__":
    main()
