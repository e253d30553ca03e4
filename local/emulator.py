"""MiniStack, with API Gateway put right where it differs from AWS in what this project relies on.

This module is the one place that says so. Run with hypercorn, in MiniStack's own environment:

1. A REST API hands the path on as the client wrote it. MiniStack's application sees the decoded one, in which an id
   with an escaped ``%`` would be decoded twice.
2. An imported definition brings its gateway responses and its ANY methods along. MiniStack leaves both out.
3. Binary media types are written with ``~1`` for ``/`` in CloudFormation. MiniStack compares them literally.
4. The authorizer names the key that usage plans count by (``ApiKeySourceType: AUTHORIZER``). MiniStack asks the client.
5. Usage plans can be listed by key. MiniStack lists all.

Besides, it can fail: ``PUT /_local/faults`` with ``{"text", "rate", "seed"}`` lets requests to DynamoDB whose body has
the text meet faults, that share of them; a rate of 0 ends it. The answer says how many have.
"""

import json

from faults import Faults, at_random
from ministack.app import app as ministack
from ministack.services import apigateway_v1

USAGE_KEY = "usageIdentifierKey"

invoke_authorizer = apigateway_v1._invoke_authorizer_lambda
authorize_request = apigateway_v1._authorize_request_v1
get_usage_plans = apigateway_v1._get_usage_plans
import_rest_api = apigateway_v1._import_rest_api
media_type_matches = apigateway_v1._media_type_matches


def import_whole_rest_api(spec, base_data=None):
    """Import an OpenAPI definition, its ANY methods and gateway responses included."""
    paths = {
        path: {"any" if name == "x-amazon-apigateway-any-method" else name: method for name, method in methods.items()}
        for path, methods in spec["paths"].items()
    }
    api_id = import_rest_api({**spec, "paths": paths}, base_data)
    for kind, response in spec.get("x-amazon-apigateway-gateway-responses", {}).items():
        apigateway_v1._put_gateway_response(api_id, kind, response)
    return api_id


def unescaped_media_type_matches(media_type, binary_media_types):
    """Whether a media type is one of those that CloudFormation lists."""
    return media_type_matches(media_type, [each.replace("~1", "/") for each in binary_media_types or []])


async def invoke_authorizer_that_names_a_key(*arguments):
    """Invoke the authorizer; the key that it names travels in the context, which MiniStack caches."""
    result = await invoke_authorizer(*arguments)
    policy = (result or {}).get("body")
    if isinstance(policy, (str, bytes)):
        result["body"] = policy = json.loads(policy)
    if policy and USAGE_KEY in policy:
        policy.setdefault("context", {})[USAGE_KEY] = policy[USAGE_KEY]
    return result


async def authorize_request_by_its_key(*arguments):
    """Authorize a request; its key for usage plans is the authorizer's, never the client's."""
    error, context = await authorize_request(*arguments)
    headers = arguments[6]
    for name in [name for name in headers if name.lower() == "x-api-key"]:
        del headers[name]
    if context and USAGE_KEY in context:
        context = dict(context)
        headers["x-api-key"] = context.pop(USAGE_KEY)
    return error, context


def get_usage_plans_of_key(query_params):
    """The usage plans, those of a key where one is asked for."""
    status, headers, body = get_usage_plans(query_params)
    wanted = query_params.get("keyId")
    if wanted:
        key_id, page = wanted[0] if isinstance(wanted, list) else wanted, json.loads(body)
        kept = [plan for plan in page["item"] if key_id in apigateway_v1._usage_plan_keys.get(plan["id"], {})]
        body = json.dumps({**page, "item": kept}).encode()
    return status, headers, body


apigateway_v1._invoke_authorizer_lambda = invoke_authorizer_that_names_a_key
apigateway_v1._authorize_request_v1 = authorize_request_by_its_key
apigateway_v1._get_usage_plans = get_usage_plans_of_key
apigateway_v1._OPENAPI_HTTP_METHODS.add("any")
apigateway_v1._import_rest_api = import_whole_rest_api
apigateway_v1._media_type_matches = unescaped_media_type_matches


faults = Faults(ministack, late_by=2.5)  # The functions wait for two seconds.


async def app(scope, receive, send):
    """The ASGI application."""
    if scope["type"] != "http":
        await ministack(scope, receive, send)
    elif scope["path"] == "/_local/faults":
        told = json.loads((await receive())["body"])
        faults.plans.pop(told["text"], None)
        if told["rate"]:
            faults.plans[told["text"]] = at_random(told["seed"], told["rate"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps({"met": faults.met[told["text"]]}).encode()})
    elif scope["path"].startswith("/_aws/execute-api/"):
        await ministack({**scope, "path": scope["raw_path"].decode("ascii")}, receive, send)
    else:
        await faults(scope, receive, send)
