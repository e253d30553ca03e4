"""A tenant's limits: the usage plan's, over all of its keys, and nobody else's."""

from collections.abc import Callable, Iterator

import boto3
import pytest

from support.stack import STACK, Tenant, manage_keys


@pytest.fixture
def small_plan(stack: dict[str, str]) -> Iterator[str]:
    """A plan of one request a second, three at one moment."""
    gateway = boto3.client("apigateway", endpoint_url=stack["AWS_ENDPOINT_URL"])
    (usual,) = (plan for plan in gateway.get_usage_plans()["items"] if plan["name"] == STACK)
    plan = gateway.create_usage_plan(
        name="small", apiStages=usual["apiStages"], throttle={"rateLimit": 1, "burstLimit": 3}
    )
    yield plan["id"]
    gateway.delete_usage_plan(usagePlanId=plan["id"])


def move(stack: dict[str, str], tenant_id: str, plan_id: str) -> None:
    """As docs/operations.md says."""
    gateway = boto3.client("apigateway", endpoint_url=stack["AWS_ENDPOINT_URL"])
    (key,) = gateway.get_api_keys(nameQuery=f"{STACK}_{tenant_id}")["items"]
    for plan in gateway.get_usage_plans(keyId=key["id"])["items"]:
        gateway.delete_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"])
    gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")


def test_a_tenant_over_its_limit_is_told_so_in_the_envelope(
    stack: dict[str, str], new_tenant: Callable[[], Tenant], small_plan: str
) -> None:
    limited, other = new_tenant(), new_tenant()
    move(stack, limited.id, small_plan)
    second_key = manage_keys(stack, operation="create", tenantId=limited.id)["key"]
    own = {"Authorization": f"Bearer {second_key}"}
    # Another key, or a usage key of the client's own, changes nothing.
    headers = [{}, own, {"x-api-key": "a" * 40}, {}, own, {}]
    answers = [limited.request("GET", "/api/campaigns", headers=each) for each in headers]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
    assert len(refused) >= 2
    for answer in refused:
        assert answer.json()["error"]["code"] == "RATE_LIMITED"
        assert int(answer.headers["Retry-After"]) >= 1
    assert [other.request("GET", "/api/campaigns").status_code for _ in range(8)] == [200] * 8
