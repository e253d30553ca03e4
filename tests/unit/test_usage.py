"""Every tenant that has a key is in a usage plan, and the authorizer names the key that it counts by."""

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from campaigns.gateway.usage_plan import UsagePlan, usage_key
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.table import Table
from support.functions import load
from support.http import Context
from support.stores import tenant_of

if TYPE_CHECKING:
    from types_boto3_apigateway.client import APIGatewayClient

METHOD_ARN = "arn:aws:execute-api:eu-west-1:000000000000:abc123/prod/GET/api/campaigns"


def counted_by(gateway: "APIGatewayClient", plan_id: str) -> list[str | None]:
    return [key.get("value") for key in gateway.get_usage_plan_keys(usagePlanId=plan_id)["items"]]


def test_the_authorizer_names_the_key_that_the_plan_knows(
    table: Table, plan: UsagePlan, gateway: "APIGatewayClient"
) -> None:
    issued = load("manage_api_keys").handler({"operation": "create", "tenantId": "acme"}, Context())
    request = {"type": "TOKEN", "authorizationToken": f"Bearer {issued['key']}", "methodArn": METHOD_ARN}
    answer = load("authorize").handler(request, Context())
    assert counted_by(gateway, plan.plan_id) == [answer["usageIdentifierKey"]]
    assert answer["usageIdentifierKey"] != usage_key("another stack", "acme")
    assert tenant_of(ApiKeyStore(table), answer["usageIdentifierKey"]) is None


def test_a_tenant_is_admitted_once_whatever_its_keys(plan: UsagePlan, gateway: "APIGatewayClient") -> None:
    for tenant in ("acme", "acme", "acme-2", "acme"):
        plan.admit(tenant)
    assert counted_by(gateway, plan.plan_id) == [usage_key(plan.stack, each) for each in ("acme", "acme-2")]


def test_admission_goes_on_where_it_ended_half_way(plan: UsagePlan, gateway: "APIGatewayClient") -> None:
    refused = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "CreateUsagePlanKey")
    with patch.object(gateway, "create_usage_plan_key", side_effect=refused), pytest.raises(ClientError):
        plan.admit("acme")
    assert counted_by(gateway, plan.plan_id) == []
    plan.admit("acme")
    assert counted_by(gateway, plan.plan_id) == [usage_key(plan.stack, "acme")]


def test_a_tenant_that_was_moved_stays_where_it_is(plan: UsagePlan, gateway: "APIGatewayClient") -> None:
    plan.admit("acme")
    (key,) = gateway.get_usage_plan_keys(usagePlanId=plan.plan_id)["items"]
    larger = gateway.create_usage_plan(name="larger")["id"]
    gateway.delete_usage_plan_key(usagePlanId=plan.plan_id, keyId=key["id"])
    gateway.create_usage_plan_key(usagePlanId=larger, keyId=key["id"], keyType="API_KEY")
    plan.admit("acme")
    assert counted_by(gateway, plan.plan_id) == []
    assert counted_by(gateway, larger) == [usage_key(plan.stack, "acme")]
