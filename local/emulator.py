"""MiniStack, put right where it differs from AWS in what this project relies on.

This module is the one place that says so. Run with hypercorn, in MiniStack's own environment:

1. A REST API hands the path on as the client wrote it. MiniStack's application sees the decoded one, in which an id
   with an escaped ``%`` would be decoded twice.
2. An imported definition brings its gateway responses and its ANY methods along. MiniStack leaves both out.
3. Binary media types are written with ``~1`` for ``/`` in CloudFormation. MiniStack compares them literally.
4. The authorizer names the key that usage plans count by (``ApiKeySourceType: AUTHORIZER``). MiniStack asks the client.
5. Usage plans can be listed by key. MiniStack lists all.
6. What a function and its layers come in is unpacked once. MiniStack unpacks it for every process that it starts: 1,500
   files, in a thread that competes with all others, so that a start under load took ten seconds and more.
7. A call waits for a process of its function that is about to be ready or free. MiniStack starts one for each call that
   finds none: eight clients started eight of each function at the same time. Two start when they are wanted, so that
   calls of a function do run beside each other; a further one for who has waited a second, so that slow calls hold up
   nobody.
8. The API's address stays: /local/... leads to the stage ``local``. MiniStack's has an id that changes.
9. Gateway responses know ``context.extendedRequestId``. MiniStack leaves it out; functions get the request id for it.
10. CloudFormation makes what only AWS acts on (``INERT``). MiniStack refuses templates with types it does not know,
    and alarms on expressions.
11. An invocation that Lambda turns away, or ends, is a gateway response. MiniStack answers 429 or 502 with a text.
12. A role's conditions on partition keys (``dynamodb:LeadingKeys``) and on sources of events hold. MiniStack knows
   neither of a request.
13. The source of a request is the address that it came from. MiniStack believes the client's ``X-Forwarded-For``.
14. A one-time schedule has neither a fraction nor an offset, lists of schedules go on, and a role may be about those of
    one group. MiniStack takes any text, leaves out what is beyond the first hundred, and knows one group of them.
15. Who may send a message may send several at once (``sqs:SendMessage``). MiniStack asks for a right that AWS does not
    have.

Besides, it can fail: ``PUT /_local/faults`` with ``{"text", "rate", "seed"}`` lets requests to DynamoDB whose body has
the text meet faults, that share of them; a rate of 0 ends it. The answer says how many have. And it can be as strict
as AWS (``strict.py``): with ``STRICT=1`` in the environment, or from ``PUT /_local/strict`` with ``{"strict": true}``.
The answer says whether it was before, and how often each rule has been applied since it is.
"""

import hashlib
import json
import os
import re
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

from ministack.app import app as ministack
from ministack.core import iam_actions, lambda_runtime
from ministack.services import apigateway_v1, dynamodb, lambda_svc, scheduler
from ministack.services.cloudformation import provisioners

from local.faults import Faults, at_random
from local.strict import Rules, StrictEndpoint
from local.wire import answer, headers_of

USAGE_KEY = "usageIdentifierKey"
INERT = [
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::Backup::BackupVault",
    "AWS::XRay::SamplingRule",
]
"""Types of resources that are made by name alone."""
STAGE = "local"
WANTED_PROCESSES = 2
"""How many processes of a function start when they are wanted."""
PATIENCE_SECONDS = 1.0
"""How long a call waits for one of them before it starts a further one."""

invoke_authorizer = apigateway_v1._invoke_authorizer_lambda
authorize_request = apigateway_v1._authorize_request_v1
call_function = apigateway_v1._call_lambda_raw
request_tag_context = iam_actions.request_tag_context
extract_iam_action = iam_actions.extract_iam_action
extract_resource_arn = iam_actions.extract_resource_arn
get_usage_plans = apigateway_v1._get_usage_plans
import_rest_api = apigateway_v1._import_rest_api
media_type_matches = apigateway_v1._media_type_matches
handle_request = dynamodb.handle_request
acquire_worker = lambda_runtime.acquire_worker
release_worker = lambda_runtime.release_worker
create_schedule = scheduler._create_schedule
list_schedules = scheduler._list_schedules


