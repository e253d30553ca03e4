"""The history is complete, in order and without repeats, wherever its writer is killed, and whatever comes again."""

import json
from collections import defaultdict
from itertools import count, product
from types import ModuleType
from typing import Any

import pytest

from campaigns.domain.errors import Unavailable
from campaigns.runtime import bootstrap
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import PartitionFull, Table
from local.faults import Fault, Plan, possible
from support.catalogue import deleted, named
from support.clock import Stopwatch
from support.engines import counted_calls
from support.flaky import FlakyClient
from support.functions import load
from support.history import TENANTS, Around, Killed, campaigns_of, happenings, kept, run
from support.http import Context, call, event
from support.stream import Record, StreamedDynamoDB, records_for


@pytest.fixture
def database() -> StreamedDynamoDB:
    return StreamedDynamoDB()


@pytest.fixture
def client(database: StreamedDynamoDB) -> StreamedDynamoDB:
    """DynamoDB in memory, with its stream."""
    return database


@pytest.fixture
def around(table: Table, database: StreamedDynamoDB, dead_letters: object, monkeypatch: pytest.MonkeyPatch) -> Around:
    around = Around(database)
    monkeypatch.setattr(bootstrap, "dynamodb_client", lambda: around)
    monkeypatch.setattr(bootstrap, "event_bus", lambda: around)
    monkeypatch.setenv("CAMPAIGNS_EVENT_BUS", "bus")
    return around


