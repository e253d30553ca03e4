"""What the local stack itself promises: an address that stays, few processes, logs to search, commands that say so."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import httpx
import pytest

from support.stack import STACK, Tenant, eventually

pytestmark = pytest.mark.emulator("it is about the local stack itself")
ROOT = Path(__file__).parents[2]
CLIENTS = 8


def make(*arguments: str) -> tuple[int, str]:
    """The status of a command, and what it says."""
    command = ["make", "--no-print-directory", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def test_the_address_stays(stack: dict[str, str], tenant: Tenant) -> None:
    """It knows nothing of the API's id, and leads where the id does."""
    assert stack["CAMPAIGNS_BASE_URL"] == f"{stack['AWS_ENDPOINT_URL']}/local"
    (described,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    (api_id,) = (each["OutputValue"] for each in described["Outputs"] if each["OutputKey"] == "ApiId")
    path = f"/api/campaigns/{tenant.create()['id']}"
    through_its_id = httpx.get(
        f"{stack['AWS_ENDPOINT_URL']}/_aws/execute-api/{api_id}/local{path}",
        headers={"Authorization": f"Bearer {tenant.key}"},
    )
    assert through_its_id.json() == tenant.request("GET", path).json()


def test_many_clients_do_not_start_many_processes(new_tenant: Callable[[], Tenant]) -> None:
    """Each start costs what twenty calls do; two processes of a function run beside each other."""
    tenants = [new_tenant() for _ in range(CLIENTS)]
    paths = [f"/api/campaigns/{each.create()['id']}" for each in tenants]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(5):
            answers = pool.map(lambda one, path: one.request("PATCH", path, json={"name": "New"}), tenants, paths)
            assert {answer.status_code for answer in answers} == {200}

    answered = [
        line
        for page in boto3.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/campaigns/{STACK}", filterPattern='"UpdateCampaignFunction"')
        for event in page["events"]
        if (line := json.loads(event["message"]))["message"] == "answered"
        and line["tenantId"] in {each.id for each in tenants}
    ]
    assert len(answered) == 5 * CLIENTS
    assert sum(line.get("cold_start", False) for line in answered) < CLIENTS / 2


def test_a_request_is_found_in_the_logs(tenant: Tenant) -> None:
    request_id = tenant.request("GET", "/api/campaigns").headers["X-Request-Id"]

    def shown() -> None:
        status, text = make("logs", f"REQUEST={request_id}")
        assert status == 0, text
        (line,) = text.splitlines()
        assert "ListCampaigns answered" in line
        assert f'tenantId="{tenant.id}"' in line

    eventually(shown)
    status, text = make("logs", "REQUEST=nobody-asked")
    assert status != 0
    assert text.startswith("logs: nothing was logged about nobody-asked")


def test_an_announcement_is_followed_when_it_says_so(new_tenant: Callable[[], Tenant]) -> None:
    tenant = new_tenant()
    path = f"/api/campaigns/{tenant.create()['id']}/sequences/renewal"
    name = """Renewal "now" `date` $HOME"""
    status, text = make("announce", f"TENANT={tenant.id}", "SEQUENCE=renewal", "NAME=" + name.replace("$", "$$"))
    assert (status, text) == (0, f"{tenant.id} has the sequence renewal: {name}")
    assert tenant.request("POST", path).json()["sequences"] == [{"id": "renewal", "name": name}]
    status, text = make("announce", f"TENANT={tenant.id}", "SEQUENCE=renewal", "DELETE=1")
    assert (status, text) == (0, f"{tenant.id} no longer has the sequence renewal")
    assert tenant.request("POST", path).status_code == 404


def test_a_tenant_that_does_not_exist_has_no_data_to_verify(tenant: Tenant) -> None:
    status, text = make("verify-data", "TENANT=nobody")
    assert status != 0
    assert text.startswith("verify: there is no tenant nobody")
    status, text = make("verify-data", f"TENANT={tenant.id}")
    assert status == 0, text