def import_whole_rest_api(spec, base_data=None):
    """Import an OpenAPI definition, its ANY methods and gateway responses included; there is one request id only."""
    paths = {
        path: {"any" if name == "x-amazon-apigateway-any-method" else name: method for name, method in methods.items()}
        for path, methods in spec["paths"].items()
    }
    api_id = import_rest_api({**spec, "paths": paths}, base_data)
    responses = json.dumps(spec.get("x-amazon-apigateway-gateway-responses", {}))
    for kind, response in json.loads(responses.replace("context.extendedRequestId", "context.requestId")).items():
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


async def call_function_that_may_fail(*arguments, **keywords):
    """Call a function for a method; where it did not answer, MiniStack makes a gateway response of what is returned."""
    result, error = await call_function(*arguments, **keywords)
    return result, error or ((result.get("throttle") or result.get("error")) and "the function did not answer")


def request_context(service, iam_action, body, params):
    """What the conditions of policies can ask of a request: its tags, its partition keys, the sources of its events."""
    context = request_tag_context(service, iam_action, body, params)
    request = json.loads(body or b"{}") if service in {"dynamodb", "events"} else {}
    if partitions := list(partitions_of(request)):
        context["dynamodb:LeadingKeys"] = partitions
    if sources := [entry["Source"] for entry in request.get("Entries", [])]:
        context["events:source"] = sources
    return context


def resource_of_its_group(service, method, path, headers, body, query_params, *where):
    """What a request is about, for the roles; a schedule in the group that it is in."""
    arn = extract_resource_arn(service, method, path, headers, body, query_params, *where)
    if service != "scheduler":
        return arn
    group = query_params.get("groupName") or json.loads(body or b"{}").get("GroupName", "default")
    return arn.replace(":schedule/default/", f":schedule/{group[0] if isinstance(group, list) else group}/")


def right_for(*arguments):
    """The right that a request takes."""
    return {"sqs:SendMessageBatch": "sqs:SendMessage"}.get(action := extract_iam_action(*arguments), action)


def partitions_of(request):
    """The partition keys that a request to DynamoDB names, wherever they stand."""
    match request:
        case {"PK": {"S": partition}}:
            yield partition
        case {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}:
            yield values[re.match(r"PK = (:\w+)", condition)[1]]["S"]
        case dict():
            for value in request.values():
                yield from partitions_of(value)
        case list():
            for value in request:
                yield from partitions_of(value)


