"""Announcements on the bus reach the catalogue and the campaigns."""

import json
from typing import Any

import boto3
import pytest

from support.stack import STACK, Tenant, eventually


@pytest.mark.parametrize("kind", ["sequence", "template"])
def test_announced_renamed_deleted(tenant: Tenant, kind: str) -> None:
    id_ = f"short-lived-{kind}"
    path = f"/api/campaigns/{tenant.create()['id']}"
    tenant.announce(f"{kind}.created", id_, "First name")

    def added() -> None:
        assert tenant.request("POST", f"{path}/{kind}s/{id_}").status_code in {200, 409}

    def shows(*names: str) -> None:
        assert [each["name"] for each in tenant.request("GET", path).json()[f"{kind}s"]] == list(names)

    eventually(added)
    shows("First name")
    tenant.announce(f"{kind}.updated", id_, "Second name")
    eventually(lambda: shows("Second name"))
    tenant.announce(f"{kind}.deleted", id_)
    eventually(shows)
    assert tenant.request("POST", f"{path}/{kind}s/{id_}").status_code == 404


def test_the_memberships_of_a_deleted_campaign_go(tenant: Tenant) -> None:
    id_ = tenant.create()["id"]
    assert tenant.request("POST", f"/api/campaigns/{id_}/sequences/onboarding").status_code == 200
    table = boto3.client("dynamodb")
    key = {"PK": {"S": f"TENANT#{tenant.id}#SEQUENCE#onboarding"}, "SK": {"S": f"CAMPAIGN#{id_}"}}

    def membership() -> bool:
        return "Item" in table.get_item(TableName=tenant.stack["CAMPAIGNS_TABLE"], Key=key)

    assert membership()
    assert tenant.request("DELETE", f"/api/campaigns/{id_}").status_code == 204

    def gone() -> None:
        assert not membership()

    eventually(gone, seconds=10)


def test_the_deployed_definition_has_the_envelope(stack: dict[str, str]) -> None:
    """What CloudFormation hands to API Gateway, after the transform."""
    client = boto3.client("cloudformation")
    body: Any = client.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    definition = template["Resources"]["Api"]["Properties"]["Body"]
    responses = definition["x-amazon-apigateway-gateway-responses"]
    assert len(responses) == 20
    for response in responses.values():
        assert "$context.extendedRequestId" in response["responseTemplates"]["application/json"]
        assert response["responseParameters"]["gatewayresponse.header.X-Request-Id"] == "context.extendedRequestId"
    scheme = definition["components"]["securitySchemes"]["ApiKey"]
    assert scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] == 50
