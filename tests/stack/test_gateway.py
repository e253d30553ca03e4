"""What API Gateway answers by itself when a function does not answer."""

import io
import uuid
import zipfile
from collections.abc import Callable, Iterator

import boto3
import httpx
import pytest

from support.stack import STACK

pytestmark = pytest.mark.emulator("it puts functions that fail behind the API")


@pytest.fixture
def failing(stack: dict[str, str]) -> Iterator[Callable[[str, bool], str]]:
    """Puts a function into a path of the API, in a stage of its own; the path's URL."""
    gateway, functions = boto3.client("apigateway"), boto3.client("lambda")
    (api,) = (each["id"] for each in gateway.get_rest_apis()["items"] if each["name"] == STACK)
    name = f"failing-{uuid.uuid4().hex[:8]}"
    (root,) = (each["id"] for each in gateway.get_resources(restApiId=api)["items"] if each["path"] == "/")
    path = gateway.create_resource(restApiId=api, parentId=root, pathPart=name)["id"]

    def put(source: str, is_turned_away: bool) -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as package:
            package.writestr("app.py", source)
        arn = functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=functions.get_function(FunctionName=stack["CAMPAIGNS_MANAGE_API_KEYS"])["Configuration"]["Role"],
            Code={"ZipFile": packed.getvalue()},
        )["FunctionArn"]
        if is_turned_away:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        gateway.put_method(restApiId=api, resourceId=path, httpMethod="GET", authorizationType="NONE")
        uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        gateway.put_integration(
            restApiId=api, resourceId=path, httpMethod="GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri
        )
        gateway.create_deployment(restApiId=api, stageName=name)
        return f"{stack['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/{name}/{name}"

    yield put
    gateway.delete_stage(restApiId=api, stageName=name)
    gateway.delete_resource(restApiId=api, resourceId=path)
    functions.delete_function(FunctionName=name)


@pytest.mark.parametrize(
    ("source", "is_turned_away"),
    [
        pytest.param("def handler(event, context): return {'statusCode': 200}", True, id="turned away"),
        pytest.param("import os\ndef handler(event, context): os._exit(1)", False, id="ended"),
    ],
)
def test_a_function_that_does_not_answer_is_unavailable(
    failing: Callable[[str, bool], str], source: str, is_turned_away: bool
) -> None:
    answer = httpx.get(failing(source, is_turned_away), timeout=60)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], answer.headers["Retry-After"]) == (503, "UNAVAILABLE", "1")
    assert error["requestId"] == answer.headers["X-Request-Id"]
