"""The canary on the deployed stack: idle without a key, then a client like any other, over HTTP."""

import json
import subprocess
from pathlib import Path
from typing import Any

import boto3

from operations.canary_key import TENANT
from operations.deployed import physical_id
from support.stack import STACK

ROOT = Path(__file__).parents[2]


def run() -> Any:
    function = physical_id(STACK, "CanaryFunction")
    return json.load(boto3.client("lambda").invoke(FunctionName=function, Payload="{}")["Payload"])


def active_keys() -> int:
    answer = boto3.client("lambda").invoke(
        FunctionName=physical_id(STACK, "ManageApiKeysFunction"),
        Payload=json.dumps({"operation": "list", "tenantId": TENANT}),
    )
    return sum(each["revokedAt"] is None for each in json.load(answer["Payload"])["keys"])


def test_the_canary_passes_with_the_key_that_it_is_given(stack: dict[str, str]) -> None:
    assert stack
    assert run() == {"passed": False}
    for _ in range(2):  # the second time changes the key
        done = subprocess.run(
            ["make", "--no-print-directory", "canary-key"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert f"/campaigns/{STACK}/canary-key" in done.stdout
        assert "kr_" not in done.stdout + done.stderr
        assert run() == {"passed": True}
        assert active_keys() == 1
