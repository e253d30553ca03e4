"""Stream records become the events of the contract: a pure function, tried on records of each kind."""

import itertools
import json
import random
from types import ModuleType
from typing import Any

import boto3
import jsonschema
import pytest
from botocore.exceptions import ClientError

from campaigns.domain.actors import CATALOGUE, SCHEDULE, Author
from campaigns.domain.campaign import Association, Campaign, Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.contents import exactly
from campaigns.domain.history import Recorded
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.domain.webhooks import Sealed, Webhook
from campaigns.events.publishing import MAX_BYTES, Outgoing, chunks, events_of
from campaigns.events.queues import DeadLetters
from campaigns.runtime import bootstrap
from campaigns.runtime.work import working_for
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.requests.history import items, unpack
from campaigns.store.requests.webhooks import webhook_item
from campaigns.store.table import Table
from support.authors import author
from support.catalogue import deleted, named
from support.functions import load
from support.http import Context
from support.stores import CampaignStore
from tools.schemas import FOLDER

NUMBERS = itertools.count(1)


class Recorder:
    """Does things to a campaign and makes the stream records that DynamoDB would: real items, before and after."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.campaigns = CampaignStore(table)
        self.id = ""

    def image(self) -> dict[str, Any] | None:
        if not self.id:
            return None
        answer = self.table.client.get_item(TableName=self.table.name, Key=keys.campaign("acme", self.id))  # type: ignore[arg-type]
        return answer.get("Item")

    def record(self, action: Any) -> dict[str, Any]:
        old = self.image()
        result = action()
        if isinstance(result, Campaign):
            self.id = result.id
        return record(old, self.image())


def record(old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    """A record of the table's stream."""
    number = next(NUMBERS)
    image = new or old or {}
    images = {name: value for name, value in (("OldImage", old), ("NewImage", new)) if value}
    return {
        "eventID": f"{number:032x}",
        "eventName": "MODIFY" if old and new else "INSERT" if new else "REMOVE",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "ApproximateCreationDateTime": 1757930460,
            "Keys": {"PK": image["PK"], "SK": image["SK"]},
            "SequenceNumber": f"{number:021}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }


def told(record: dict[str, Any]) -> list[tuple[str, list[tuple[str, Any, Any]]]]:
    """The types and changes of a record's events."""
    return [
        (
            event.detail_type.removeprefix("campaign."),
            [(c["field"], c["from"], c["to"]) for c in json.loads(event.detail)["changes"]],
        )
        for event in events_of(record)
    ]


def test_the_life_of_a_campaign(table: Table) -> None:
    recorder = Recorder(table)
    catalogue, campaigns = CatalogueStore(table), recorder.campaigns
    catalogue.follow(named("welcome", "Welcome", kind=Kind.TEMPLATE))
    onboarding, renamed = {"id": "onboarding", "name": "Onboarding Sequence"}, {"id": "onboarding", "name": "New"}
    welcome = {"id": "welcome", "name": "Welcome"}

    def follow(announcement: Announcement) -> Any:
        return lambda: catalogue.follow(announcement)

    life: list[tuple[Any, list[Any]]] = [
        (lambda: campaigns.create("acme", NewCampaign(name="Launch")), [("created", [])]),
        (
            lambda: campaigns.update("acme", recorder.id, CampaignPatch(name="N", status="active"), None),
            [("updated", [("name", "Launch", "N"), ("status", "draft", "active")])],
        ),
        (
            lambda: campaigns.update("acme", recorder.id, CampaignPatch(description="D"), None),
            [("updated", [("description", None, "D")])],
        ),
        (
            lambda: campaigns.add("acme", recorder.id, Kind.SEQUENCE, "onboarding"),
            [("sequence_added", [("sequence", None, onboarding)])],
        ),
        (
            lambda: campaigns.add("acme", recorder.id, Kind.TEMPLATE, "welcome"),
            [("template_added", [("template", None, welcome)])],
        ),
        (follow(named("onboarding", "New", at=1)), [("updated", [("sequence", onboarding, renamed)])]),
        (follow(deleted("onboarding", at=2)), [("sequence_removed", [("sequence", renamed, None)])]),
        (
            lambda: campaigns.remove("acme", recorder.id, Kind.TEMPLATE, "welcome"),
            [("template_removed", [("template", welcome, None)])],
        ),
        (lambda: campaigns.delete("acme", recorder.id, None), [("deleted", [])]),
    ]
    details = []
    for action, expected in life:
        happened = recorder.record(action)
        assert told(happened) == expected
        details += [json.loads(event.detail) for event in events_of(happened)]
    moments = [detail["occurredAt"] for detail in details]
    assert moments == sorted(set(moments))
    assert {detail["tenantId"] for detail in details} == {"acme"}
    assert len({detail["id"] for detail in details}) == len(details)
    assert details[3]["campaign"]["sequences"] == [onboarding]
    assert details[3]["campaign"]["updatedAt"] == details[3]["occurredAt"]
    assert set(details[0]) == {"id", "occurredAt", "tenantId", "campaign", "changes", "actor"}
    assert "version" not in details[0]["campaign"]


def test_several_changes_in_one_record_are_several_events(table: Table) -> None:
    recorder = Recorder(table)
    recorder.record(lambda: recorder.campaigns.create("acme", NewCampaign(name="Launch")))
    recorder.record(lambda: recorder.campaigns.add("acme", recorder.id, Kind.SEQUENCE, "onboarding"))
    old = recorder.image()
    assert old
    held = {"M": serialize_all({"name": "T", "addedAt": "2025-09-15T10:00:00.000Z", "asOf": 1})}
    new = old | {"name": {"S": "Other"}, "sequences": {"M": {}}, "templates": {"M": {"t": held}}}
    both = record(old, new)
    assert [kind for kind, _ in told(both)] == ["updated", "sequence_removed", "template_added"]
    events = events_of(both)
    assert len({json.loads(event.detail)["id"] for event in events}) == 3
    assert events == events_of(both)


def test_a_change_of_many_is_one_update_and_an_event_for_each(table: Table) -> None:
    recorder = Recorder(table)
    for id_ in "abcd":
        CatalogueStore(table).follow(named(id_, id_.upper()))
    new = NewCampaign(name="Launch", sequences=["a", "b", "c"], labels=("q4",), metadata={"k": "v"})
    created = recorder.record(lambda: recorder.campaigns.create("acme", new))
    assert told(created) == [("created", [])]
    (event,) = events_of(created)
    campaign = json.loads(event.detail)["campaign"]
    assert [each["id"] for each in campaign["sequences"]] == ["a", "b", "c"]
    assert (campaign["labels"], campaign["metadata"]) == (["q4"], {"k": "v"})

    def part(id_: str) -> dict[str, str]:
        return {"id": id_, "name": id_.upper()}

    def exact(*ids: str) -> dict[str, Any]:
        wish = exactly(Kind.SEQUENCE, ids)
        return recorder.record(lambda: recorder.campaigns.change("acme", recorder.id, wish))

    appended = exact("a", "c", "d")
    assert told(appended) == [
        ("sequence_removed", [("sequence", part("b"), None)]),
        ("sequence_added", [("sequence", None, part("d"))]),
    ]
    assert told(exact("d", "a", "c")) == [("updated", [("sequences", None, None)])]
    assert told(exact("b", "d", "c")) == [
        ("updated", [("sequences", None, None)]),
        ("sequence_removed", [("sequence", part("a"), None)]),
        ("sequence_added", [("sequence", None, part("b"))]),
    ]
    details = [json.loads(event.detail) for event in events_of(appended)]
    assert [each["id"].rpartition("_")[2] for each in details] == ["0", "1"]
    assert len({each["occurredAt"] for each in details}) == 1
    assert events_of(appended) == events_of(appended)


def test_labels_metadata_and_the_archive_are_told(table: Table) -> None:
    recorder = Recorder(table)
    recorder.record(lambda: recorder.campaigns.create("acme", NewCampaign(name="Launch", labels=("a",))))
    patch = CampaignPatch(labels=("a", "b"), metadata={"k": "v"}, archived=True)
    changed = recorder.record(lambda: recorder.campaigns.update("acme", recorder.id, patch, None))
    moment = recorder.campaigns.get("acme", recorder.id).archived_at
    fields = [("labels", ["a"], ["a", "b"]), ("metadata", {}, {"k": "v"}), ("archivedAt", None, moment)]
    assert told(changed) == [("updated", fields)]
    (event,) = events_of(changed)
    schema = json.loads((FOLDER / "campaign.updated.json").read_text())
    jsonschema.validate(json.loads(event.detail), schema)


def test_each_event_says_who_made_the_change(table: Table) -> None:
    recorder = Recorder(table)

    def by(author: Author | None, action: Any) -> dict[str, Any]:
        with working_for("acme", author):
            return recorder.record(action)

    def actors(happened: dict[str, Any]) -> list[Any]:
        events = [json.loads(each.detail) for each in events_of(happened)]
        for each, ready in zip(events, events_of(happened), strict=True):
            jsonschema.validate(each, json.loads((FOLDER / f"{ready.detail_type}.json").read_text()))
        return [each["actor"] for each in events]

    ci, api = author("key_1", "CI"), author("key_2", None)
    created = by(ci, lambda: recorder.campaigns.create("acme", NewCampaign(name="Launch")))
    assert actors(created) == [{"type": "api_key", "id": "key_1", "name": "CI"}]
    added = by(api, lambda: recorder.campaigns.add("acme", recorder.id, Kind.SEQUENCE, "onboarding"))
    assert actors(added) == [{"type": "api_key", "id": "key_2", "name": None}]
    renamed = by(CATALOGUE, lambda: CatalogueStore(table).follow(named("onboarding", "New", at=1)))
    assert actors(renamed) == [{"type": "catalogue", "id": None, "name": None}]
    status = CampaignPatch(status="active")
    assert actors(by(SCHEDULE, lambda: recorder.campaigns.update("acme", recorder.id, status, None))) == [
        {"type": "schedule", "id": None, "name": None}
    ]
    assert actors(by(None, lambda: recorder.campaigns.remove("acme", recorder.id, Kind.SEQUENCE, "onboarding"))) == [
        None
    ]


def test_a_release_that_names_nobody_blames_nobody(table: Table) -> None:
    """What knows nothing of ``changedBy`` leaves there who made the change before."""
    recorder = Recorder(table)
    with working_for("acme", author()):
        recorder.record(lambda: recorder.campaigns.create("acme", NewCampaign(name="Launch")))
    old = recorder.image()
    assert old
    assert old["changedBy"]
    change = {"name": {"S": "Other"}, "updatedAt": {"S": "2099-01-01T00:00:00.000Z"}, "version": {"N": "2"}}
    (event,) = events_of(record(old, old | change))
    assert json.loads(event.detail)["actor"] is None
    del old["changedBy"]
    (event,) = events_of(record(None, old))
    assert json.loads(event.detail)["actor"] is None


def test_what_nobody_sees_is_no_event(table: Table) -> None:
    recorder = Recorder(table)
    recorder.record(lambda: recorder.campaigns.create("acme", NewCampaign(name="Launch")))
    old = recorder.image()
    assert old
    assert events_of(record(old, old | {"writeId": {"S": "another"}})) == []


def full(table: Table, ids: str, name: str) -> Outgoing:
    """The event of a campaign that holds as much as one may."""
    recorder = Recorder(table)
    recorder.record(lambda: recorder.campaigns.create("acme", NewCampaign(name="Launch")))
    old = recorder.image()
    assert old
    each = {"M": serialize_all({"name": name, "addedAt": "2025-09-15T10:00:00.000Z", "asOf": 1})}
    many = {"M": {f"{number:03}".ljust(128, ids): each for number in range(500)}}
    large = old | {"sequences": many, "templates": many}
    (event,) = events_of(record(large, large | {"status": {"S": "active"}}))
    assert event.size <= MAX_BYTES < 1_000_000
    return event


@pytest.mark.parametrize("text", ["x", '"'])
def test_the_event_of_the_largest_campaign_is_whole(table: Table, text: str) -> None:
    campaign = json.loads(full(table, text, text * 200).detail)["campaign"]
    assert [len(campaign[kind.plural]) for kind in Kind] == [500, 500]


def test_an_event_too_large_for_an_item_is_kept_without_associations(table: Table) -> None:
    """Noise can't be packed, and an item has at most 400 KB. The bus has it whole."""
    recorder = Recorder(table)
    recorder.record(lambda: recorder.campaigns.create("acme", NewCampaign(name="Launch")))
    old = recorder.image()
    assert old
    noise = random.Random(1)
    held = {
        f"{number}": {"M": serialize_all({"name": noise.randbytes(380).hex(), "addedAt": f"{number:04}", "asOf": 1})}
        for number in range(500)
    }
    large = old | {"sequences": {"M": held}, "templates": {"M": held}}
    (event,) = events_of(record(large, large | {"status": {"S": "active"}}))
    assert event.recorded
    assert len(event.recorded.packed) < 1024
    kept = json.loads(unpack(event.recorded.packed))
    assert "sequences" not in kept["campaign"]
    assert kept["changes"] == [{"field": "status", "from": "draft", "to": "active"}]
    assert len(json.loads(event.detail)["campaign"]["sequences"]) == 500


def test_an_event_too_large_for_the_bus_leaves_the_associations_out(table: Table) -> None:
    campaign = json.loads(full(table, "x", "n" * 1000).detail)["campaign"]
    times = {"createdAt", "updatedAt", "startsAt", "endsAt", "archivedAt"}
    assert set(campaign) == {"id", "name", "description", "status", "labels", "metadata", "etag"} | times


def outgoing(number: int, campaign: str, size: int = 10) -> Outgoing:
    recorded = Recorded("acme", campaign, "campaign.updated", "2025-09-15T10:00:00.000Z", "r", number, None, b"")
    return Outgoing(str(number), campaign, "campaign.updated", "x" * size, recorded)


def test_calls_hold_ten_events_one_megabyte_and_one_event_of_each_campaign() -> None:
    events = [outgoing(number, f"c{number}") for number in range(25)]
    assert [len(chunk) for chunk in chunks(events)] == [10, 10, 5]
    assert list(itertools.chain(*chunks(events))) == events
    assert [len(chunk) for chunk in chunks(outgoing(n, f"c{n}", 400_000) for n in range(5))] == [2, 2, 1]
    assert [len(chunk) for chunk in chunks(outgoing(n, c) for n, c in enumerate("abcabca"))] == [3, 3, 1]
    assert list(chunks([])) == []


class Bus:
    """EventBridge's PutEvents, which refuses what it is told to refuse: by the names of campaigns, with these codes."""

    def __init__(self, *refused: str, **codes: str) -> None:
        self.refused = dict.fromkeys(refused, "InternalFailure") | codes
        self.taken: list[str] = []
        self.denied = False

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 - EventBridge's name
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutEvents")
        answers = []
        for entry in Entries:
            name = json.loads(entry["Detail"])["campaign"]["name"]
            if name in self.refused:
                answers.append({"ErrorCode": self.refused[name], "ErrorMessage": "because"})
            else:
                self.taken.append(name)
                answers.append({"EventId": name})
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


@pytest.fixture(autouse=True)
def _kept(dead_letters: DeadLetters, table: Table) -> None:
    """The function keeps what it can't publish, and has a table."""


def kept(dead_letters: DeadLetters) -> list[tuple[Any, str]]:
    """The records that were kept, each with its reason."""
    answer = dead_letters.client.receive_message(
        QueueUrl=dead_letters.url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )
    bodies = [(json.loads(each["Body"]), each["MessageAttributes"]) for each in answer.get("Messages", [])]
    return [(record, told["reason"]["StringValue"]) for body, told in bodies for record in body["Records"]]


def load_on(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(bootstrap, "event_bus", lambda: bus)
    monkeypatch.setenv("CAMPAIGNS_EVENT_BUS", "bus")
    return load("publish_events")


def renames(*names: str, campaign: str = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV") -> list[dict[str, Any]]:
    """The records of a campaign that is renamed again and again."""
    at = "2025-09-15T10:00:00.000Z"
    shown = Campaign(
        id=campaign,
        name="",
        description=None,
        status="draft",
        sequences=(Association(id="s", name="S"),),
        templates=(),
        created_at=at,
        updated_at=at,
        version=1,
    )
    images = []
    for name in ("", *names):
        fields: dict[str, Any] = {
            "name": name,
            "description": None,
            "status": "draft",
            "sequences": {},
            "templates": {},
        }
        moments = {"createdAt": at, "updatedAt": shown.updated_at, "version": 1, "id": campaign}
        images.append(keys.campaign("acme", campaign) | serialize_all(fields | moments))
    return [record(old, new) for old, new in itertools.pairwise(images)]


def test_a_refused_event_comes_again_with_all_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [*renames("a1", "a2", "a3"), *renames("b1", campaign="cmp_01ARZ3NDEKTSV4RRFFQ69G5FAW")]
    bus = Bus("a2")
    function = load_on(bus, monkeypatch)
    answer = function.handler({"Records": records}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[1]["dynamodb"]["SequenceNumber"]}]}
    assert bus.taken == ["a1"]
    bus.refused.clear()
    assert function.handler({"Records": records[1:]}, Context()) == {"batchItemFailures": []}
    assert bus.taken == ["a1", "a2", "a3", "b1"]


def test_no_event_overtakes_one_of_its_campaign_that_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [
        renames("a1")[0],
        renames("b1", campaign="cmp_01ARZ3NDEKTSV4RRFFQ69G5FAW")[0],
        renames("", "a2")[1],
    ]
    bus = Bus("a1")
    answer = load_on(bus, monkeypatch).handler({"Records": records}, Context())
    assert answer["batchItemFailures"] == [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}]
    assert "a2" not in bus.taken