def by_campaign(events: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for each in events:
        found[each["tenantId"], each["campaign"]["id"]].append(each)
    return found


def as_on_the_bus(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return event["type"], {name: value for name, value in event.items() if name not in {"type", "request"}}


def test_the_history_has_what_was_on_the_bus_and_who_asked(
    table: Table, database: StreamedDynamoDB, around: Around
) -> None:
    happenings(table)
    run(load("publish_events"), list(records_for("publish_events", database.records)), 100)
    on_bus = by_campaign([{"type": type_} | detail for type_, detail in around.bus])
    assert len(on_bus) == 6
    for (tenant, campaign), told in on_bus.items():
        history = kept(table, tenant, campaign)
        assert [as_on_the_bus(each) for each in history] == [as_on_the_bus(each) for each in told]
    history = kept(table, "acme", max(campaign for tenant, campaign in on_bus if tenant == "acme"))
    asked = {"ip": "198.51.100.7", "userAgent": "curl/8.7.1"}
    assert history[0]["request"] == {"id": "r-1"} | asked
    assert [each["request"] for each in history if each["actor"]["type"] == "catalogue"] == [None]
    (gone,) = (each for events in on_bus.values() for each in events if each["type"] == "campaign.deleted"
               if each["tenantId"] == "acme")  # fmt: skip
    assert gone["actor"] == {"type": "api_key", "id": "key_2", "name": None}
    assert kept(table, "acme", gone["campaign"]["id"])[-1]["request"] == {"id": "r-3"} | asked


def test_a_fan_out_is_told_once(table: Table, database: StreamedDynamoDB, around: Around) -> None:
    """However many campaigns hold what is renamed, the tenant's history has one event of it; each campaign its own."""
    happenings(table)
    run(load("publish_events"), list(records_for("publish_events", database.records)), 100)
    for tenant in TENANTS:
        months = sorted({detail["occurredAt"][:7] for _, detail in around.bus})
        feed = [each for month in months for each in kept(table, tenant, month)]
        by_catalogue = [each for each in feed if each["actor"]["type"] == "catalogue"]
        assert [(each["type"], each["campaign"], each["request"]) for each in by_catalogue] == [
            ("sequence.updated", None, None),
            ("sequence.deleted", None, None),
        ]
        a = [{"id": "a", "name": name} for name in ("A", "New")]
        assert [each["changes"] for each in by_catalogue] == [
            [{"field": "sequence", "from": a[0], "to": a[1]}],
            [{"field": "sequence", "from": {"id": "b", "name": "B"}, "to": None}],
        ]
        renamed = [
            each
            for of in (campaign for owner, campaign in campaigns_of(table, database) if owner == tenant)
            for each in kept(table, tenant, of)
            if each["actor"]["type"] == "catalogue" and each["type"] == "campaign.updated"
        ]
        assert len(renamed) == 3
        ids = {each["id"] for each in feed}
        assert len(ids) == len(feed)
        assert not ids & {each["id"] for each in renamed}


def test_what_says_nothing_new_of_the_catalogue_is_no_event(
    table: Table, database: StreamedDynamoDB, around: Around
) -> None:
    catalogue = CatalogueStore(table)
    for announcement in (
        named("x", "X", at=1),  # new
        named("x", "X", at=2),  # the same once more
        deleted("y", at=3),  # what nobody knew
        named("y", "Y", at=4),  # after its deletion
    ):
        catalogue.follow(announcement)
    run(load("publish_events"), list(records_for("publish_events", database.records)), 100)
    assert around.calls == 0


@pytest.mark.parametrize("done_first", [False, True])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_kill_at_any_call_leaves_no_gap_and_doubles_nothing(
    table: Table, database: StreamedDynamoDB, around: Around, size: int, done_first: bool
) -> None:
    """And while what follows is not there, what is there is the beginning: nothing without all that came before it."""
    happenings(table)
    records = list(records_for("publish_events", database.records))
    function = load("publish_events")
    run(function, records, size)
    where = list(campaigns_of(table, database))
    expected, calls = {each: kept(table, *each) for each in where}, around.calls
    items = {key for key in database._tables[table.name].partitions if "#EVENTS#" in key}
    assert sum(map(len, expected.values())) == len(around.bus)
    around.done_first = done_first
    for at in range(0, calls, 1 if size == 100 else 5):
        for partition in items:
            database._tables[table.name].partitions.pop(partition)
        around.bus.clear()
        around.calls, around.kill_at = 0, at
        with pytest.raises(Killed):
            run(function, records, size)
        for each in where:
            history = kept(table, *each)
            assert history == expected[each][: len(history)]
        around.kill_at = None
        run(function, records, size)  # Lambda repeats what it has no answer for; here all that ever was.
        assert {each: kept(table, *each) for each in where} == expected
        assert {key for key in database._tables[table.name].partitions if "#EVENTS#" in key} == items
        heard = {detail["id"] for _, detail in around.bus}
        assert heard == {each["id"] for events in expected.values() for each in events}


def test_a_fault_at_any_call_leaves_no_gap_and_doubles_nothing(
    table: Table, database: StreamedDynamoDB, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, the function gets over it by itself; for ever, it says from where to go on, or fails as a whole."""
    happenings(table)
    records = list(records_for("publish_events", database.records))
    run(load("publish_events"), records, 100)
    where = list(campaigns_of(table, database))
    expected = {each: kept(table, *each) for each in where}
    watch = Stopwatch()
    flaky = FlakyClient(database, watch)  # type: ignore[arg-type]
    monkeypatch.setattr(bootstrap, "dynamodb_client", lambda: flaky)
    function = load("publish_events")
    calls: list[str] = []
    flaky.plan = calls.append
    partitions = database._tables[table.name].partitions
    run(function, records, 100)
    tried = 0
    for at in (0, *range(1, len(calls), 5)):  # The first reads the notes; all others are alike.
        for fault, times in product(possible(calls[at]), (1, 1000)):
            for partition in [key for key in partitions if "#EVENTS#" in key]:
                partitions.pop(partition)
            around.bus.clear()
            flaky.plan = planned(at, fault, times)
            with watch.running():
                answer = failed(function, records)
            assert (times == 1) == (answer == {"batchItemFailures": []})
            for each in where:
                history = kept(table, *each)
                assert history == expected[each][: len(history)]
            flaky.plan = None
            flaky.arrive()
            run(function, records, 100)
            assert {each: kept(table, *each) for each in where} == expected
            assert {detail["id"] for _, detail in around.bus} == {
                each["id"] for events in expected.values() for each in events
            }
            tried += 1
    assert tried >= 50


def planned(at: int, fault: Fault, times: int) -> Plan:
    numbers = count()
    return lambda operation: fault if at <= next(numbers) < at + times and fault in possible(operation) else None


def failed(function: ModuleType, records: list[Record]) -> Any:
    try:
        return function.handler({"Records": records}, Context())
    except Unavailable:
        return "the invocation failed"


def test_what_there_is_no_time_for_comes_again(table: Table, database: StreamedDynamoDB, around: Around) -> None:
    happenings(table)
    records = list(records_for("publish_events", database.records))
    function = load("publish_events")
    answer = function.handler({"Records": records}, Context(remaining_milliseconds=10_000))
    (failure,) = answer["batchItemFailures"]
    numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
    assert 0 < len(around.bus) < len(records)
    assert failure["itemIdentifier"] in numbers[1:]
    run(function, records[numbers.index(failure["itemIdentifier"]) :], 100)
    heard = [detail["id"] for _, detail in around.bus]
    assert len(heard) == len(set(heard)) == sum(len(kept(table, *each)) for each in campaigns_of(table, database))


def test_nobody_hears_of_what_is_not_in_the_history(
    table: Table, database: StreamedDynamoDB, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    happenings(table)
    records = list(records_for("publish_events", database.records))
    function = load("publish_events")
    heard = around.put_events

    def put_events(Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 - EventBridge's name
        for each in Entries:
            detail = json.loads(each["Detail"])
            assert detail["id"] in {one["id"] for one in kept(table, detail["tenantId"], detail["campaign"]["id"])}
        return heard(Entries)

    monkeypatch.setattr(around, "put_events", put_events)
    run(function, records, 100)
    assert around.bus


def test_one_call_tells_who_deleted_what(table: Table, database: StreamedDynamoDB, around: Around) -> None:
    happenings(table)
    records = list(records_for("publish_events", database.records))
    with counted_calls(database) as calls:  # type: ignore[arg-type]
        run(load("publish_events"), records, 100)
    assert calls.count("TransactGetItems") == 1
    assert set(calls) == {"TransactGetItems", "BatchWriteItem"}


def test_a_history_that_is_full_holds_up_nobody(
    table: Table, database: StreamedDynamoDB, around: Around, dead_letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a tenant whose month has no more room the records are kept aside; its events and all others' go on."""
    happenings(table)
    records = list(records_for("publish_events", database.records))
    function = load("publish_events")
    record = function.history.record

    def refuse_acmes(events: Any) -> None:
        events = list(events)
        if any(each.tenant_id == "acme" for each in events):
            raise PartitionFull
        record(events)

    monkeypatch.setattr(function.history, "record", refuse_acmes)
    run(function, records, 100)
    assert {detail["tenantId"] for _, detail in around.bus} == set(TENANTS)
    assert {tenant for tenant, _ in campaigns_of(table, database)} == {"globex"}
    aside, sqs = 0, dead_letters.client
    while found := sqs.receive_message(QueueUrl=dead_letters.url, MaxNumberOfMessages=10).get("Messages"):
        aside += len(found)
    of_acme = [each for each in records if each["dynamodb"]["Keys"]["PK"]["S"].startswith("TENANT#acme")]
    assert aside == len(of_acme)


def test_the_endpoint_tells_what_was_written(table: Table, database: StreamedDynamoDB, around: Around) -> None:
    happenings(table)
    run(load("publish_events"), list(records_for("publish_events", database.records)), 100)
    endpoint = load("list_events")

    def ask(query: str, tenant: str = "acme") -> Any:
        answer = call(endpoint, event(query=query, tenant=tenant))
        assert answer.status == 200, answer.text
        return answer.body["data"]

    everything = ask("limit=100")
    moments = [each["occurredAt"] for each in everything]
    assert moments == sorted(moments, reverse=True)
    assert {each["tenantId"] for each in everything} == {"acme"}
    assert {each["id"] for each in everything}.isdisjoint({each["id"] for each in ask("limit=100", "globex")})
    (gone,) = ask("type=campaign.deleted")
    assert [each["type"] for each in ask(f"campaign={gone['campaign']['id']}")] == [
        "campaign.deleted",
        "campaign.updated",
        "campaign.sequence_added",
        "campaign.created",
    ]
    assert ask(f"campaign={gone['campaign']['id']}", "globex") == []
    assert {each["actor"]["id"] for each in ask("actor=key_2")} == {"key_2"}
    assert [each["type"] for each in ask("actor=catalogue")] == ["sequence.deleted", "sequence.updated"]
    assert len(ask(f"actor=catalogue&campaign={gone['campaign']['id']}")) == 1
