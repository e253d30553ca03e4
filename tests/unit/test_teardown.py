"""What goes with a stack, and what stays: its tables, and all that belongs to others."""

import json
import uuid
from typing import Any

import boto3
import pytest

from operations import teardown

TEMPLATE = {
    "Resources": {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": {"Ref": "AWS::StackName"}}},
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": {"Ref": "AWS::StackName"}}},
        "CatalogueRule": {
            "Type": "AWS::Events::Rule",
            "DependsOn": "Bus",
            "Properties": {
                "EventBusName": {"Ref": "AWS::StackName"},
                "EventPattern": {"source": ["kraiter.sequences"]},
            },
        },
    },
    "Outputs": {"ApiId": {"Value": {"Ref": "Api"}}},
}
UPLOADS: dict[str, Any] = {
    "Resources": {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "uploads", "VersioningConfiguration": {"Status": "Enabled"}},
        }
    },
    "Outputs": {"SourceBucket": {"Value": {"Ref": "Bucket"}}},
}


@pytest.fixture(scope="module", autouse=True)
def _uploads() -> None:
    boto3.client("cloudformation").create_stack(StackName=teardown.UPLOADS, TemplateBody=json.dumps(UPLOADS))


@pytest.fixture
def stack() -> str:
    """A stack with a bus and an API, used by others; another's name begins as its own does."""
    name = f"campaigns-{uuid.uuid4().hex[:6]}"
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    (described,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    api_id = described["Outputs"][0]["OutputValue"]

    gateway = boto3.client("apigateway")
    for key in (f"{name}_acme", f"{name}_globex", f"{name}2_acme"):
        gateway.create_api_key(name=key)
    gateway.create_usage_plan(name=f"{name} larger", apiStages=[{"apiId": api_id, "stage": "dev"}])

    events = boto3.client("events")
    events.put_rule(Name="a-consumers", EventBusName=name, EventPattern='{"source": ["kraiter.campaigns"]}')
    events.put_targets(Rule="a-consumers", EventBusName=name, Targets=[{"Id": "q", "Arn": "arn:aws:sqs:eu-west-1:1:q"}])

    logs, ssm, s3 = boto3.client("logs"), boto3.client("ssm"), boto3.client("s3")
    for group in (f"/campaigns/{name}", f"/campaigns/{name}2", f"API-Gateway-Execution-Logs_{api_id}/dev"):
        logs.create_log_group(logGroupName=group)
    for one in (name, f"{name}2"):
        ssm.put_parameter(Name=f"/campaigns/{one}/canary-key", Value="kr_", Type="SecureString")
        for _ in range(2):
            s3.put_object(Bucket="uploads", Key=f"{one}/layer.zip", Body=uuid.uuid4().bytes)
        boto3.client("dynamodb").create_table(
            TableName=f"{one}-Table-ABC",
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=one == name,
        )
    for one in (name, f"{name}2"):
        boto3.client("kms").create_key(Tags=[{"TagKey": "stack", "TagValue": one}])
    return name


def key_of(stack: str) -> str:
    """The key that seals the secrets of its webhooks."""
    (key,) = boto3.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "stack", "Values": [stack]}])[
        "ResourceTagMappingList"
    ]
    arn: str = key["ResourceARN"]
    return arn.rpartition("/")[2]


def kept_key(stack: str) -> str:
    """What is said of that key."""
    return (
        f"kept key {key_of(stack)}, which opens the webhooks' secrets in those tables; with them: "
        f"aws kms schedule-key-deletion --key-id {key_of(stack)}"
    )


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stack: str, really: str) -> list[str]:
    """What the command says."""
    monkeypatch.setattr("sys.argv", ["teardown.py", stack, really])
    teardown.main()
    return capsys.readouterr().out.splitlines()


def test_all_goes_but_tables_and_what_is_others(
    stack: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (described,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    api_id = described["Outputs"][0]["OutputValue"]
    went = [
        f"rule a-consumers on the bus {stack}",
        f"usage key {stack}_acme",
        f"usage key {stack}_globex",
        f"the API from usage plan {stack} larger",
        f"stack {stack}",
        f"log group /campaigns/{stack}",
        f"log group API-Gateway-Execution-Logs_{api_id}/dev",
        f"parameter /campaigns/{stack}/canary-key",
        f"uploads s3://uploads/{stack}/",
    ]
    delete = f"aws dynamodb delete-table --table-name {stack}-Table-ABC"
    unprotect = f"aws dynamodb update-table --table-name {stack}-Table-ABC --no-deletion-protection-enabled"
    kept = f"kept table {stack}-Table-ABC; to delete its data, too: {unprotect} && {delete}"
    stays = [kept, kept_key(stack)]
    for _ in range(2):  # Saying what would go changes nothing.
        assert run(monkeypatch, capsys, stack, "") == [*(f"would delete {each}" for each in went), *stays]
    assert run(monkeypatch, capsys, stack, "1") == [*(f"deleting {each}" for each in went), *stays]
    assert run(monkeypatch, capsys, stack, "1") == stays
    assert [key["name"] for key in boto3.client("apigateway").get_api_keys(nameQuery=stack)["items"]] == [
        f"{stack}2_acme"
    ]
    # What another has is as it was.
    assert run(monkeypatch, capsys, f"{stack}2", "") == [
        f"would delete usage key {stack}2_acme",
        f"would delete log group /campaigns/{stack}2",
        f"would delete parameter /campaigns/{stack}2/canary-key",
        f"would delete uploads s3://uploads/{stack}2/",
        kept.replace(stack, f"{stack}2").replace(unprotect.replace(stack, f"{stack}2") + " && ", ""),
        kept_key(f"{stack}2"),
    ]
    # One that is to be deleted is kept no more.
    boto3.client("kms").schedule_key_deletion(KeyId=key_of(stack))
    assert run(monkeypatch, capsys, stack, "1") == [kept]


@pytest.mark.parametrize("step", range(9))
def test_it_goes_on_wherever_it_ended(
    stack: str, step: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _, part in zip(range(step), teardown.parts(stack), strict=False):
        part.delete()
    run(monkeypatch, capsys, stack, "1")
    assert list(teardown.parts(stack)) == []


def test_without_a_stack_it_says_how_to_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["teardown.py", "campaigns-dev", "yes"])
    with pytest.raises(SystemExit, match="REALLY=1"):
        teardown.main()
