"""Proves a deployed stack: ``python -m operations.acceptance STACK MINUTES TEST...``, with the caller's credentials.

Runs the tests of tests/stack against it, a load among them, erases the tenants that they made, and writes a report.
What an earlier run left is erased, too.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.errors import Unavailable
from campaigns.gateway.usage_plan import UsagePlan
from local.state import STATE
from operations.deployed import patient_table, settings
from operations.erase import counts, erase
from operations.report import Recorder, Verification, page

TENANTS = STATE / "verify-tenants"
"""A line for each tenant that is still to be erased."""
REPORT = STATE / "verify-report.md"


def main() -> None:
    """Verify one stack, and say how it went."""
    match sys.argv[1:]:
        case [stack, minutes, *tests] if tests and minutes.replace(".", "", 1).isdigit():
            pass
        case _:
            sys.exit("verify: make verify ENVIRONMENT=dev, for so many minutes of load: MINUTES=10")
    if stack.endswith("-prod"):
        sys.exit("verify: not prod: it loads the stack, and stops a function for a moment")
    try:
        run = verified(stack, float(minutes), tests)
    except (BotoCoreError, ClientError, Unavailable) as error:
        sys.exit(f"verify: {error}; {TENANTS} has the tenants that were not erased, which the next run does")
    REPORT.write_text(page(run))
    print(f"{len(run.outcomes)} tests, {len(run.failed)} failed; see {REPORT}")
    sys.exit(1 if run.failed or not run.outcomes else 0)


def verified(stack: str, minutes: float, tests: list[str]) -> Verification:
    """Run the tests, and clean up."""
    known = settings(stack)
    recorder, began = Recorder(), datetime.now(UTC)
    os.environ |= {"VERIFY_STACK": stack, "VERIFY_TENANTS": str(TENANTS), "LOAD_SECONDS": str(minutes * 60)}
    # What follows from an event may take minutes there.
    pytest.main(["-q", "--timeout", "900", "-p", "no:cacheprovider", *tests], plugins=[recorder])
    erased = clean_up(stack, known["CAMPAIGNS_TABLE"])
    return Verification(
        stack, commit(), began, datetime.now(UTC), list(recorder.outcomes.values()), recorder.load, erased
    )


def clean_up(stack: str, table_name: str) -> str:
    """Erase the tenants of this run, and of those before it that did not get so far."""
    tenants = TENANTS.read_text().split() if TENANTS.exists() else []
    print(f"erasing {len(tenants)} tenants", flush=True)
    plan = UsagePlan(boto3.client("apigateway"), stack, plan_id="")
    erased = erase(patient_table(table_name), plan, tenants)
    TENANTS.unlink(missing_ok=True)
    return f"{len(tenants)} tenants: {counts(erased)}."


def commit() -> str:
    """Of this checkout."""
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - it is written here
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
