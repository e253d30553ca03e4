"""The local stack checks who asks, so each function does here what its role allows and no more."""

import json
import uuid
from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from support.stack import STACK

pytestmark = pytest.mark.emulator("it makes copies of roles that anybody may assume")


def test_who_is_unknown_does_nothing(stack: dict[str, str]) -> None:
    impostor = boto3.client(
        "dynamodb",
        endpoint_url=stack["AWS_ENDPOINT_URL"],
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="any",
    )
    with pytest.raises(ClientError, match="security token"):
        impostor.get_item(TableName=stack["CAMPAIGNS_TABLE"], Key={"PK": {"S": "x"}, "SK": {"S": "x"}})


@pytest.fixture
def acting_as() -> Iterator[Callable[[str], boto3.Session]]:
    """Makes a session with the rights of one of the stack's roles. Those trust Lambda alone, so a copy is assumed."""
    iam, sts = boto3.client("iam"), boto3.client("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    made: list[str] = []

    def act(logical_id: str) -> boto3.Session:
        stack = boto3.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
        original = stack["StackResourceDetail"]["PhysicalResourceId"]
        policy = iam.get_role_policy(RoleName=original, PolicyName="exactly-what-it-uses")["PolicyDocument"]
        made.append(f"copy-{uuid.uuid4().hex[:8]}")
        document = json.dumps({"Version": "2012-10-17", "Statement": trust})
        arn = iam.create_role(RoleName=made[-1], AssumeRolePolicyDocument=document)["Role"]["Arn"]
        iam.put_role_policy(RoleName=made[-1], PolicyName="copy", PolicyDocument=json.dumps(policy))
        own = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return boto3.Session(own["AccessKeyId"], own["SecretAccessKey"], own["SessionToken"], "eu-west-1")

    yield act
    for name in made:
        iam.delete_role_policy(RoleName=name, PolicyName="copy")
        iam.delete_role(RoleName=name)


def test_a_role_reads_the_partitions_of_tenants_alone(
    stack: dict[str, str], acting_as: Callable[[str], boto3.Session]
) -> None:
    table, own = stack["CAMPAIGNS_TABLE"], acting_as("GetCampaignRole").client("dynamodb")
    assert "Item" not in own.get_item(TableName=table, Key={"PK": {"S": "TENANT#none"}, "SK": {"S": "x"}})
    for partition in ("APIKEY#x", "TENANT"):
        with pytest.raises(ClientError, match="not authorized"):
            own.get_item(TableName=table, Key={"PK": {"S": partition}, "SK": {"S": "x"}})


def test_a_role_publishes_from_its_own_source_alone(
    stack: dict[str, str], acting_as: Callable[[str], boto3.Session]
) -> None:
    own = acting_as("PublishEventsRole").client("events")

    def put(*sources: str) -> int:
        bus = stack["CAMPAIGNS_EVENT_BUS"]
        entries = [{"EventBusName": bus, "Source": each, "DetailType": "test", "Detail": "{}"} for each in sources]
        return own.put_events(Entries=entries)["FailedEntryCount"]  # type: ignore[arg-type]

    assert put("kraiter.campaigns") == 0
    for sources in (["kraiter.sequences"], ["kraiter.campaigns", "kraiter.templates"]):
        with pytest.raises(ClientError, match="not authorized"):
            put(*sources)