def failed_from(answer: dict[str, Any]) -> str | None:
    """The record that Lambda will deliver again from."""
    failures = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert len(failures) <= 1
    return failures[0] if failures else None


def test_an_unreadable_record_is_kept_whole_and_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch, dead_letters: DeadLetters
) -> None:
    records = renames("a1", "a2", "a3")
    records[1]["dynamodb"]["NewImage"] = {"status": {"S": "draft"}}
    bus = Bus()
    assert load_on(bus, monkeypatch).handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert bus.taken == ["a1", "a3"]
    assert kept(dead_letters) == [(records[1], "unreadable: KeyError: 'id'")]


REFUSED_FOR_GOOD = ["MalformedDetail", "InvalidArgument", "NotAuthorizedForSourceException", "SomethingNew"]


@pytest.mark.parametrize("code", REFUSED_FOR_GOOD)
def test_what_the_bus_refuses_for_good_is_kept_whole_and_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch, dead_letters: DeadLetters, code: str
) -> None:
    records = renames("a1", "a2", "a3")
    bus = Bus(a2=code)
    assert load_on(bus, monkeypatch).handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert bus.taken == ["a1", "a3"]
    assert kept(dead_letters) == [(records[1], f"refused: {code}: because")]


@pytest.mark.parametrize("code", ["InternalFailure", "ThrottlingException"])
def test_what_may_pass_another_time_comes_again_and_nothing_behind_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, dead_letters: DeadLetters, code: str
) -> None:
    a = renames("a1", "a2", "a3", "a4")
    b = renames("b1", campaign="cmp_01ARZ3NDEKTSV4RRFFQ69G5FAW")
    records = [a[0], a[1], *b, a[2], a[3]]
    bus = Bus(a1="MalformedDetail", a2=code, b1="MalformedDetail", a3="MalformedDetail")
    function = load_on(bus, monkeypatch)
    del a[3]["dynamodb"]["NewImage"]["status"]
    assert failed_from(function.handler({"Records": records}, Context())) == a[1]["dynamodb"]["SequenceNumber"]
    assert kept(dead_letters) == [(a[0], "refused: MalformedDetail: because")]
    del bus.refused["a2"]
    assert failed_from(function.handler({"Records": records[1:]}, Context())) is None
    assert [record for record, _ in kept(dead_letters)] == [*b, a[2], a[3]]
    assert bus.taken == ["a2"]


