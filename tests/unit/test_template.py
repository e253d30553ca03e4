"""What template.yaml promises: routes, roles, envelopes, a table without surprises."""

import json
import re
import tomllib
from fnmatch import fnmatchcase
from typing import Any

import pytest

from campaigns.domain.api_keys import may_be_issued, new_raw_key
from campaigns.events.batches import BATCH
from campaigns.events.queues import MAX_RECEIVES
from campaigns.http.endpoint import RESERVE_SECONDS
from campaigns.http.request import MAX_BODY_BYTES
from campaigns.runtime import deadline
from campaigns.webhooks.sending import SECONDS
from support.functions import ENDPOINTS, FUNCTIONS, load
from tools.routes import README, ROUTES, allowed, discrepancies, folder, readme, routes, text
from tools.template import SNAPSHOT, resources, snapshot, written

LAMBDAS = resources("AWS::Serverless::Function")
ROLES = resources("AWS::IAM::Role")
(API,) = resources("AWS::Serverless::Api").values()


def statements(logical_id: str) -> list[dict[str, Any]]:
    (policy,) = ROLES[logical_id]["Policies"]
    return list(policy["PolicyDocument"]["Statement"])


def test_what_is_deployed_changes_on_purpose_only() -> None:
    """Each property of each resource, with loops written out: the difference of this file is what a change deploys."""
    assert SNAPSHOT.read_text() == snapshot(), "if that is what you want: make generate"


def test_template_and_folders_fit_together() -> None:
    assert discrepancies(written(), {path.parent.name for path in FUNCTIONS.glob("*/app.py")}) == []


def test_each_endpoint_answers_the_route_that_its_code_names() -> None:
    by_folder = {folder(logical_id): function for logical_id, function in LAMBDAS.items()}
    for name in ENDPOINTS:
        route, *head = routes(by_folder[name])
        assert head == ([route.replace("GET", "HEAD")] if route.startswith("GET") else [])
        assert re.search(rf'endpoint\(\s*"{re.escape(route)}",\s+{name},\s', (FUNCTIONS / name / "app.py").read_text())
        assert load(name).__doc__ == route


def test_the_other_methods_of_each_path_lead_to_405() -> None:
    """API Gateway answers the other methods of a path that exists by itself, unless they are named."""
    named = {route.partition(" ")[2] for route in routes(LAMBDAS["UnknownRouteFunction"])}
    missing, idle = set(allowed()) - named, named - set(allowed()) - {"/", "/{proxy+}"}
    assert not missing, f"add under UnknownRouteFunction an event with Method: ANY for {missing}"
    assert not idle, f"take out of UnknownRouteFunction what no function answers: {idle}"


def test_what_follows_from_the_routes_is_up_to_date() -> None:
    assert ROUTES.read_text() == text(), "run make generate"
    assert README.read_text() == readme(), "run make generate"


