"""A deployed stack, as CloudFormation describes it."""

import os
from typing import Any

import boto3

from campaigns.runtime.bootstrap import dynamodb_client
from campaigns.store.table import Table

OUTPUTS = {
    "CAMPAIGNS_BASE_URL": "BaseUrl",
    "CAMPAIGNS_EVENT_BUS": "EventBusName",
    "CAMPAIGNS_TABLE": "TableName",
    "CAMPAIGNS_MANAGE_API_KEYS": "ManageApiKeysFunction",
}
"""The template's outputs, by what clients call them."""


def settings(stack: str) -> dict[str, str]:
    """What a client of a stack needs to know. The local one's address is the emulator's."""
    outputs = outputs_of(stack)
    found = {name: outputs[output] for name, output in OUTPUTS.items()}
    if emulator := os.environ.get("AWS_ENDPOINT_URL"):
        found["CAMPAIGNS_BASE_URL"] = f"{emulator}/local"
    return found


def outputs_of(stack: str) -> dict[str, str]:
    """The outputs of a stack."""
    return {each["OutputKey"]: each["OutputValue"] for each in described(stack)["Outputs"]}


def described(stack: str) -> dict[str, Any]:
    """A stack, as CloudFormation tells of it."""
    (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return dict(found)


def tenants(stack: str) -> list[str]:
    """Every tenant that has a key at API Gateway, which it gets before its first API key."""
    pages = boto3.client("apigateway").get_paginator("get_api_keys").paginate(nameQuery=f"{stack}_")
    return sorted(key["name"].removeprefix(f"{stack}_") for page in pages for key in page["items"])


def table_of(stack: str) -> Table:
    """The table of a stack."""
    return patient_table(os.environ.get("CAMPAIGNS_TABLE") or outputs_of(stack)["TableName"])


def patient_table(name: str) -> Table:
    """A table for an operator: no client waits for the answer, so a busy database has minutes for each call."""
    return Table(dynamodb_client(read_timeout=30), name, patience=300)


def physical_id(stack: str, logical_id: str) -> str:
    """The name, URL or id of a resource of a stack."""
    cloudformation = boto3.client("cloudformation")
    resource = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    return resource["StackResourceDetail"]["PhysicalResourceId"]


def leave_usage_plan(plan_id: str, api_id: str) -> None:
    """Take an API out of a usage plan, and delete one that has no other. API Gateway deletes no plan that has any."""
    gateway = boto3.client("apigateway")
    stages = gateway.get_usage_plan(usagePlanId=plan_id)["apiStages"]
    gateway.update_usage_plan(
        usagePlanId=plan_id,
        patchOperations=[
            {"op": "remove", "path": "/apiStages", "value": f"{each['apiId']}:{each['stage']}"}
            for each in stages
            if each["apiId"] == api_id
        ],
    )
    if all(each["apiId"] == api_id for each in stages):
        gateway.delete_usage_plan(usagePlanId=plan_id)
