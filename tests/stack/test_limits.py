"""A tenant's limits: the usage plan's, over all of its keys, and nobody else's; and those that AWS itself sets."""

from collections.abc import Callable, Iterator

import boto3
import httpx
import pytest

from operations.deployed import leave_usage_plan, physical_id
from support.stack import ON_AWS, STACK, Tenant, eventually, manage_keys


@pytest.fixture
def small_plan() -> Iterator[str]:
    """A plan of one request a second, three at one moment."""
    gateway = boto3.client("apigateway")
    (usual,) = (plan for plan in gateway.get_usage_plans()["items"] if plan["name"] == STACK)
    plan = gateway.create_usage_plan(
        name=f"{STACK} small", apiStages=usual["apiStages"], throttle={"rateLimit": 1, "burstLimit": 3}
    )
    yield plan["id"]
    leave_usage_plan(plan["id"], usual["apiStages"][0]["apiId"])


def move(tenant_id: str, plan_id: str) -> None:
    """As docs/operations.md says."""
    gateway = boto3.client("apigateway")
    (key,) = gateway.get_api_keys(nameQuery=f"{STACK}_{tenant_id}")["items"]
    for plan in gateway.get_usage_plans(keyId=key["id"])["items"]:
        gateway.delete_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"])
    gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")


@pytest.mark.differs("a plan comes into force after seconds, and counts roughly: how many are let in is not asserted")
def test_a_tenant_over_its_limit_is_told_so_in_the_envelope(
    stack: dict[str, str], new_tenant: Callable[[], Tenant], small_plan: str
) -> None:
    limited, other = new_tenant(), new_tenant()
    move(limited.id, small_plan)
    second_key = manage_keys(stack, operation="create", tenantId=limited.id)["key"]
    own = {"Authorization": f"Bearer {second_key}"}
    # Another key, or a usage key of the client's own, changes nothing.
    headers = [{}, own, {"x-api-key": "a" * 40}, {}, own, {}]

    def burst() -> list[httpx.Response]:
        answers = [limited.request("GET", "/api/campaigns", headers=each) for each in headers]
        assert 429 in {answer.status_code for answer in answers}
        return answers

    answers = eventually(burst)
    refused = [answer for answer in answers if answer.status_code == 429]
    if not ON_AWS:
        assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
        assert len(refused) >= 2
    for answer in refused:
        assert answer.json()["error"]["code"] == "RATE_LIMITED"
        assert int(answer.headers["Retry-After"]) >= 1
    assert [other.request("GET", "/api/campaigns").status_code for _ in range(8)] == [200] * 8


@pytest.mark.differs(
    "Lambda takes 6 MB, of which base64 makes 4.5: the gateway has to say 413 where the function can't"
)
@pytest.mark.parametrize("megabytes", [5, 6, 7, 9])
def test_a_body_of_megabytes_is_too_large(tenant: Tenant, megabytes: int) -> None:
    answer = tenant.request("POST", "/api/campaigns", json={"name": "x" * megabytes * 1_000_000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.aws("it stops a function, which tests beside it would notice")
def test_what_lambda_turns_away_is_unavailable(tenant: Tenant) -> None:
    """No process is left to the function for a moment, as where the account's concurrency is used up."""
    functions, name = boto3.client("lambda"), physical_id(STACK, "GetCampaignFunction")
    path = f"/api/campaigns/{tenant.create()['id']}"

    def turned_away() -> httpx.Response:
        answer = tenant.request("GET", path)
        assert answer.status_code != 200
        return answer

    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        answer = eventually(turned_away)
    finally:
        functions.delete_function_concurrency(FunctionName=name)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) >= 1

    def answers_again() -> None:
        assert tenant.request("GET", path).status_code == 200

    eventually(answers_again)