@pytest.mark.parametrize("logical_id", LAMBDAS)
def test_each_function_has_a_role_of_its_own_with_exact_rights(logical_id: str) -> None:
    name = logical_id.removesuffix("Function")
    assert LAMBDAS[logical_id]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert "ManagedPolicyArns" not in ROLES[f"{name}Role"]
    for statement in statements(f"{name}Role"):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert statement["Effect"] == "Allow"
        assert not [action for action in actions if "*" in action or "Scan" in action]
        if statement["Resource"] == "*":
            assert actions == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        if statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}:
            assert statement["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}
            leading = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            expected = {"Authorize": ["APIKEY#*"], "ManageApiKeys": ["TENANT#*", "APIKEY#*"]}
            expected["FanOutWebhooks"] = ["TENANT#*#WEBHOOKS"]
            expected["DeliverWebhook"] = ["TENANT#*#WEBHOOKS", "TENANT#*#WEBHOOK#*"]
            assert leading == expected.get(name, ["TENANT#*"])


def test_an_answer_comes_before_anyone_gives_up_on_it() -> None:
    endpoint = written()["Globals"]["Function"]["Timeout"]
    assert endpoint >= deadline.DEFAULT_SECONDS + 2 * RESERVE_SECONDS
    assert 2 * deadline.DEFAULT_SECONDS + RESERVE_SECONDS < 29  # the authorizer's and the endpoint's, for API Gateway
    for function in LAMBDAS.values():
        assert function.get("Timeout", endpoint) >= endpoint


def test_every_function_logs_to_one_group_that_forgets() -> None:
    logging = {"LogFormat": "JSON", "SystemLogLevel": "WARN", "LogGroup": {"Ref": "Logs"}}
    assert written()["Globals"]["Function"]["LoggingConfig"] == logging
    assert [logical_id for logical_id, function in LAMBDAS.items() if "LoggingConfig" in function] == []
    assert resources("AWS::Logs::LogGroup")["Logs"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_the_gateway_decides_what_is_traced() -> None:
    (rule,) = (each["SamplingRule"] for each in resources("AWS::XRay::SamplingRule").values())
    assert API["TracingEnabled"] is True
    assert rule["ServiceName"] == {"Fn::Sub": "${AWS::StackName}/${Environment}"}
    assert (API["Name"], API["StageName"]) == ({"Ref": "AWS::StackName"}, {"Ref": "Environment"})
    assert (rule["ReservoirSize"], rule["FixedRate"]) == (0, 0.01)
    assert {rule[name] for name in ("ServiceType", "ResourceARN", "Host", "HTTPMethod", "URLPath")} == {"*"}


def test_nothing_is_traced_behind_queues_streams_and_schedules() -> None:
    """There Lambda would decide by itself, for one call a second and one in twenty of the others."""
    assert written()["Globals"]["Function"]["Tracing"] == "Active"
    for function in LAMBDAS.values():
        behind = {each["Type"] for each in function.get("Events", {}).values()} & {"SQS", "DynamoDB", "Schedule"}
        assert function.get("Tracing", "Active") == ("PassThrough" if behind else "Active")


def test_the_gateway_logs_every_request_as_json_without_secrets() -> None:
    condition, setting, otherwise = API["AccessLogSetting"]["Fn::If"]
    assert (condition, otherwise) == ("HasAccessLogs", {"Ref": "AWS::NoValue"})
    assert setting["DestinationArn"]["Fn::Sub"].endswith(":log-group:${GatewayLogs}")
    line = json.loads(setting["Format"])
    assert "\n" not in setting["Format"]
    assert {name: line[name] for name in ("requestId", "resource", "status", "tenantId")} == {
        "requestId": "$context.extendedRequestId",  # as the client sees it
        "resource": "$context.resourcePath",  # not the path: what stands in it is the client's
        "status": "$context.status",
        "tenantId": "$context.authorizer.tenantId",
    }
    assert list(line)[-1] == "userAgent"
    assert all(re.fullmatch(r"\$context(\.\w+){1,2}", value) for value in line.values())
    assert not re.search(r"(?i)header|message|apiKey|principal|body", setting["Format"])


def test_nothing_is_scanned() -> None:
    sources = [
        *FUNCTIONS.rglob("*.py"),
        *(FUNCTIONS.parent / "layers").rglob("*.py"),
        FUNCTIONS.parent / "template.yaml",
    ]
    assert len(sources) > 30
    assert [path for path in sources if re.search(r"\bscan\b|dynamodb:Scan", path.read_text(), re.IGNORECASE)] == []


MAY_KNOW = {
    "domain": {"domain"},
    "runtime": {"runtime"},
    "gateway": {"gateway", "domain"},
    "http": {"http", "runtime", "domain"},
    "store": {"store", "runtime", "domain"},
    "webhooks": {"webhooks", "runtime", "domain"},
    "events": {"events", "webhooks", "store", "runtime", "domain"},
}


@pytest.mark.parametrize("room", MAY_KNOW)
def test_arrows_point_inward(room: str) -> None:
    """As docs/architecture.md has them. Imports within functions and for types alone are wiring, not arrows."""
    layer = FUNCTIONS.parent / "layers" / "campaigns" / "campaigns"
    for path in (layer / room).rglob("*.py"):
        known = re.findall(
            r"^from campaigns(?:\.(\w+))? import (\w+)|^from campaigns\.(\w+)\.", path.read_text(), re.MULTILINE
        )
        assert {package or module or name for package, name, module in known} <= MAY_KNOW[room], path.name
        if room == "domain":
            assert not re.search(r"^(import|from) (boto|aws_lambda)", path.read_text(), re.MULTILINE)


def test_a_revoked_key_stops_within_60_seconds() -> None:
    (authorizer,) = API["Auth"]["Authorizers"].values()
    assert authorizer["Identity"]["ReauthorizeEvery"] <= 55
    expression = re.compile(authorizer["Identity"]["ValidationExpression"])
    assert expression.match("Bearer kr_" + "aZ09_-" * 7 + "a")
    assert expression.match("Bearer " + new_raw_key())
    for malformed in ("kr_" + "a" * 43, "Bearer kr_" + "a" * 42, "Bearer kr_" + "a" * 42 + "!", "Basic kr_" + "a" * 43):
        assert not expression.match(malformed)


def test_only_unknown_routes_and_the_documentation_need_no_key() -> None:
    assert API["Auth"]["DefaultAuthorizer"] == "ApiKey"
    for_anybody = {"UnknownRouteFunction", "GetOpenapiFunction", "GetDocsFunction"}
    for logical_id, function in LAMBDAS.items():
        for each in function.get("Events", {}).values():
            if each["Type"] == "Api":
                own = each["Properties"].get("Auth")
                open_to_all = {"Authorizer": "NONE", "ApiKeyRequired": False}
                assert own == (open_to_all if logical_id in for_anybody else None)


def test_the_authorizer_and_the_gateway_agree_on_what_a_token_is() -> None:
    expression = API["Auth"]["Authorizers"]["ApiKey"]["Identity"]["ValidationExpression"]
    scheme, key = expression.strip("^$").split(" ")
    assert re.fullmatch(scheme, "bEARER")
    made = new_raw_key()
    near = (made, made[:46], made[:-1], made + "a", "kr_" + "_-" * 21 + "a", "kr_" + "_" * 49, "kr-" + made[3:], "")
    for each in near:
        assert bool(re.fullmatch(key, each)) == may_be_issued(each)
    wrong = made[:-1] + ("a" if made[-1] != "a" else "b")
    assert re.fullmatch(key, wrong)
    assert not may_be_issued(wrong)  # Its checksum is the authorizer's to compute.


def test_every_request_counts_against_the_limits_of_its_tenant() -> None:
    (plan,) = resources("AWS::ApiGateway::UsagePlan").values()
    assert API["ApiKeySourceType"] == "AUTHORIZER"
    assert API["Auth"]["ApiKeyRequired"] is True
    assert plan["ApiStages"] == [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Api.Stage"}}]
    assert plan["Throttle"] == {
        "RateLimit": {"Ref": "TenantThrottlingRate"},
        "BurstLimit": {"Ref": "TenantThrottlingBurst"},
    }


def test_what_needs_no_key_can_take_little_of_what_all_share() -> None:
    bounded = {
        f"{each['HttpMethod']} {each['ResourcePath'].replace('~1', '/').replace('//', '/')}"
        for each in API["MethodSettings"]
        if each["HttpMethod"] != "*"
        if (each["ThrottlingRateLimit"], each["ThrottlingBurstLimit"]) == (10, 20)
    }
    open_to_all = ("UnknownRouteFunction", "GetOpenapiFunction", "GetDocsFunction")
    assert bounded == {route for logical_id in open_to_all for route in routes(LAMBDAS[logical_id])}, (
        "bound in the API's MethodSettings what needs no key, and nothing else"
    )


def test_the_web_acl_counts_by_address_and_refuses_what_is_too_large() -> None:
    (acl,) = resources("AWS::WAFv2::WebACL").values()
    address, size = (rule["Statement"] for rule in acl["Rules"])
    assert address["RateBasedStatement"]["Limit"] == {"Ref": "AddressRequestLimit"}
    assert size["SizeConstraintStatement"]["Size"] == MAX_BODY_BYTES
    assert acl["AssociationConfig"]["RequestBody"]["API_GATEWAY"]["DefaultSizeInspectionLimit"] == "KB_64"
    assert size["SizeConstraintStatement"]["FieldToMatch"] == {"Body": {"OversizeHandling": "MATCH"}}
    (body,) = acl["CustomResponseBodies"].values()
    error = json.loads(body["Content"])["error"]
    assert acl["Rules"][1]["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 413
    assert (error["code"], list(error)) == ("PAYLOAD_TOO_LARGE", ["code", "message", "requestId"])
    for logical_id in ("WebAcl", "WebAclAssociation"):
        assert written()["Resources"][logical_id]["Condition"] == "HasAddressLimit"


def test_the_gateways_own_errors_come_in_the_envelope() -> None:
    expected = {
        "UNAUTHORIZED": (401, "UNAUTHORISED"),
        "ACCESS_DENIED": (401, "UNAUTHORISED"),
        "MISSING_AUTHENTICATION_TOKEN": (404, "NOT_FOUND"),
        "REQUEST_TOO_LARGE": (413, "PAYLOAD_TOO_LARGE"),
        "UNSUPPORTED_MEDIA_TYPE": (415, "UNSUPPORTED_MEDIA_TYPE"),
        "THROTTLED": (429, "RATE_LIMITED"),
        "QUOTA_EXCEEDED": (429, "RATE_LIMITED"),
        "WAF_FILTERED": (429, "RATE_LIMITED"),
        "AUTHORIZER_FAILURE": (503, "UNAVAILABLE"),
        "INTEGRATION_FAILURE": (503, "UNAVAILABLE"),
        "INTEGRATION_TIMEOUT": (504, "TIMEOUT"),
        "DEFAULT_4XX": (400, "VALIDATION_ERROR"),
        # What Lambda turns away or ends; functions answer their own 500s.
        "API_CONFIGURATION_ERROR": (503, "UNAVAILABLE"),
        "DEFAULT_5XX": (503, "UNAVAILABLE"),
    }
    assert set(expected) <= set(API["GatewayResponses"])
    policy = written()["Globals"]["Function"]["Environment"]["Variables"]["CAMPAIGNS_RATE_LIMIT_POLICY"]
    for kind, response in API["GatewayResponses"].items():
        error = json.loads(response["ResponseTemplates"]["application/json"])["error"]
        assert list(error) == ["code", "message", "requestId"]
        assert error["requestId"] == "$context.extendedRequestId"
        headers = response["ResponseParameters"]["Headers"]
        assert headers["X-Request-Id"] == "context.extendedRequestId"
        assert headers["RateLimit-Policy"] == {"Fn::Sub": f"'{policy['Fn::Sub']}'"}
        assert ("Retry-After" in headers) == (response["StatusCode"] in {429, 503})
        if kind in expected:
            assert (response["StatusCode"], error["code"]) == expected[kind]
    too_large = API["GatewayResponses"]["REQUEST_TOO_LARGE"]["ResponseTemplates"]["application/json"]
    assert str(MAX_BODY_BYTES) in too_large


def test_the_table() -> None:
    (table,) = resources("AWS::DynamoDB::Table").values()
    assert "GlobalSecondaryIndexes" not in table  # It may miss what was just written.
    sorts = {each["IndexName"]: each["KeySchema"][1]["AttributeName"] for each in table["LocalSecondaryIndexes"]}
    assert sorts == {"ByStatus": "byStatus", "ByUpdate": "byUpdate", "ByName": "byName"}
    assert {each["KeySchema"][0]["AttributeName"] for each in table["LocalSecondaryIndexes"]} == {"PK"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert "SSESpecification" not in table  # AWS's own key; with any other, each use of it is billed.
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}
    assert table["ContributorInsightsSpecification"] == {"Enabled": True, "Mode": "THROTTLED_KEYS"}
    # A rollback, of the first deployment too, must not try to delete it.
    assert {written()["Resources"]["Table"][each] for each in ("DeletionPolicy", "UpdateReplacePolicy")} == {"Retain"}


def test_every_parameter_is_documented() -> None:
    assert [name for name, parameter in written()["Parameters"].items() if not parameter.get("Description")] == []


def test_prod_is_deployed_without_a_prompt_and_tells_somebody() -> None:
    config = tomllib.loads((FUNCTIONS.parent / "samconfig.toml").read_text())["prod"]["deploy"]["parameters"]
    overrides = dict(each.split("=") for each in config["parameter_overrides"])
    assert config["confirm_changeset"] is False
    assert config["fail_on_empty_changeset"] is False
    assert overrides["AlarmTopic"]
    assert overrides.keys() <= written()["Parameters"].keys()


def test_a_change_of_the_layer_alone_is_deployed() -> None:
    shared = written()["Globals"]["Function"]
    assert shared["AutoPublishAliasAllProperties"] is True
    (layer,) = resources("AWS::Serverless::LayerVersion").values()
    assert layer["PublishLambdaVersion"] is True


def test_a_change_of_the_api_alone_is_deployed() -> None:
    assert API["AlwaysDeploy"] is True


METRICS = {
    # What each namespace measures by, and the resources that can stand behind it.
    "AWS/SQS": {"QueueName": "AWS::SQS::Queue"},
    "AWS/Lambda": {"FunctionName": "AWS::Serverless::Function"},
    "AWS/DynamoDB": {"TableName": "AWS::DynamoDB::Table"},
    "AWS/Events": {"EventBusName": "AWS::Events::EventBus", "RuleName": "AWS::Events::Rule"},
}
OF_THE_ACCOUNT = {"Throttles", "ClaimedAccountConcurrency"}
ALARMS = resources("AWS::CloudWatch::Alarm")
BURN_RATES = resources("AWS::CloudWatch::CompositeAlarm")
RUNBOOK = re.findall(r"^### (\S+)", (FUNCTIONS.parent / "docs" / "operations.md").read_text(), re.MULTILINE)
"""A heading may stand for a family of alarms: ``…ErrorAlarm``."""


FILTERS = list(resources("AWS::Logs::MetricFilter").values())
OWN_METRICS = [metric for each in FILTERS for metric in each["MetricTransformations"]]


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm looks at, by itself or in expressions."""
    return [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]


def test_own_metrics_count_lines_that_are_logged() -> None:
    code = FUNCTIONS.parent / "layers" / "campaigns" / "campaigns"
    sources = "".join(path.read_text() for folder in (code, FUNCTIONS) for path in folder.rglob("*.py"))
    of_functions = [each for each in FILTERS if each["LogGroupName"] == {"Ref": "Logs"}]
    for each in of_functions:
        (message,) = re.findall(r'\$\.message = "([^"]+)"', each["FilterPattern"])
        assert f'"{message}"' in sources
    of_the_gateway = [each for each in FILTERS if each["LogGroupName"] == {"Ref": "GatewayLogs"}]
    assert {json.dumps(each["FilterPattern"]) for each in of_the_gateway} == {
        json.dumps(f'{{ $.status = "{status}" }}') for status in (401, 403, 429)
    }
    assert len(of_functions) + len(of_the_gateway) == len(FILTERS)


@pytest.mark.parametrize("logical_id", ALARMS)
def test_alarms_watch_what_exists(logical_id: str) -> None:
    for metric in metrics(ALARMS[logical_id]):
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
        if metric["Namespace"] == "AWS/ApiGateway":
            # The API and its stage are named so in the template.
            assert dimensions == {"ApiName": API["Name"], "Stage": API["StageName"]}
        elif metric["Namespace"] == {"Ref": "AWS::StackName"}:
            (own,) = (each for each in OWN_METRICS if each["MetricName"] == metric["MetricName"])
            assert [each["Key"] for each in own.get("Dimensions", [])] == list(dimensions)
        elif dimensions:
            for name, value in dimensions.items():
                targets = re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', json.dumps(value))
                assert set(targets) <= set(resources(METRICS[metric["Namespace"]][name]))
                assert len(targets) == 1
                # A queue's Ref is its URL, and a rule's is not its name alone.
                assert ("Ref" not in value) == (name in {"QueueName", "RuleName"})
        else:
            assert metric["MetricName"] in OF_THE_ACCOUNT


@pytest.mark.parametrize("logical_id", [*ALARMS, *BURN_RATES])
def test_the_runbook_has_an_entry_for_each_alarm_that_notifies(logical_id: str) -> None:
    """Those that do not are part of one that does."""
    if ALARMS.get(logical_id, {}).get("ActionsEnabled", True):
        patterns = [heading.replace("\N{HORIZONTAL ELLIPSIS}", "*") for heading in RUNBOOK]
        assert any(fnmatchcase(logical_id, each) for each in patterns), (
            f"docs/operations.md says nothing of {logical_id}"
        )
    else:
        assert [name for name, each in BURN_RATES.items() if f'"{logical_id}"' in json.dumps(each["AlarmRule"])]


def test_the_runbook_knows_no_alarm_that_there_is_not() -> None:
    for heading in RUNBOOK:
        pattern = heading.replace("\N{HORIZONTAL ELLIPSIS}", "*")
        assert any(fnmatchcase(each, pattern) for each in [*ALARMS, *BURN_RATES]), heading


def test_every_function_and_rule_is_watched() -> None:
    for name in {each.removesuffix("Function") for each in LAMBDAS} - written()["Mappings"]["Pages"].keys():
        assert f"{name}ErrorAlarm" in ALARMS, f"in template.yaml, add {name} to the loop FunctionErrors"
    for rule in resources("AWS::Events::Rule"):
        assert f"{rule}Alarm" in ALARMS, f"in template.yaml, add {rule.removesuffix('Rule')} to the loop RuleFailures"


def test_every_queue_and_stream_is_watched() -> None:
    watched = json.dumps(resources("AWS::CloudWatch::Alarm"))
    for queue in resources("AWS::SQS::Queue"):
        assert json.dumps({"Fn::GetAtt": [queue, "QueueName"]}) in watched
    for logical_id, function in LAMBDAS.items():
        if any(each["Type"] == "DynamoDB" for each in function.get("Events", {}).values()):
            assert json.dumps({"Ref": logical_id}) in watched


def test_the_dashboard_is_json_about_what_exists() -> None:
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    text, own = dashboard["DashboardBody"]["Fn::Sub"]
    known = set(written()["Resources"]) | set(written()["Parameters"]) | {"AWS::Region", "AWS::StackName"} | set(own)
    assert {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", text)} <= known
    widgets = json.loads(text)["widgets"]
    assert len({(widget["x"], widget["y"]) for widget in widgets}) == len(widgets) == 9


TABLE_ARN = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${RestoredTable}"
RESTORED = {
    '{"Ref": "Table"}': {"Ref": "RestoredTable"},
    '{"Fn::GetAtt": ["Table", "Arn"]}': {"Fn::Sub": TABLE_ARN},
    '{"Fn::Sub": "${Table.Arn}/index/*"}': {"Fn::Sub": f"{TABLE_ARN}/index/*"},
    '{"Fn::GetAtt": ["Table", "StreamArn"]}': {"Fn::Sub": f"{TABLE_ARN}/stream/${{RestoredTableStream}}"},
}


def test_a_restored_table_serves_wherever_the_own_one_would() -> None:
    """Names, rights and streams together: a stack that still has one of the old table's would lose writes."""

    def alone(value: Any) -> list[Any]:
        match value:
            case {"Fn::If": ["IsRestored", restored, own]}:
                return [] if RESTORED[json.dumps(own)] == restored else [value]
            case {"Ref": "Table"} | {"Fn::GetAtt": ["Table", *_]}:
                return [value]
            case dict():
                return [each for part in value.values() for each in alone(part)]
            case list():
                return [each for part in value for each in alone(part)]
            case str():
                return re.findall(r"\$\{Table[.}]", value)
            case _:
                return []

    template = written()
    assert json.dumps(template).count("IsRestored") > len(LAMBDAS)
    assert alone({name: template[name] for name in ("Globals", "Resources", "Outputs")}) == []


def test_the_copy_elsewhere_is_kept_as_long_as_the_table_can_be_restored() -> None:
    (plan,) = resources("AWS::Backup::BackupPlan").values()
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    (copied,) = rule["CopyActions"]
    assert copied["DestinationBackupVaultArn"] == {"Ref": "BackupVaultArn"}
    assert rule["Lifecycle"] == copied["Lifecycle"] == {"DeleteAfterDays": 35}
    assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", rule["ScheduleExpression"])
    (selection,) = resources("AWS::Backup::BackupSelection").values()
    assert selection["BackupSelection"]["Resources"] == [{"Fn::GetAtt": ["Table", "Arn"]}]
    optional = {name for name, each in written()["Resources"].items() if each.get("Condition") == "HasBackupVault"}
    assert optional == {"BackupVault", "BackupPlan", "BackupSelection", "BackupRole"}
    # It holds the copies when the stack is gone.
    assert written()["Resources"]["BackupVault"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_streams_are_filtered_before_the_functions_and_give_up_into_a_queue() -> None:
    of_campaigns, of_notes = '"status":{"S":[{"exists":true}]}', '"disturbances":{"N":[{"exists":true}]}'
    of_additions = '"entry":{"S":[{"exists":true}]}'
    of_entries = '"asOf":{"N":[{"exists":true}]}'
    of_webhooks = '"disabledReason":{"S":[{"exists":true}]}'
    publishing = [of_webhooks, of_campaigns, of_campaigns, of_entries]
    wanted = {"PublishEventsFunction": publishing, "KeepMembershipsFunction": [of_campaigns, of_notes, of_additions]}
    for logical_id, parts in wanted.items():
        (mapping,) = (each["Properties"] for each in LAMBDAS[logical_id]["Events"].values())
        for each, part in zip(mapping["FilterCriteria"]["Filters"], parts, strict=True):
            assert part in each["Pattern"]
            json.loads(each["Pattern"])
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] <= 100  # what no function keeps aside blocks no shard for long
        assert 0 < mapping["MaximumRecordAgeInSeconds"] < 86_400  # below what the stream keeps
        queue, attribute = mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"]
        assert attribute == "Arn"
        # What the function keeps itself is where Lambda keeps the rest.
        assert LAMBDAS[logical_id]["Environment"]["Variables"]["DEAD_LETTER_QUEUE_URL"] == {"Ref": queue}


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Catalogue", "sync_catalogue"),
        ("WebhookEvents", "fan_out_webhooks"),
        ("Delivery", "deliver_webhook"),
        ("SlowDelivery", "deliver_webhook"),
    ],
)
def test_the_queue_gives_up_after_the_function_does(name: str, folder: str) -> None:
    queue = resources("AWS::SQS::Queue")[f"{name}Queue"]
    function = next(each for each in LAMBDAS.values() if each["CodeUri"] == f"functions/{folder}")
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES == 5
    assert "with given_up_in_the_end(" in (FUNCTIONS / folder / "app.py").read_text()
    assert queue["VisibilityTimeout"] == 6 * function["Timeout"]
    reading = [each["Properties"]["Queue"] for each in function["Events"].values()]
    assert {"Fn::GetAtt": [f"{name}Queue", "Arn"]} in reading


def test_a_batch_of_deliveries_ends_before_the_invocation_does() -> None:
    source = (FUNCTIONS / "deliver_webhook" / "app.py").read_text()
    (reserve,) = re.findall(r"^RESERVE_SECONDS = ([\d.]+)$", source, re.MULTILINE)
    of_aws = 15  # seconds that a client of ours takes at worst (runtime/bootstrap.py)
    assert float(reserve) >= SECONDS + 2 * of_aws
    assert LAMBDAS["DeliverWebhookFunction"]["Timeout"] >= float(reserve) + deadline.DEFAULT_SECONDS
    for name in ("DeliverWebhookFunction", "KeepSchedulesFunction", "FanOutWebhooksFunction"):
        assert {each["Properties"]["BatchSize"] for each in LAMBDAS[name]["Events"].values()} == {BATCH}


def test_a_long_fan_out_neither_holds_others_up_nor_is_taken_for_a_loop() -> None:
    function = LAMBDAS["SyncCatalogueFunction"]
    assert function["Events"]["Announced"]["Properties"]["BatchSize"] == 1
    assert function["RecursiveLoop"] == "Allow"


def test_queue_and_streams_leave_a_new_accounts_concurrency_to_the_api() -> None:
    """Ten executions at one time: two for each queue at most, and one for each shard of each stream's reader."""
    for logical_id, function in LAMBDAS.items():
        for source in function.get("Events", {}).values():
            if source["Type"] == "SQS":
                assert source["Properties"]["ScalingConfig"]["MaximumConcurrency"] == 2  # no less is possible
            if source["Type"] == "DynamoDB":
                assert source["Properties"]["ParallelizationFactor"] == 1, logical_id


def test_the_canary_fails_once_and_is_heard_when_it_is_silent() -> None:
    canary = LAMBDAS["CanaryFunction"]
    outside, _, on_aws = canary["Environment"]["Variables"]["CANARY_URL"]["Fn::If"]
    assert (outside, on_aws) == ("IsOutsideAws", written()["Outputs"]["BaseUrl"]["Value"])
    alarm = ALARMS["CanaryErrorAlarm"]
    assert canary["EventInvokeConfig"]["MaximumRetryAttempts"] == 0
    assert canary["Events"]["EveryMinute"]["Properties"]["State"] == {"Fn::If": ["CanaryIsOn", "ENABLED", "DISABLED"]}
    assert written()["Resources"]["CanaryErrorAlarm"]["Condition"] == "CanaryIsOn"
    assert alarm["TreatMissingData"] == "breaching"
    assert canary["Timeout"] < 60
    (call_,) = re.findall(r"^TIMEOUT_SECONDS = (\d+)$", (FUNCTIONS / "canary" / "app.py").read_text(), re.MULTILINE)
    assert canary["Timeout"] > 5 * int(call_)


def test_prod_keeps_an_archive() -> None:
    assert written()["Resources"]["Archive"]["Condition"] == "IsProd"


def test_keys_are_managed_by_the_operators_role_alone_under_each_of_the_functions_names() -> None:
    names: list[dict[str, Any]] = [
        {"Fn::GetAtt": ["ManageApiKeysFunction", "Arn"]},
        {"Ref": "ManageApiKeysFunction.Alias"},
        {"Ref": "ManageApiKeysFunction.Version"},
    ]
    policies = resources("AWS::Lambda::ResourcePolicy")
    assert [policy["ResourceArn"] for policy in policies.values()] == names
    for logical_id, policy in policies.items():
        assert written()["Resources"][logical_id]["Condition"] == "HasOperatorRole"
        assert policy["PolicyDocument"]["Statement"] == [
            {
                "Sid": "operators-alone",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "lambda:InvokeFunction",
                "Resource": policy["ResourceArn"],
                "Condition": {"ArnNotEquals": {"aws:PrincipalArn": {"Ref": "OperatorRoleArn"}}},
            }
        ]
    assert written()["Resources"]["OperatorVersionPolicy"]["UpdateReplacePolicy"] == "Retain"  # as the versions are


def test_on_the_bus_each_source_is_for_those_who_own_it() -> None:
    policies = resources("AWS::Events::EventBusPolicy")
    allowed, *denied = (policy["Statement"] for policy in policies.values())
    owners = {
        json.dumps(statement["Condition"]["ForAnyValue:StringEquals"]["events:source"]): statement["Condition"]
        for statement in denied
        if (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    }
    rule = resources("AWS::Events::Rule")["CatalogueRule"]
    announced = rule["EventPattern"]["source"]
    assert {source: each["ArnNotEquals"]["aws:PrincipalArn"] for source, each in owners.items()} == {
        json.dumps(announced): {"Ref": "AnnouncerArns"},
        json.dumps(["kraiter.campaigns"]): {"Fn::GetAtt": ["PublishEventsRole", "Arn"]},
    }
    assert (allowed["Effect"], allowed["Principal"]) == ("Allow", {"AWS": {"Ref": "AnnouncerArns"}})
    assert allowed["Condition"]["ForAllValues:StringEquals"] == {"events:source": announced}
    assert {written()["Resources"][logical_id]["Condition"] for logical_id in policies} == {"HasAnnouncers"}


@pytest.mark.parametrize(("parameter", "value"), [("EndpointUrl", ""), ("WebhookLoopback", "off")])
def test_what_is_for_the_local_stack_is_for_it_alone(parameter: str, value: str) -> None:
    rule = written()["Rules"][parameter]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "local"]}]}
    assert [each["Assert"] for each in rule["Assertions"]] == [{"Fn::Equals": [{"Ref": parameter}, value]}]


def test_tls_1_0_is_refused_under_each_of_the_apis_names() -> None:
    (domain,) = resources("AWS::ApiGateway::DomainName").values()
    for each in (API, domain):
        assert each["SecurityPolicy"].startswith("SecurityPolicy_TLS13_1_2_")
        assert each["EndpointAccessMode"] == "STRICT"


def test_an_api_with_a_domain_has_no_other_name() -> None:
    assert API["DisableExecuteApiEndpoint"] == {"Fn::If": ["HasDomain", True, False]}
    with_domain, without = written()["Outputs"]["BaseUrl"]["Value"]["Fn::If"][1:]
    assert with_domain == {"Fn::Sub": "https://${DomainName}"}
    assert without["Fn::Sub"].endswith("/${Environment}")
    for logical_id in ("Domain", "DomainMapping"):
        assert written()["Resources"][logical_id]["Condition"] == "HasDomain"


def test_the_documentation_can_be_left_out() -> None:
    for logical_id in ("GetOpenapiFunction", "GetDocsFunction"):
        variables = LAMBDAS[logical_id]["Environment"]["Variables"]
        assert variables == {"CAMPAIGNS_DOCUMENTATION": {"Ref": "Documentation"}}
