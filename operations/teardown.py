"""Takes a stack down: ``python -m operations.teardown STACK 1``; without the 1 it only says what would go.

With it goes what its deletion stumbles over (others' rules on its bus, its API in usage plans) and what it would leave
(tenants' keys at API Gateway, logs, parameters, what was uploaded to deploy from). Its tables stay, and the key that
seals secrets in them, and are named. It can be run again wherever it ended.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.deployed import leave_usage_plan, outputs_of

UPLOADS = "aws-sam-cli-managed-default"
"""The stack in which the SAM CLI keeps the bucket that all its stacks are deployed from."""


class Part(NamedTuple):
    """Something that is to go."""

    what: str
    delete: Callable[[], object]


def main() -> None:
    """Take one stack down, or say what would go."""
    match sys.argv[1:]:
        case [stack, ("" | "1") as really]:
            pass
        case _:
            sys.exit("teardown: make teardown ENVIRONMENT=dev, and REALLY=1 to do it")
    try:
        for part in parts(stack):
            print(f"{'deleting' if really else 'would delete'} {part.what}", flush=True)
            if really:
                part.delete()
        for table in tables(stack):
            print(kept(table))
        for key in sealing_keys(stack):
            print(kept_key(key))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"teardown: {error}; run it again, it goes on from there")


def parts(stack: str) -> Iterator[Part]:
    """All that is to go, in this order; looked for when its turn has come."""
    outputs = existing(stack)
    if outputs:
        yield from foreign_rules(stack)
    yield from usage(stack, outputs.get("ApiId"))
    if outputs:
        yield Part(f"stack {stack}", partial(delete_stack, stack))
    yield from logs(f"/campaigns/{stack}")
    if outputs:
        yield from logs(f"API-Gateway-Execution-Logs_{outputs['ApiId']}")
    yield from parameters(f"/campaigns/{stack}/")
    yield from uploads(stack)


def existing(stack: str) -> dict[str, str]:
    """The stack's outputs; none where there is no such stack any more."""
    try:
        return outputs_of(stack)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return {}
        raise


def foreign_rules(stack: str) -> Iterator[Part]:
    """The rules on the stack's bus that other services made. CloudFormation can't delete a bus that has any."""
    events = boto3.client("events")
    own = {each.rpartition("|")[2] for each in resources(stack, "AWS::Events::Rule")}
    with suppress(events.exceptions.ResourceNotFoundException):
        for page in events.get_paginator("list_rules").paginate(EventBusName=stack):
            for rule in page["Rules"]:
                if rule["Name"] not in own and "ManagedBy" not in rule:
                    yield Part(f"rule {rule['Name']} on the bus {stack}", partial(delete_rule, stack, rule["Name"]))


def resources(stack: str, kind: str) -> Iterator[str]:
    """The physical ids of a stack's resources of a kind."""
    for page in boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            if each["ResourceType"] == kind:
                yield each["PhysicalResourceId"]


def delete_rule(bus: str, name: str) -> None:
    """Delete a rule; its targets come first."""
    events = boto3.client("events")
    targets = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    if targets:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=[each["Id"] for each in targets])
    events.delete_rule(Name=name, EventBusName=bus)


def usage(stack: str, api_id: str | None) -> Iterator[Part]:
    """The tenants' keys at API Gateway, and the plans that operators made for the API."""
    gateway = boto3.client("apigateway")
    for page in gateway.get_paginator("get_api_keys").paginate(nameQuery=f"{stack}_"):
        for key in page["items"]:
            yield Part(f"usage key {key['name']}", partial(gateway.delete_api_key, apiKey=key["id"]))
    for plans in gateway.get_paginator("get_usage_plans").paginate():
        for plan in plans["items"]:
            if plan["name"] != stack and api_id in {each["apiId"] for each in plan.get("apiStages", [])}:
                yield Part(f"the API from usage plan {plan['name']}", partial(leave_usage_plan, plan["id"], api_id))


def delete_stack(stack: str) -> None:
    """Delete the stack, and wait until it is gone."""
    cloudformation = boto3.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)


def logs(name: str) -> Iterator[Part]:
    """The log group of this name, and those below it."""
    client = boto3.client("logs")
    for page in client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        for group in page["logGroups"]:
            found = group["logGroupName"]
            if f"{found}/".startswith(f"{name}/"):
                yield Part(f"log group {found}", partial(client.delete_log_group, logGroupName=found))


def parameters(path: str) -> Iterator[Part]:
    """What the stack's operators keep in the parameter store, such as the canary's key."""
    ssm = boto3.client("ssm")
    for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True):
        for each in page["Parameters"]:
            yield Part(f"parameter {each['Name']}", partial(ssm.delete_parameter, Name=each["Name"]))


def uploads(stack: str) -> Iterator[Part]:
    """What was uploaded to deploy the stack from. The bucket stays: other stacks have theirs there."""
    bucket = existing(UPLOADS).get("SourceBucket")
    if bucket:
        versions = boto3.resource("s3").Bucket(bucket).object_versions.filter(Prefix=f"{stack}/")
        if any(True for _ in versions.limit(1)):
            yield Part(f"uploads s3://{bucket}/{stack}/", versions.delete)


def tables(stack: str) -> Iterator[str]:
    """The stack's tables, of which one was restored perhaps; they outlive it."""
    for page in boto3.client("dynamodb").get_paginator("list_tables").paginate():
        yield from (name for name in page["TableNames"] if name.startswith(f"{stack}-Table-"))


def kept(table: str) -> str:
    """Nothing here deletes it: how to do that."""
    command = f"aws dynamodb delete-table --table-name {table}"
    if boto3.client("dynamodb").describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
        command = f"aws dynamodb update-table --table-name {table} --no-deletion-protection-enabled && {command}"
    return f"kept table {table}; to delete its data, too: {command}"


def sealing_keys(stack: str) -> Iterator[str]:
    """The keys that seal what the stack's tables hold; they outlive it, too. One that is to be deleted is none."""
    kms = boto3.client("kms")
    found = boto3.client("resourcegroupstaggingapi").get_paginator("get_resources")
    tagged = [{"Key": "stack", "Values": [stack]}]
    for page in found.paginate(TagFilters=tagged, ResourceTypeFilters=["kms:key"]):
        for each in page["ResourceTagMappingList"]:
            key = kms.describe_key(KeyId=each["ResourceARN"])["KeyMetadata"]
            if "DeletionDate" not in key:
                yield key["KeyId"]


def kept_key(key: str) -> str:
    """Nothing here deletes it: how to do that."""
    return (
        f"kept key {key}, which opens the webhooks' secrets in those tables; with them: "
        f"aws kms schedule-key-deletion --key-id {key}"
    )


if __name__ == "__main__":
    main()
