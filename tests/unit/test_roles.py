"""Each role allows the calls that its function was seen to make: none is missing, none unused."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient

from campaigns.domain.campaign import Kind
from campaigns.domain.contents import Wish, wanted
from campaigns.domain.identifiers import encode_cursor, timestamp, utc_now
from campaigns.domain.inputs import NewCampaign
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.events.queues import CatalogueQueues, DeadLetters
from campaigns.events.schedules import Schedules
from campaigns.gateway.usage_plan import UsagePlan
from campaigns.runtime import bootstrap
from campaigns.store.requests import catalogue
from campaigns.store.requests.api_keys import note_use
from campaigns.store.table import Table
from campaigns.webhooks.sealing import Sealer
from local.examples import CAMPAIGN_ID, WEBHOOK_ID, event, seed
from support.functions import FUNCTIONS, load
from support.http import Context
from support.http import event as request
from support.schedules import delivery, told
from support.stores import CampaignStore
from tools.template import resources

NAMES = sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))
MISSING = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
CONDITIONS = {"dynamodb": "dynamodb:LeadingKeys", "events": "events:source"}


class Call(NamedTuple):
    """What IAM would be asked about. ``subject`` is what a condition looks at: a partition key, an event's source."""

    action: str
    resource: str
    subject: str = ""


class Grant(NamedTuple):
    """One action on one resource of a role, for the subjects that fit one of the patterns."""

    action: str
    resource: str
    patterns: tuple[str, ...] = ("*",)

    def allows(self, call: Call) -> bool:
        fits = any(fnmatchcase(call.subject, pattern) for pattern in self.patterns)
        return fits and (call.action, call.resource) == (self.action, self.resource)


def discrepancies(calls: set[Call], grants: list[Grant]) -> set[str]:
    """What is called and not granted, or granted and not called."""
    missing = {f"missing: {call}" for call in calls if not any(grant.allows(call) for grant in grants)}
    unused = {f"unused: {grant.action} on {grant.resource}" for grant in grants if not any(map(grant.allows, calls))}
    # By role, not by action: a transaction may be judged by the keys of all its items at once.
    patterns = {pattern for grant in grants for pattern in grant.patterns}
    idle = {f"unused: {each}" for each in patterns if not any(fnmatchcase(call.subject, each) for call in calls)}
    return missing | unused | idle


