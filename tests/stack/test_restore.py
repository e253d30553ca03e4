"""The runbook of docs/restore.md on a stack of its own: damage, a restored table, the stack on it; then the teardown.

The emulator does not restore tables: in its place a copy is made, with what restoring on AWS brings along and no more.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import boto3
import pytest

from campaigns.runtime.bootstrap import dynamodb_client
from campaigns.store.table import Table
from local.dynamodb import table_request
from operations.verify import verify
from support.stack import STACK, Subscriber, Tenant, eventually

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.emulator("it has a stack of its own, which it damages and takes down"),
    pytest.mark.timeout(900),
]
STATE = ".local/test-restore"
RESTORED = f"{STACK}-Table-restored"
UP = """
import os
from local import server, stack
os.environ |= server.AWS_ENVIRONMENT
server.start()
stack.deploy()
stack.write_environment(stack.current_environment())
"""
"""As make up does, with what was built already."""
DEPLOY = """
import os, sys
from pathlib import Path
from local import server, stack
os.environ |= server.AWS_ENVIRONMENT
built, variable = Path(".aws-sam/build/template.yaml"), "        CAMPAIGNS_TABLE:\\n"
text = built.read_text()
assert text.count(variable) == 1
built.with_name("released.yaml").write_text(text.replace(variable, "        CAMPAIGNS_RESTORED: once\\n" + variable))
stack.deploy("released.yaml", RestoredTable=sys.argv[1], RestoredTableStream=sys.argv[2])
"""
"""The alias of a function follows a change of the template, not of a parameter: so there is one."""


def run(*command: str) -> str:
    """What a command says."""
    environment = os.environ | {"CAMPAIGNS_STATE": STATE, "CAMPAIGNS_PORT": "0"}
    environment.pop("CAMPAIGNS_TABLE", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def stack() -> Iterator[dict[str, str]]:
    """A stack that no other test sees."""
    run(sys.executable, "-c", UP)
    lines = (ROOT / STATE / "stack.env").read_text().splitlines()
    yield dict(line.split("=", 1) for line in lines)
    run("local/down.sh")


def restored(table: str, name: str) -> None:
    """What AWS makes of a backup: items, keys and indexes."""
    dynamodb: Any = boto3.client("dynamodb")
    request = table_request(name)
    del request["StreamSpecification"]
    dynamodb.create_table(**request)
    items = [item for page in dynamodb.get_paginator("scan").paginate(TableName=table) for item in page["Items"]]
    for some in batched(items, 25, strict=False):
        dynamodb.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item}} for item in some]})


def test_a_restored_table_serves_and_the_stack_can_be_taken_down(
    stack: dict[str, str], new_tenant: Callable[[], Tenant]
) -> None:
    damaged, other = new_tenant(), new_tenant()
    for each in (damaged, other):
        each.announce("sequence.created", "onboarding", "Onboarding")
    made = [damaged.create(f"Launch {number}") for number in range(3)]
    path = f"/api/campaigns/{made[0]['id']}"

    def added() -> None:
        assert damaged.request("POST", f"{path}/sequences/onboarding").status_code == 200

    eventually(added, seconds=60)
    kept = other.create("Not affected")
    before = damaged.request("GET", "/api/campaigns").json()

    def told() -> None:
        for each in (damaged, other):
            found = verify(
                Table(dynamodb_client(), stack["CAMPAIGNS_TABLE"]), each.id, datetime.now(UTC) - timedelta(1)
            )
            assert found.differences == set()

    eventually(told, seconds=60)  # A moment earlier, the history of the last changes would not be restored.

    # 1. Restore, to a moment before the damage.
    restored(stack["CAMPAIGNS_TABLE"], RESTORED)
    for campaign in made:
        assert damaged.request("DELETE", f"/api/campaigns/{campaign['id']}").status_code == 204

    # 2. What restoring leaves out.
    printed = [run(sys.executable, "-m", "operations.restore", STACK, RESTORED) for _ in range(2)]
    assert printed[0] == printed[1]
    name, label = (each.partition("=")[2] for each in json.loads(f"[{printed[0]}]"))
    assert name == RESTORED
    dynamodb = boto3.client("dynamodb")
    assert dynamodb.describe_time_to_live(TableName=RESTORED)["TimeToLiveDescription"] == {
        "AttributeName": "expiresAt",
        "TimeToLiveStatus": "ENABLED",
    }
    backups = dynamodb.describe_continuous_backups(TableName=RESTORED)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"

    # 3. Point the stack to it.
    run(sys.executable, "-c", DEPLOY, RESTORED, label)

    # 4. Verify every tenant.
    said = run(sys.executable, "-m", "operations.verify", STACK, "*")
    assert re.search(
        rf"{damaged.id}: 3 campaigns, 1 catalogue entries, 1 memberships, \d+ events: no differences\n", said
    )
    assert re.search(
        rf"{other.id}: 1 campaigns, 1 catalogue entries, 0 memberships, \d+ events: no differences\n", said
    )

    # Clients, announcements and events are on the restored table, and nothing on the other any more.
    assert damaged.request("GET", "/api/campaigns").json() == before
    assert other.request("GET", f"/api/campaigns/{kept['id']}").json() == kept
    subscriber = Subscriber(stack, damaged.id)
    later = damaged.create("After it")
    damaged.announce("sequence.updated", "onboarding", "Renamed")

    def heard() -> None:
        told = [(each["detail-type"], each["detail"]["campaign"]["id"]) for each in subscriber.listen()]
        assert told == [("campaign.created", later["id"]), ("campaign.updated", made[0]["id"])]

    eventually(heard, seconds=60)
    table = Table(dynamodb_client(), stack["CAMPAIGNS_TABLE"])
    assert verify(table, damaged.id).campaigns == 0

    # The teardown, with a consumer's rule still on the bus.
    steps = run(sys.executable, "-m", "operations.teardown", STACK, "")
    for step in (f"rule {subscriber.rule}", f"usage key {STACK}_{damaged.id}", f"stack {STACK}"):
        assert f"would delete {step}" in steps
    assert damaged.request("GET", path).status_code == 200
    run(sys.executable, "-m", "operations.teardown", STACK, "1")
    *tables, key = run(sys.executable, "-m", "operations.teardown", STACK, "1").splitlines()
    assert {line.split(";")[0] for line in tables} == {
        f"kept table {RESTORED}",
        f"kept table {stack['CAMPAIGNS_TABLE']}",
    }
    assert key.startswith("kept key ")
    assert verify(Table(dynamodb_client(), RESTORED), damaged.id).campaigns == 4
    assert boto3.client("apigateway").get_rest_apis()["items"] == []
    assert boto3.client("lambda").list_functions()["Functions"] == []
