"""operations/preflight.py: what an account lacks is said before anything is deployed to it."""

import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operations import preflight

NO_STACK = ("describe_stacks", "ValidationError", "Stack with id campaigns-prod does not exist")
ENOUGH = {"AccountLimit": {"ConcurrentExecutions": 1000}}
TOPIC = {"Topics": [{"TopicArn": "arn:aws:sns:eu-west-1:123456789012:campaigns-alarms"}]}
LOGS = {"cloudwatchRoleArn": "arn:aws:iam::123456789012:role/logs"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs it in an account that answers so; the status it ends with, and what it says."""

    def run(
        environment: str = "prod", status: str = "", limits: Any = ENOUGH, topics: Any = TOPIC, account: Any = LOGS
    ) -> tuple[int, str]:
        clients: dict[str, Any] = {
            name: boto3.client(name, "eu-west-1") for name in ("cloudformation", "lambda", "apigateway", "sns")
        }
        stubs = {name: Stubber(client) for name, client in clients.items()}
        if status:
            found = {"StackName": "campaigns", "CreationTime": "2026-11-27T00:00:00Z", "StackStatus": status}
            stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [found]})
        else:
            stubs["cloudformation"].add_client_error(*NO_STACK)
        stubs["lambda"].add_response("get_account_settings", limits)
        stubs["apigateway"].add_response("get_account", account)
        stubs["sns"].add_response("list_topics", topics)
        for stub in stubs.values():
            stub.activate()
        with monkeypatch.context() as patched:
            patched.setattr(boto3, "client", clients.__getitem__)
            return ended(environment)

    def ended(environment: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["preflight.py", environment])
        try:
            preflight.main()
        except SystemExit as end:
            return int(str(end.code)), capsys.readouterr().err
        return 0, capsys.readouterr().err

    return run


def test_an_account_that_is_ready(run: Callable[..., tuple[int, str]]) -> None:
    assert run() == (0, "")
    assert run(status="UPDATE_COMPLETE") == (0, "")


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ({"limits": {"AccountLimit": {"ConcurrentExecutions": 10}}}, "L-B99A9384"),
        ({"topics": {"Topics": []}}, "aws sns create-topic --name campaigns-alarms"),
        ({"account": {}}, "API Gateway has no role"),
        ({"status": "ROLLBACK_COMPLETE"}, "aws cloudformation delete-stack --stack-name campaigns-prod"),
    ],
)
def test_what_is_lacking_ends_a_deployment_to_prod(
    run: Callable[..., tuple[int, str]], account: dict[str, Any], said: str
) -> None:
    status, text = run(**account)
    assert status == 1
    assert said in text
    assert text.count("preflight:") == 1


def test_elsewhere_it_is_said(run: Callable[..., tuple[int, str]]) -> None:
    status, text = run("dev", limits={"AccountLimit": {"ConcurrentExecutions": 10}})
    assert status == 0
    assert f"of which queue and streams may take {preflight.background()}. " in text


def test_what_runs_beside_the_api_is_bounded() -> None:
    assert 0 < preflight.background() <= 50