def logical_id(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


def statements(name: str) -> list[dict[str, Any]]:
    role = f"{logical_id(name)}Role"
    (policy,) = resources("AWS::IAM::Role")[role]["Policies"]
    shared = [each for each in resources("AWS::IAM::Policy").values() if {"Ref": role} in each["Roles"]]
    return [copy.deepcopy(each) for policy in (policy, *shared) for each in policy["PolicyDocument"]["Statement"]]


def granted(statements: list[dict[str, Any]]) -> list[Grant]:
    """The role, statement by statement, as single grants."""
    return [
        Grant(action, _named(resource), _patterns(action, statement.get("Condition")))
        for statement in statements
        for action in _several(statement["Action"])
        for resource in _several(statement["Resource"])
    ]


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(resource: Any) -> str:
    """A resource as the template names it: ``Table.Arn``, or the text of a ``!Sub``."""
    if isinstance(resource, str):
        return resource
    return str(resource["Fn::Sub"]) if "Fn::Sub" in resource else ".".join(resource["Fn::GetAtt"])


def _patterns(action: str, condition: Any) -> tuple[str, ...]:
    if condition is None:
        return ("*",)
    # What of an item may be written narrows a right, and says nothing of whose item it is.
    if action == "iam:PassRole":
        ((operator, by_key),) = condition.items()
        assert (operator, *by_key) == ("StringEquals", "iam:PassedToService")
        return (by_key["iam:PassedToService"],)
    condition = {operator: by_key for operator, by_key in condition.items() if "dynamodb:Attributes" not in by_key}
    (operator, by_key), (absence, absent) = condition.items()
    assert operator in {"ForAllValues:StringLike", "ForAllValues:StringEquals"}
    ((key, patterns),) = by_key.items()
    assert key == CONDITIONS[action.partition(":")[0]]
    # All values of none fit any pattern: a request must have one.
    assert (absence, absent) == ("Null", {key: "false"})
    return tuple(patterns)


def made_by_the_platform(name: str) -> Iterator[Call]:
    """What Lambda does in the function's name: log, trace, and read what the function listens to."""
    yield from (Call(f"logs:{action}", "Logs.Arn") for action in ("CreateLogStream", "PutLogEvents"))
    function = resources("AWS::Serverless::Function")[f"{logical_id(name)}Function"]
    if function.get("Tracing", "Active") == "Active":
        yield from (Call(f"xray:{action}", "*") for action in ("PutTelemetryRecords", "PutTraceSegments"))
    for source in function.get("Events", {}).values():
        settings = source["Properties"]
        if source["Type"] == "SQS":
            for action in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage"):
                yield Call(f"sqs:{action}", _named(settings["Queue"]))
        if source["Type"] == "DynamoDB":
            yield Call("sqs:SendMessage", _named(settings["DestinationConfig"]["OnFailure"]["Destination"]))
            for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
                yield Call(f"dynamodb:{action}", _named(settings["Stream"]))


class World:
    """A function's surroundings, and every call that reaches them while one runs."""

    def __init__(
        self, table: Table, queues: CatalogueQueues, dead_letters: DeadLetters, plan: UsagePlan, key_id: str
    ) -> None:
        self.seen: set[Call] = set()
        self._table = table
        self._dead_letters = dead_letters
        self._plan_id, self._stack = plan.plan_id, plan.stack
        self._arns = {
            table.name: "Table.Arn",
            queues._queue_url: "CatalogueQueue.Arn",
            queues._dead_letter_queue_url: "CatalogueDeadLetterQueue.Arn",
            plan.stack: "EventBus.Arn",
            key_id: "WebhookKey.Arn",
        }
        self.campaigns = campaigns = CampaignStore(table)
        self.holding = campaigns.create("acme", NewCampaign(name="Holding")).id
        campaigns.add("acme", self.holding, Kind.SEQUENCE, "onboarding")
        campaigns.add("acme", self.holding, Kind.TEMPLATE, "launch-announcement")
        self.large = campaigns.create("acme", NewCampaign(name="Large")).id
        for id_ in (f"s{number}" for number in range(50)):
            table.send("put_item", **catalogue.announce("acme", Kind.SEQUENCE, id_, id_, 1))
        for some in (range(49), range(49, 50)):
            wish = Wish(wanted(Kind.SEQUENCE, [f"s{number}" for number in some], "add"))
            campaigns.change("acme", self.large, wish)

    def know(self, deliveries: DeliveryQueues) -> None:
        """Where deliveries wait."""
        assert deliveries._retries
        self._arns |= {
            deliveries._queue_url: "DeliveryQueue.Arn",
            deliveries._apart_url: "SlowDeliveryQueue.Arn",
            deliveries._dead_letter_queue_url: "WebhooksDeadLetterQueue.Arn",
            deliveries._retries._group: "${RetryGroup}",
            deliveries._retries._target["RoleArn"]: "RetryRole.Arn",
        }

    def invoke(self, name: str, event: Any, context: Context | None = None) -> Any:
        """Load the function and call its handler, watching every client of any service."""
        environment = resources("AWS::Serverless::Function")[f"{logical_id(name)}Function"].get("Environment", {})
        if kept := environment.get("Variables", {}).get("DEAD_LETTER_QUEUE_URL"):
            self._arns[self._dead_letters.url] = f"{kept['Ref']}.Arn"
        botocore: Any = BaseClient
        send, sent = botocore._make_api_call, list[tuple[BaseClient | None, str, dict[str, Any]]]()

        def watched(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
            sent.append((client, operation, params))
            return send(client, operation, params)

        def noted(request: dict[str, Any], event_name: str) -> None:
            sent.append((None, event_name.rpartition(".")[2], request))

        events = self._table.client.meta.events
        events.register("before-send.dynamodb", noted)
        with patch.object(BaseClient, "_make_api_call", watched):
            answer = load(name).handler(event, context or Context())
        events.unregister("before-send.dynamodb", noted)
        for each in sent:  # Afterwards: a handler would make a 500 of what can't be translated.
            self.seen |= set(self._calls(*each))
        return answer

    def _calls(self, client: BaseClient | None, operation: str, params: dict[str, Any]) -> Iterator[Call]:
        if client is None:  # the database in memory
            for action, table, partition in _items(operation, params):
                where = "${Table.Arn}/index/*" if "IndexName" in params else self._arns[table]
                yield Call(f"dynamodb:{action}", where, partition["S"])
            return
        service = client.meta.service_model.service_name
        if service == "apigateway":
            http = client.meta.service_model.operation_model(operation).http
            path = http["requestUri"].replace("{usageplanId}", params.get("usagePlanId", ""))
            known = path.replace(self._plan_id, "${UsagePlan}")
            yield Call(f"apigateway:{http['method']}", f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{known}")
        elif (service, operation) == ("events", "PutEvents"):
            for entry in params["Entries"]:
                yield Call("events:PutEvents", self._arns[entry["EventBusName"]], entry["Source"])
        elif service == "ssm":
            name = params["Name"].replace(self._stack, "${AWS::StackName}")
            arn = f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{name}"
            yield Call(f"ssm:{operation}", arn)
        elif service == "scheduler":
            group = self._arns.get(params["GroupName"], "${ScheduleGroup}")
            arn = f"arn:${{AWS::Partition}}:scheduler:${{AWS::Region}}:${{AWS::AccountId}}:schedule/{group}/*"
            yield Call(f"scheduler:{operation}", arn)
            if "Target" in params:
                role = self._arns.get(params["Target"]["RoleArn"], "SchedulerRole.Arn")
                yield Call("iam:PassRole", role, "scheduler.amazonaws.com")
        else:
            action = operation.removesuffix("Batch")  # a right of the single operation
            yield Call(f"{service}:{action}", self._arns[params.get("KeyId") or params["QueueUrl"]])


def _items(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The action, the table and the partition key of every item that a request is about."""
    match operation:
        case "TransactWriteItems":
            for named in params["TransactItems"]:
                ((verb, item),) = named.items()
                yield TRANSACTED[verb], item["TableName"], (item.get("Key") or item["Item"])["PK"]
        case "TransactGetItems":
            yield from (
                ("GetItem", each["Get"]["TableName"], each["Get"]["Key"]["PK"]) for each in params["TransactItems"]
            )
        case "BatchGetItem":
            for table, wanted in params["RequestItems"].items():
                yield from ((operation, table, key["PK"]) for key in wanted["Keys"])
        case "BatchWriteItem":
            for table, wanted in params["RequestItems"].items():
                for each in wanted:
                    ((_, write),) = each.items()
                    yield operation, table, (write.get("Key") or write["Item"])["PK"]
        case "Query":
            name = params["KeyConditionExpression"].removeprefix("PK = ").split(" ")[0]
            yield operation, params["TableName"], params["ExpressionAttributeValues"][name]
        case _:
            yield operation, params["TableName"], (params.get("Key") or params["Item"])["PK"]


NEW, KEY, AGED = {"name": "Launch"}, {"Idempotency-Key": "launch-1"}, {"If-Match": '"7"'}


def at(id_: str, body: Any = None, subject: str = "onboarding", **headers: Any) -> dict[str, Any]:
    return request(body, path={"id": id_, "seqId": subject, "tplId": subject}, **headers)


WEBHOOK = {"url": "https://hooks.example.com/", "events": ["campaign.*"]}
MISSING_WEBHOOK = MISSING.replace("cmp_", "wh_")


def of_webhook(id_: str, body: Any = None) -> dict[str, Any]:
    return request(body, path={"webhookId": id_})


def further(holding: str, large: str) -> dict[str, list[dict[str, Any]]]:
    """After a function's example, what could lead it to other calls. ``holding`` is a campaign that is not empty.

    ``large`` holds more than one transaction takes.
    """
    return {
        "create_campaign": [
            request(NEW, headers=KEY),
            request(NEW, headers=KEY),
            request({"name": "Other"}, headers=KEY),
            request({}),
            request(NEW | {"sequences": ["onboarding"], "templates": ["unknown"]}),
            request(NEW | {"sequences": ["onboarding"]}, headers={"Idempotency-Key": "launch-2"}),
        ],
        "change_associations": [
            at(holding, {"remove": {"sequences": ["onboarding"], "templates": ["launch-announcement"]}}),
            at(holding, {"add": {"sequences": ["onboarding"], "templates": ["launch-announcement"]}}),
            at(holding, {"add": {"sequences": ["unknown"]}}),
            at(MISSING, {"add": {"sequences": ["onboarding"]}}),
        ],
        "set_sequences": [at(holding, {"ids": each}) for each in ([], ["onboarding"], ["unknown"])],
        "set_templates": [at(holding, {"ids": each}) for each in ([], ["launch-announcement"], ["unknown"])],
        "clone_campaign": [
            at(holding),
            at(holding, {}, headers=KEY),
            at(holding, {}, headers=KEY),
            at(large),
            at(MISSING),
        ],
        "list_campaigns": [
            request(query="limit=1"),
            request(query=f"cursor={encode_cursor('acme', CAMPAIGN_ID)}"),
            *(
                request(query=each)
                for each in ("status=draft", "sort=name", "sequence=onboarding", f"ids={CAMPAIGN_ID}")
            ),
        ],
        "count_campaigns": [request(query=each) for each in ("", "q=x", "sequence=onboarding")],
        "list_sequences": [request(query="q=x")],
        "list_events": [request(query=f"campaign={CAMPAIGN_ID}&type=campaign.updated")],
        "list_templates": [request(query="limit=1")],
        "get_sequence": [at(CAMPAIGN_ID), at(CAMPAIGN_ID, subject="unknown")],
        "get_template": [at(CAMPAIGN_ID, subject="launch-announcement")],
        "get_campaign": [at(CAMPAIGN_ID, headers={"If-None-Match": "*"}), at(MISSING)],
        "update_campaign": [
            at(CAMPAIGN_ID, {"status": "active"}),
            at(CAMPAIGN_ID, NEW, headers=AGED),
            at(MISSING, NEW),
        ],
        "delete_campaign": [at(CAMPAIGN_ID), at(holding, headers=AGED), at(holding)],
        "add_sequence": [at(CAMPAIGN_ID), at(CAMPAIGN_ID, subject="unknown"), at(MISSING)],
        "add_template": [at(CAMPAIGN_ID, subject=each) for each in ("launch-announcement", "unknown")] + [at(MISSING)],
        "remove_sequence": [at(holding), at(holding), at(MISSING)],
        "remove_template": [at(holding, subject="launch-announcement"), at(holding, subject="unknown"), at(MISSING)],
        "create_webhook": [request(WEBHOOK, headers=KEY), request(WEBHOOK, headers=KEY), request({})],
        "get_webhook": [of_webhook(MISSING_WEBHOOK)],
        "update_webhook": [of_webhook(MISSING_WEBHOOK, {"enabled": False})],
        "rotate_webhook_secret": [of_webhook(MISSING_WEBHOOK), of_webhook(WEBHOOK_ID)],
        "delete_webhook": [of_webhook(WEBHOOK_ID)],
        "ping_webhook": [of_webhook(MISSING_WEBHOOK)],
        "list_deliveries": [of_webhook(MISSING_WEBHOOK)],
        "publish_events": [event("keep_memberships"), unreadable("publish_events")],
        "keep_memberships": [unreadable("keep_memberships")],
        "authorize": [event("authorize") | {"authorizationToken": "Bearer kr_unknown"}],
    }


def unreadable(name: str) -> dict[str, Any]:
    """The function's event with a record that makes no sense."""
    delivery: dict[str, Any] = event(name)
    for image in ("OldImage", "NewImage"):
        delivery["Records"][0]["dynamodb"][image] = {"status": {"S": "draft"}}
    return delivery


def additions_are_looked_at(world: World) -> None:
    """The catalogue had another name by the time, and then the sequence is deleted; one of the campaigns is gone."""

    def look() -> None:
        for campaign_id in (world.holding, MISSING):
            item = catalogue.membership("acme", Kind.SEQUENCE, "onboarding", campaign_id, "Another", 1)
            record = {"eventName": "INSERT", "dynamodb": {"Keys": item, "NewImage": item, "SequenceNumber": "1"}}
            assert world.invoke("keep_memberships", {"Records": [record]}) == {"batchItemFailures": []}

    look()
    deleted = catalogue.bury("acme", Kind.SEQUENCE, "onboarding", 10**17, timestamp(utc_now()), 1)
    world._table.send("put_item", **deleted)
    look()


def an_event_is_handed_to_webhooks(world: World) -> None:
    fan_out = event("fan_out_webhooks")
    (record,) = fan_out["Records"]
    assert world.invoke("fan_out_webhooks", fan_out) == {"batchItemFailures": []}
    for body in (event("deliver_webhook")["Records"][0]["body"].replace('"since"', '"apart": true, "since"'), "{}"):
        record["body"] = body
        assert world.invoke("fan_out_webhooks", fan_out) == {"batchItemFailures": []}


def deliveries_are_tried(world: World) -> None:
    made = world.invoke("create_webhook", request(WEBHOOK))
    world.seen.clear()
    delivery = event("deliver_webhook")
    (record,) = delivery["Records"]
    order = json.loads(record["body"])["order"] | {"webhook_id": json.loads(made["body"])["id"]}
    for attempt in (0, 4):
        record["body"] = json.dumps({"order": order | {"attempt": attempt}})
        assert world.invoke("deliver_webhook", delivery) == {"batchItemFailures": []}
    record["body"] = "{}"
    assert world.invoke("deliver_webhook", delivery) == {"batchItemFailures": []}


def keys_are_managed(world: World) -> None:
    def manage(**operation: str) -> Any:
        return world.invoke("manage_api_keys", operation | {"tenantId": "acme"})

    key_id = manage(operation="create")["keyId"]
    manage(operation="list")
    manage(operation="rotate", keyId=key_id)
    manage(operation="update", keyId=key_id, name="Named")
    for each in (key_id, key_id, "key_unknown"):
        manage(operation="revoke", keyId=each)


def in_hours(count: int) -> str:
    """Newer than what the table was seeded with, and not a day ahead."""
    return (datetime.now(UTC) + timedelta(hours=count)).isoformat()


def announcements_are_followed(world: World) -> None:
    def deliver(verb: str, detail: dict[str, str], context: Context | None = None) -> None:
        delivery = event("sync_catalogue")
        (record,) = delivery["Records"]
        announced = json.loads(record["body"]) | {"detail-type": f"sequence.{verb}"}
        record["body"] = json.dumps(announced | {"detail": announced["detail"] | detail})
        assert world.invoke("sync_catalogue", delivery, context) == {"batchItemFailures": []}

    deliver("updated", {"name": "Renamed", "updatedAt": in_hours(2)})
    deliver("updated", {"name": "Overtaken", "updatedAt": in_hours(1)})
    deliver("deleted", {"updatedAt": in_hours(3)}, TimeForOne())
    deliver("deleted", {"id": "a/b"})


def dates_are_kept(world: World) -> None:
    def hear(*bodies: str) -> None:
        assert world.invoke("keep_schedules", delivery(*bodies)) == {"batchItemFailures": []}

    for name, days in (("endsAt", 9.0), ("startsAt", 0.001), ("startsAt", -1.0)):
        date: Any = {name: timestamp(datetime.now(UTC) + timedelta(days=days))}
        world.campaigns.update("acme", world.holding, date, None)
        hear(told(world.holding, **date))
    hear(told(MISSING, startsAt=timestamp(datetime.now(UTC) + timedelta(days=9))), "malformed")


class TimeForOne(Context):
    """An invocation that hands on what is left after one campaign."""

    asked = 0

    def get_remaining_time_in_millis(self) -> int:
        self.asked += 1
        return 60_000 if self.asked == 1 else 1


@pytest.fixture
def world(
    table: Table,
    queues: CatalogueQueues,
    dead_letters: DeadLetters,
    deliveries: DeliveryQueues,
    plan: UsagePlan,
    key_id: str,
    wakers: Schedules,
    sealer: Sealer,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    events = boto3.client("events")
    events.create_event_bus(Name=plan.stack)
    monkeypatch.setattr(bootstrap, "event_bus", lambda: events)
    monkeypatch.setenv("CAMPAIGNS_EVENT_BUS", plan.stack)
    seed(table, sealer)
    world = World(table, queues, dead_letters, plan, key_id)
    world._arns |= {
        wakers.queue._queue_url: "SchedulesQueue.Arn",
        wakers.queue._dead_letter_queue_url: "SchedulesDeadLetterQueue.Arn",
    }
    world.know(deliveries)
    return world


def all_calls(name: str, world: World) -> set[Call]:
    world.invoke(name, event(name))
    for each in further(world.holding, world.large).get(name, []):
        world.invoke(name, each)
    if name == "manage_api_keys":
        keys_are_managed(world)
    if name == "fan_out_webhooks":
        an_event_is_handed_to_webhooks(world)
    if name == "deliver_webhook":
        deliveries_are_tried(world)
    if name == "sync_catalogue":
        announcements_are_followed(world)
    if name == "keep_memberships":
        additions_are_looked_at(world)
    if name == "keep_schedules":
        dates_are_kept(world)
    return world.seen


@pytest.mark.parametrize("name", NAMES)
def test_a_role_allows_what_its_function_calls_and_no_more(world: World, name: str) -> None:
    calls = all_calls(name, world)
    assert bool(calls) == (name not in {"get_docs", "get_openapi", "unknown_route", "whoami"})
    wrong = discrepancies(calls | set(made_by_the_platform(name)), granted(statements(name)))
    assert wrong == set(), "in template.yaml, give the role what is missing and take from it what is unused"


def test_the_authorizer_writes_when_a_key_was_used_and_nothing_else(world: World) -> None:
    (write,) = [each for each in statements("authorize") if each["Action"] == ["dynamodb:UpdateItem"]]
    assert write["Condition"]["ForAllValues:StringEquals"] == {"dynamodb:Attributes": ["PK", "SK", "lastUsedAt"]}
    names = re.findall(r"\b[A-Za-z]+\b", str(note_use("digest", "hour")["UpdateExpression"]).removeprefix("SET"))
    assert names == ["lastUsedAt", "hour"]


def test_a_role_that_allows_too_little_or_too_much_is_found(world: World) -> None:
    calls = all_calls("get_campaign", world) | set(made_by_the_platform("get_campaign"))
    (read,) = calls - set(made_by_the_platform("get_campaign"))

    def found(**change: Any) -> set[str]:
        first, *others = statements("get_campaign")
        return discrepancies(calls, granted([first | change, *others]))

    assert found() == set()
    assert found(Action=["dynamodb:Query"]) == {f"missing: {read}", "unused: dynamodb:Query on Table.Arn"}
    assert found(Resource={"Fn::GetAtt": ["Table", "StreamArn"]}) == {
        f"missing: {read}",
        "unused: dynamodb:GetItem on Table.StreamArn",
    }
    condition = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#*", "APIKEY#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert found(Condition=condition) == {"unused: APIKEY#*"}
