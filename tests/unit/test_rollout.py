"""How a new version takes over: what the serverless transform makes of the template, and which old versions go."""

import copy
import io
import json
import subprocess
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from operations import prune_versions
from support.functions import ENDPOINTS, FUNCTIONS
from tools.template import written

if TYPE_CHECKING:
    from types_boto3_lambda.client import LambdaClient

ROOT = FUNCTIONS.parent
BY_STEPS = {"".join(word.title() for word in name.split("_")) + "Function" for name in (*ENDPOINTS, "authorize")}


@cache
def deployed(rollout: str) -> dict[str, Any]:
    """The resources that CloudFormation gets."""
    template = copy.deepcopy(written())
    for resource in template["Resources"].values():
        for name in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][name] = "s3://bucket/key"
    parameters = {name: each.get("Default") for name, each in template["Parameters"].items()} | {"Rollout": rollout}
    done = subprocess.run(
        [ROOT / ".local/ministack/bin/python", "-P", ROOT / "tests/support/transformed.py"],
        input=json.dumps([template, parameters]),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout)["Resources"])


def of_kind(kind: str, rollout: str) -> dict[str, Any]:
    return {name: each for name, each in deployed(rollout).items() if each["Type"] == kind}


@pytest.mark.parametrize("rollout", written()["Parameters"]["Rollout"]["AllowedValues"])
def test_endpoints_and_authorizer_take_over_as_the_parameter_says(rollout: str) -> None:
    groups = of_kind("AWS::CodeDeploy::DeploymentGroup", rollout)
    assert {name.removesuffix("DeploymentGroup") for name in groups} == BY_STEPS
    for logical_id, group in groups.items():
        function, properties = logical_id.removesuffix("DeploymentGroup"), group["Properties"]
        config = {"Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": rollout}]}
        assert properties["DeploymentConfigName"] == config
        assert properties["ServiceRoleArn"] == {"Fn::GetAtt": ["RolloutRole", "Arn"]}
        policy = deployed(rollout)[f"{function}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert policy["DeploymentGroupName"] == {"Ref": logical_id}
    assert "CodeDeployServiceRole" not in deployed(rollout)  # which may do more than is needed


def test_alarms_roll_back_what_takes_over_by_steps_and_do_not_hold_up_what_mends() -> None:
    (condition,) = written()["Conditions"]["RollsOutBySteps"]["Fn::Not"]
    assert sorted(condition["Fn::Equals"], key=str) == ["AllAtOnce", {"Ref": "Rollout"}]
    for logical_id, group in of_kind("AWS::CodeDeploy::DeploymentGroup", "AllAtOnce").items():
        function = logical_id.removesuffix("FunctionDeploymentGroup")
        name, alarms, otherwise = group["Properties"]["AlarmConfiguration"]["Fn::If"]
        assert (name, otherwise) == ("RollsOutBySteps", {})
        assert alarms["Enabled"] is True
        assert [each["Name"]["Ref"] for each in alarms["Alarms"]] == ["ServerErrorAlarm", f"{function}ErrorAlarm"]
        rollback = group["Properties"]["AutoRollbackConfiguration"]
        assert rollback["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in rollback["Events"]


def test_a_version_that_may_be_rolled_back_to_stays() -> None:
    stays = {
        each["Properties"]["FunctionName"]["Ref"]: each["DeletionPolicy"]
        for each in of_kind("AWS::Lambda::Version", "AllAtOnce").values()
    }
    assert {stays[function] for function in BY_STEPS} == {"Retain"}


@pytest.fixture
def function() -> str:
    """A function with seven versions; the alias live leads to the second, and partly to the third."""
    iam, lambda_ = boto3.client("iam"), boto3.client("lambda")
    name = "campaigns-prune-GetCampaignFunction"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    lambda_.create_function(FunctionName=name, Runtime="python3.13", Role=role, Handler="app.handler", Code=code(0))
    for number in range(1, 8):
        lambda_.update_function_code(FunctionName=name, ZipFile=code(number)["ZipFile"])
        lambda_.publish_version(FunctionName=name)
    lambda_.create_alias(
        FunctionName=name, Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"3": 0.1}}
    )
    return name


def code(number: int) -> Any:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", f"handler = {number}")
    return {"ZipFile": packed.getvalue()}


def versions(client: "LambdaClient", function: str) -> list[str]:
    return [each["Version"] for each in client.list_versions_by_function(FunctionName=function)["Versions"]]


def test_old_versions_go_but_for_those_in_use_and_the_newest(function: str) -> None:
    client = boto3.client("lambda")
    assert prune_versions.prune(client, function, keep=2) == 3
    assert versions(client, function) == ["$LATEST", "2", "3", "6", "7"]
    assert prune_versions.prune(client, function, keep=2) == 0