def create_schedule_of_one_form(name, body):
    """Create a schedule, as AWS reads its moment."""
    expression = body.get("ScheduleExpression", "")
    if expression.startswith("at(") and not re.fullmatch(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", expression):
        return scheduler._error(400, "ValidationException", f"Invalid Schedule Expression {expression}.")
    return create_schedule(name, body)


def list_all_schedules(query):
    """List schedules, a page of them, and say where the next one begins."""
    first, most = int(query.get("NextToken", 0)), int(query.get("MaxResults", 100))
    status, headers, body = list_schedules({**query, "MaxResults": 10**9})
    found = json.loads(body)["Schedules"]
    more = {"NextToken": str(first + most)} if len(found) > first + most else {}
    return status, headers, json.dumps({"Schedules": found[first : first + most], **more}).encode()


class Package(zipfile.ZipFile):
    """What a function or a layer is packed in: unpacked once, and linked to wherever it is wanted."""

    home = Path(tempfile.gettempdir()) / "unpacked"
    unpacking = threading.Lock()

    def namelist(self):
        """Nothing: ``extractall`` keeps names in their folder, MiniStack need not look at each of them again."""
        return []

    def extractall(self, path):
        """Make ``path`` a link to the folder that has the contents. The package itself is of no use any more."""
        with Path(self.filename).open("rb") as file:
            unpacked = self.home / hashlib.file_digest(file, "sha256").hexdigest()
        with self.unpacking:
            if not unpacked.exists():
                partly = unpacked.with_suffix(".partly")
                super().extractall(partly, super().namelist())
                partly.rename(unpacked)
        Path(path).rmdir()
        Path(path).symlink_to(unpacked)
        Path(self.filename).unlink()


released = threading.Condition(threading.RLock())


def acquire_worker_patiently(func_name, config, code_zip, qualifier="$LATEST"):
    """A process for one call, as MiniStack leases it: one that is free, or in time will be, or else a further one."""
    key = lambda_runtime._worker_key(func_name, config, qualifier)
    with released:
        while must_wait(lambda_runtime._workers.get(key, [])):
            released.wait(0.1)
        return acquire_worker(func_name, config, code_zip, qualifier)


def must_wait(workers):
    """Whether a call goes on waiting for one of its function's processes."""
    if not all(worker.in_use for worker in workers):
        return False
    if any(worker._start_time is None for worker in workers):
        return True
    moved = max((max(worker._start_time, worker.last_used) for worker in workers), default=0)
    return len(workers) >= WANTED_PROCESSES and time.time() < moved + PATIENCE_SECONDS


def release_worker_and_tell(worker):
    """Let one of those who wait have the process."""
    with released:
        release_worker(worker)
        released.notify_all()


def of_the_stage(path):
    """The path at which MiniStack has the API's stage, for one that begins with the stage."""
    apis = [api_id for (_, _, api_id), stages in apigateway_v1._stages_v1.all_items() if STAGE in stages]
    return f"/_aws/execute-api/{apis[-1]}{path}" if apis else path


async def handle_strictly(method, path, headers, body, query_params):
    """Handle a request to DynamoDB as strictly as AWS. Signature and rights have been looked at by then."""

    async def handle(operation, body):
        status, _, answered = await handle_request(
            method, path, {**headers, "x-amz-target": f"DynamoDB_20120810.{operation}"}, body, query_params
        )
        return status, answered if isinstance(answered, bytes) else answered.encode()

    status, answered = await strict.answer(headers.get("x-amz-target", "").rpartition(".")[2], body, handle)
    return status, headers_of(answered), answered


for kind in INERT:
    provisioners._RESOURCE_HANDLERS[kind] = {
        "create": lambda logical_id, _properties, stack_name: (f"{stack_name}-{logical_id}", {}),
        "update": lambda physical_id, *_: (physical_id, {}),
        "delete": lambda *_: None,
    }
dynamodb.handle_request = handle_strictly
scheduler._create_schedule = create_schedule_of_one_form
scheduler._list_schedules = list_all_schedules
iam_actions.request_tag_context = request_context
iam_actions.extract_resource_arn = resource_of_its_group
iam_actions.extract_iam_action = right_for
lambda_runtime._lock = released
lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": Package})
lambda_svc.acquire_worker = acquire_worker_patiently
lambda_svc.release_worker = release_worker_and_tell
apigateway_v1._invoke_authorizer_lambda = invoke_authorizer_that_names_a_key
apigateway_v1._authorize_request_v1 = authorize_request_by_its_key
apigateway_v1._call_lambda_raw = call_function_that_may_fail
apigateway_v1._get_usage_plans = get_usage_plans_of_key
apigateway_v1._OPENAPI_HTTP_METHODS.add("any")
apigateway_v1._import_rest_api = import_whole_rest_api
apigateway_v1._media_type_matches = unescaped_media_type_matches


RULES = Rules(short=0.2, reads_per_second=3_000, writes_per_second=1_000)
strict = StrictEndpoint(RULES if os.environ.get("STRICT") else None)
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
        await answer(send, 200, {"met": faults.met[told["text"]]})
    elif scope["path"] == "/_local/strict":
        wanted, met = json.loads((await receive())["body"])["strict"], strict.met
        before = strict.use(RULES if wanted else None)
        await answer(send, 200, {"before": before is not None, "met": met})
    elif scope["path"].startswith(("/_aws/execute-api/", f"/{STAGE}/")):
        path = scope["raw_path"].decode("ascii")
        path = of_the_stage(path) if path.startswith(f"/{STAGE}/") else path
        told = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-for"]
        told.append((b"x-forwarded-for", scope["client"][0].encode()))
        await ministack({**scope, "path": path, "raw_path": path.encode(), "headers": told}, receive, send)
    else:
        await faults(scope, receive, send)
