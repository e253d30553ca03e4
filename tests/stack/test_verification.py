"""``make verify``, on the local stack as if it were a deployed one, with a short load and some of the tests."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from campaigns.gateway.usage_plan import UsagePlan
from campaigns.store.table import Table
from local.state import STATE
from operations.erase import would_be_erased
from support.stack import STACK, Tenant
from tools.openapi import endpoints

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.emulator("it verifies the local stack")
TESTS = [
    "tests/stack/test_load.py",
    "tests/stack/test_limits.py",
    "tests/stack/test_events.py::test_announced_renamed_deleted",
    "tests/stack/test_local_stack.py::test_the_address_stays",
]
WITHOUT_WAITING = """
from datetime import timedelta
from operations import acceptance, erase
erase.QUIET, erase.SETTLING_SECONDS = timedelta(0), 1
acceptance.main()
"""
"""Nobody who was let in is under way: the minute and a half is for AWS."""


@pytest.mark.timeout(300)
def test_a_stack_is_verified_and_left_as_it_was(stack: dict[str, str], new_tenant: Callable[[], Tenant]) -> None:
    left = new_tenant()
    left.create("Left by a run that was ended")
    table = Table(boto3.client("dynamodb"), stack["CAMPAIGNS_TABLE"])
    plan = UsagePlan(boto3.client("apigateway"), STACK, plan_id="")
    assert not would_be_erased(table, plan, left.id).startswith("0 items")
    (STATE / "verify-tenants").write_text(f"{left.id}\n")

    command = [sys.executable, "-c", WITHOUT_WAITING, STACK, "0.05", *TESTS]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | stack, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = (STATE / "verify-report.md").read_text()
    assert report.startswith(f"# Verification of {STACK}\n\n8 passed, 0 failed, 2 skipped")
    assert "## Failed\n\nNothing.\n" in report
    assert "test_a_body_of_megabytes_is_too_large` 4 passed: Lambda takes 6 MB" in report
    assert "- 1: it is about the local stack itself" in report
    assert "- 1: it stops a function, which tests beside it would notice" in report
    for endpoint in endpoints():
        if endpoint.path.startswith("/api/campaigns"):
            assert re.search(rf"\| `{endpoint.method} {re.escape(endpoint.path)}` \| \d+ × (20\d|404) ", report)  # noqa: RUF001

    assert would_be_erased(table, plan, left.id) == "0 items; 0 active API keys; no key at API Gateway"
    (made,) = re.findall(r"^(\d+) tenants: (\d+) items \(.*campaign \d+", report, re.MULTILINE)
    assert (int(made[0]) >= 5, int(made[1]) > 20) == (True, True)
    assert not (STATE / "verify-tenants").exists()


def test_prod_is_not_verified() -> None:
    command = [sys.executable, "-m", "operations.acceptance", "campaigns-prod", "10", "tests/stack"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.partition(": it")[0]) == (1, "verify: not prod")
