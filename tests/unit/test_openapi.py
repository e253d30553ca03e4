"""docs/openapi.json says what the functions and models say, for every route and status."""

import json

from tools.openapi import ALWAYS, CODES, FILES, document, text
from tools.template import resources


def test_it_is_what_the_code_says() -> None:
    for file in FILES:
        assert file.read_text() == text(), "run make generate"


def test_it_has_every_route_of_the_template_that_needs_a_key() -> None:
    deployed = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}"
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api" and "Auth" not in event["Properties"] and event["Properties"]["Method"] != "HEAD"
    }
    paths = document()["paths"]
    assert {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods} == deployed
    assert len(deployed) >= 9


def test_every_operation_says_how_it_can_fail() -> None:
    for methods in document()["paths"].values():
        for operation in methods.values():
            assert {str(status) for status in ALWAYS} <= set(operation["responses"])


def test_it_has_the_codes_of_the_gateway() -> None:
    (api,) = resources("AWS::Serverless::Api").values()
    for response in api["GatewayResponses"].values():
        body = json.loads(response["ResponseTemplates"]["application/json"].replace("$context.extendedRequestId", "x"))
        assert CODES[response["StatusCode"]][0] == body["error"]["code"]


def test_every_answer_has_what_all_answers_have() -> None:
    for answer in document()["components"]["responses"].values():
        assert {"X-Request-Id", "RateLimit-Policy"} <= set(answer["headers"])
