"""Says what an account lacks before a stack is deployed to it: ``python -m operations.preflight prod``.

It reads and changes nothing. In ``prod``, what is lacking ends the deployment; elsewhere it is said.
"""

import sys
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.template import ROOT, resources

if TYPE_CHECKING:
    from types_boto3_apigateway.client import APIGatewayClient
    from types_boto3_cloudformation.client import CloudFormationClient
    from types_boto3_lambda.client import LambdaClient

SHARDS = 4
"""What a new table on demand has, and so how many invocations of each reader its stream makes at once."""
FOR_THE_API = 70
"""Invocations at once that are left for the endpoints and the authorizer: some 500 requests a second."""


def main() -> None:
    """Print what is lacking, or that nothing is."""
    match sys.argv[1:]:
        case ["dev" | "prod" as environment]:
            pass
        case _:
            sys.exit("preflight: which environment? make preflight ENVIRONMENT=dev (or prod)")
    configured = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]["deploy"]["parameters"]
    parameters = dict(each.split("=", 1) for each in configured["parameter_overrides"])
    try:
        lacking = [
            *stack(boto3.client("cloudformation"), configured["stack_name"]),
            *concurrency(boto3.client("lambda")),
            *access_logs(boto3.client("apigateway"), parameters.get("AccessLogs", "off")),
            *topic(boto3.client("sns"), parameters.get("AlarmTopic", "")),
        ]
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"preflight: {error}")
    for each in lacking:
        print(f"preflight: {each}", file=sys.stderr)
    if not lacking:
        print(f"preflight: this account is ready for {configured['stack_name']}")
    elif environment == "prod":
        sys.exit(1)


def stack(client: "CloudFormationClient", name: str) -> Iterator[str]:
    """Whether an earlier first deployment failed: what it left can't be updated."""
    try:
        (found,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return
        raise
    if found["StackStatus"] in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}:
        yield (
            f"the first deployment of {name} failed, and its stack can't be updated. Delete it: "
            f"aws cloudformation delete-stack --stack-name {name}"
        )


def concurrency(client: "LambdaClient") -> Iterator[str]:
    """Whether the API can be starved by what runs beside it. A fresh account has 10 to 50."""
    limit = client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    beside = background()
    if limit < beside + FOR_THE_API:
        yield (
            f"Lambda runs {limit} invocations at once in this account and region, of which queue and streams may "
            f"take {beside}. Ask for {beside + FOR_THE_API} or more: Service Quotas, AWS Lambda, "
            "Concurrent executions (L-B99A9384)"
        )


def background() -> int:
    """The invocations at once that the queue and the streams of the template may take."""
    taken = 0
    for function in resources("AWS::Serverless::Function").values():
        for source in function.get("Events", {}).values():
            settings: dict[str, Any] = source["Properties"]
            if source["Type"] == "SQS":
                taken += settings["ScalingConfig"]["MaximumConcurrency"]
            if source["Type"] == "DynamoDB":
                taken += SHARDS * settings.get("ParallelizationFactor", 1)
    return taken


def access_logs(client: "APIGatewayClient", wanted: str) -> Iterator[str]:
    """Whether API Gateway may write the API's access log, where there is one: one role for all APIs of the account."""
    if wanted == "on" and not client.get_account().get("cloudwatchRoleArn"):
        yield "API Gateway has no role for access logs: docs/deployment.md says how to make one, or set AccessLogs=off"


def topic(client: Any, name: str) -> Iterator[str]:
    """Whether there is somebody to tell of alarms."""
    if not name:
        return
    for page in client.get_paginator("list_topics").paginate():
        if any(each["TopicArn"].endswith(f":{name}") for each in page["Topics"]):
            return
    yield f"there is no topic for alarms: aws sns create-topic --name {name}, and subscribe to it"


if __name__ == "__main__":
    main()