def test_a_call_that_is_refused_as_a_whole_comes_again(
    monkeypatch: pytest.MonkeyPatch, dead_letters: DeadLetters
) -> None:
    records = renames("a1", "a2")
    bus = Bus()
    bus.denied = True
    function = load_on(bus, monkeypatch)
    assert failed_from(function.handler({"Records": records}, Context())) == records[0]["dynamodb"]["SequenceNumber"]
    assert kept(dead_letters) == []


def test_a_record_that_can_not_be_kept_is_not_lost(monkeypatch: pytest.MonkeyPatch, dead_letters: DeadLetters) -> None:
    """SQS takes 1 MiB. Lambda delivers the batch again, halved, and keeps the position of the record in the end."""
    records = renames("a1")
    del records[0]["dynamodb"]["NewImage"]["status"]
    records[0]["dynamodb"]["OldImage"]["name"] = {"S": "n" * 1_048_576}
    with pytest.raises(ClientError):
        load_on(Bus(), monkeypatch).handler({"Records": records}, Context())
    assert kept(dead_letters) == []


def test_the_real_client_takes_what_is_sent(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    events = boto3.client("events")
    events.create_event_bus(Name="bus")
    monkeypatch.setattr(bootstrap, "event_bus", lambda: events)
    monkeypatch.setenv("CAMPAIGNS_EVENT_BUS", "bus")
    assert load("publish_events").handler({"Records": renames("a", "b")}, Context()) == {"batchItemFailures": []}


def webhook_record(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What the stream says of a webhook."""
    webhook = Webhook(
        id="wh_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        tenant_id="acme",
        url="https://hooks.example.com/",
        events=("campaign.*",),
        description=None,
        secrets=(Sealed("sealed"),),
        created_at="2025-09-15T10:00:00.000Z",
        updated_at="2025-09-15T10:00:00.000Z",
    )
    item = webhook_item(webhook)
    change = {"OldImage": item | serialize_all(before), "NewImage": item | serialize_all(after)}
    keys_ = {name: item[name] for name in ("PK", "SK")}
    return {
        "eventID": "1",
        "eventName": "MODIFY",
        "dynamodb": {"Keys": keys_, **change, "SequenceNumber": "1", "ApproximateCreationDateTime": 1},
    }


DISABLED = {
    "disabledAt": "2025-09-15T11:00:00.000Z",
    "disabledReason": "failing",
    "updatedAt": "2025-09-15T11:00:00.000Z",
}


def test_that_a_webhook_was_disabled_is_told_once_and_in_the_history_without_its_url() -> None:
    (event,) = events_of(webhook_record({}, DISABLED))
    detail = json.loads(event.detail)
    assert json.loads(unpack(event.recorded.packed)) == {
        "id": detail["id"],
        "type": "webhook.disabled",
        "occurredAt": DISABLED["updatedAt"],
        "tenantId": "acme",
        "campaign": None,
        "changes": [],
        "actor": None,
        "request": None,
        "webhook": {"id": detail["webhook"]["id"], "description": None, "reason": "failing"},
    }
    (item,) = items(event.recorded, 1)
    assert item["PK"] == {"S": "TENANT#acme#EVENTS#2025-09"}
    assert event.detail_type == "webhook.disabled"
    assert detail["occurredAt"] == DISABLED["updatedAt"]
    assert (detail["tenantId"], detail["reason"], detail["webhook"]["enabled"]) == ("acme", "failing", False)
    assert "sealed" not in event.detail
    jsonschema.validate(detail, json.loads((FOLDER / "webhook.disabled.json").read_text()))
    assert events_of(webhook_record(DISABLED, DISABLED | {"description": "D"})) == []
    assert events_of(webhook_record({}, {"disabledAt": DISABLED["disabledAt"]})) == []
    assert events_of(webhook_record(DISABLED, {})) == []
