"""Announcements, as SQS delivers them: followed, handed on where time is short, kept with a reason where malformed."""

import json
import time
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import NotFound, Unavailable
from campaigns.domain.inputs import NewCampaign
from campaigns.events.queues import CatalogueQueues
from campaigns.runtime import deadline
from campaigns.runtime.bootstrap import catalogue_queues
from campaigns.store import keys
from campaigns.store.catalogue import CAMPAIGN_SECONDS
from campaigns.store.table import ItemTooLarge, Table
from support.clock import Stopwatch
from support.functions import load
from support.http import Context
from support.memory import MemoryDynamoDB
from support.stores import CampaignStore


@pytest.fixture
def function(table: Table, queues: CatalogueQueues) -> ModuleType:
    return load("sync_catalogue")


def announcement(**changes: Any) -> dict[str, Any]:
    envelope = {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "sequence.created",
        "source": "kraiter.sequences",
        "account": "000000000000",
        "time": "2025-09-15T10:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"tenantId": "acme", "id": "new", "name": "New", "updatedAt": "2025-09-15T10:00:00.123Z"},
    }
    detail = envelope["detail"] | changes.pop("detail", {})
    return envelope | changes | {"detail": {name: value for name, value in detail.items() if value is not ...}}


def deliver(
    function: ModuleType,
    *bodies: Any,
    receives: int = 1,
    after: str | None = None,
    only: str | None = None,
    context: Any = None,
) -> list[str]:
    """Deliver a batch; the numbers of the messages that failed."""
    given = {"continueAfter": after, "onlyCampaign": only}
    attributes = {name: {"stringValue": each, "dataType": "String"} for name, each in given.items() if each}
    records = [
        {
            "messageId": str(number),
            "receiptHandle": "handle",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "messageAttributes": attributes,
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:queue",
            "awsRegion": "eu-west-1",
        }
        for number, body in enumerate(bodies)
    ]
    answer = function.handler({"Records": records}, context or Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def waiting(queues: CatalogueQueues, which: str) -> list[tuple[str, dict[str, str]]]:
    """The messages in the queue ("_queue_url") or the dead-letter queue, with their attributes."""
    answer = queues._client.receive_message(
        QueueUrl=getattr(queues, which), MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )
    return [
        (each["Body"], {name: value["StringValue"] for name, value in each.get("MessageAttributes", {}).items()})
        for each in answer.get("Messages", [])
    ]


def test_announcements_are_followed(function: ModuleType, table: Table) -> None:
    gone = announcement(detail={"id": "gone"})
    assert deliver(function, announcement(), gone) == []
    deletion = {"id": "gone", "name": ..., "updatedAt": "2025-10-01T00:00:00Z"}
    assert deliver(function, announcement(**{"detail-type": "sequence.deleted"}, detail=deletion)) == []
    store = CampaignStore(table)
    made = store.create("acme", NewCampaign(name="Launch"))
    assert store.add("acme", made.id, Kind.SEQUENCE, "new").sequences[0].name == "New"
    with pytest.raises(NotFound):
        store.add("acme", made.id, Kind.SEQUENCE, "gone")
    renaming = {"name": "Renamed", "updatedAt": "2025-09-15T12:00:00.124+02:00"}
    assert deliver(function, announcement(**{"detail-type": "sequence.updated"}, detail=renaming)) == []
    assert store.get("acme", made.id).sequences[0].name == "Renamed"


@pytest.mark.parametrize(
    ("malformed", "reason"),
    [
        ("no json", "body must be valid JSON"),
        ("[]", "body must be a JSON object"),
        ('{"a\\u0000": 1, "a\\u0000": 1}', "a? must be given once"),
        (announcement(source="someone.else"), "source must be 'kraiter.sequences' or 'kraiter.templates'"),
        (announcement(source="kraiter.templates"), "detail-type must not be sequence.created from kraiter.templates"),
        (announcement(**{"detail-type": "sequence.archived"}), "detail-type "),
        (announcement(detail={"tenantId": "a#b"}), "detail.tenantId must be 1-64 letters"),
        (announcement(detail={"tenantId": ...}), "detail.tenantId is required"),
        (announcement(detail={"id": "a/b"}), "detail.id must be 1-128 characters"),
        (announcement(detail={"id": ""}), "detail.id must be 1-128 characters"),
        (announcement(detail={"name": ...}), "detail.name is required"),
        (announcement(detail={"name": " "}), "detail.name must have at least 1 character"),
        (announcement(detail={"updatedAt": "yesterday"}), "detail.updatedAt "),
        (announcement(detail={"updatedAt": "2025-09-15T10:00:00"}), "detail.updatedAt "),
        (announcement(detail={"updatedAt": 1757930400}), "detail.updatedAt must be an ISO 8601 time"),
        (
            announcement(detail={"updatedAt": "2999-01-01T00:00:00Z"}),
            "detail.updatedAt must not be more than a day ahead",
        ),
        (announcement(detail={"id": 7}), "detail.id must be a string"),
        (announcement(detail={"updatedAt": ...}), "detail.updatedAt is required"),
    ],
    ids=str,
)
def test_a_malformed_announcement_is_kept_with_its_reason_alone(
    function: ModuleType, table: Table, queues: CatalogueQueues, malformed: Any, reason: str
) -> None:
    assert deliver(function, announcement(), malformed, announcement(detail={"id": "other"})) == []
    ((body, attributes),) = waiting(queues, "_dead_letter_queue_url")
    assert body == (malformed if isinstance(malformed, str) else json.dumps(malformed))
    assert attributes["reason"].startswith(reason)
    for id_ in ("new", "other"):
        assert table.get(keys.catalogue_entry("acme", Kind.SEQUENCE, id_))


def test_what_fails_comes_again_and_is_kept_in_the_end(
    function: ModuleType, table: Table, queues: CatalogueQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the database is on fire")

    monkeypatch.setattr(Table, "_call", fail)
    for receives in range(1, 5):
        assert deliver(function, announcement(), receives=receives) == ["0"]
    assert waiting(queues, "_dead_letter_queue_url") == []
    assert deliver(function, announcement(), receives=5) == []
    ((body, attributes),) = waiting(queues, "_dead_letter_queue_url")
    assert (json.loads(body), attributes) == (announcement(), {"reason": "RuntimeError: the database is on fire"})


@dataclass
class ShortOfTime(Context):
    """An invocation that has time for a few campaigns."""

    campaigns: int = 4

    def get_remaining_time_in_millis(self) -> int:
        self.campaigns -= 1
        return 60_000 if self.campaigns else 1


@pytest.mark.parametrize("detail_type", ["sequence.updated", "sequence.deleted"])
def test_a_long_job_is_handed_on(function: ModuleType, table: Table, queues: CatalogueQueues, detail_type: str) -> None:
    assert deliver(function, announcement()) == []
    store = CampaignStore(table)
    made = [store.create("acme", NewCampaign(name=str(number))).id for number in range(10)]
    for id_ in made:
        store.add("acme", id_, Kind.SEQUENCE, "new")
    body: Any = announcement(
        **{"detail-type": detail_type}, detail={"name": "Renamed", "updatedAt": "2025-10-01T00:00:00Z"}
    )
    after, invocations = None, 0
    while True:
        assert deliver(function, body, after=after, context=ShortOfTime()) == []
        invocations += 1
        messages = waiting(queues, "_queue_url")
        if not messages:
            break
        ((continued, attributes),) = messages
        assert json.loads(continued) == body
        after = attributes["continueAfter"]
    assert invocations == 4
    expected = ["Renamed"] if detail_type == "sequence.updated" else []
    for id_ in made:
        campaign = store.get("acme", id_)
        assert [each.name for each in campaign.sequences] == expected
        assert campaign.version == 3


@pytest.fixture
def held(function: ModuleType, table: Table) -> list[str]:
    """Campaigns that hold the announced sequence, in the order in which they are followed."""
    assert deliver(function, announcement()) == []
    store = CampaignStore(table)
    made = [store.create("acme", NewCampaign(name=str(number))).id for number in range(6)]
    for id_ in made:
        store.add("acme", id_, Kind.SEQUENCE, "new")
    return sorted(made)


class Stubborn:
    """Makes every transaction about some campaigns fail, as if others were always in the way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.campaigns: set[str] = set()
        transact = MemoryDynamoDB.transact_write_items

        def answered(client: MemoryDynamoDB, **request: Any) -> Any:
            if any(id_ in json.dumps(request) for id_ in self.campaigns):
                answer: Any = {"Error": {"Code": "TransactionInProgressException", "Message": ""}}
                raise ClientError(answer, "TransactWriteItems")
            return transact(client, **request)

        monkeypatch.setattr(MemoryDynamoDB, "transact_write_items", answered)


@pytest.fixture
def stubborn(monkeypatch: pytest.MonkeyPatch) -> Stubborn:
    return Stubborn(monkeypatch)


def shown(table: Table, held: list[str]) -> list[list[str]]:
    """The names of the sequences of each campaign."""
    return [[each.name for each in CampaignStore(table).get("acme", id_).sequences] for id_ in held]


def put_aside(queues: CatalogueQueues) -> list[tuple[str, dict[str, str]]]:
    """What waits in the queue, its delay over."""
    return waiting(queues, "_queue_url")


RENAMING = announcement(
    **{"detail-type": "sequence.updated"}, detail={"name": "Renamed", "updatedAt": "2025-10-01T00:00:00Z"}
)
DELETION = announcement(**{"detail-type": "sequence.deleted"}, detail={"updatedAt": "2025-10-01T00:00:00Z"})


@pytest.mark.parametrize(("body", "after"), [(RENAMING, ["Renamed"]), (DELETION, [])], ids=["renaming", "deletion"])
def test_a_campaign_that_keeps_failing_holds_up_no_other(
    function: ModuleType,
    table: Table,
    queues: CatalogueQueues,
    held: list[str],
    stubborn: Stubborn,
    monkeypatch: pytest.MonkeyPatch,
    body: Any,
    after: list[str],
) -> None:
    monkeypatch.setattr("campaigns.events.queues._PUT_ASIDE_SECONDS", 0)  # moto waits as SQS does
    stubborn.campaigns = {held[1], held[4]}
    watch = Stopwatch()
    with watch.running():
        assert deliver(function, body) == []
    assert watch.now() <= 2 * CAMPAIGN_SECONDS
    assert shown(table, held) == [after, ["New"], after, after, ["New"], after]
    messages = put_aside(queues)
    assert [(json.loads(text), only) for text, only in messages] == [
        (body, {"onlyCampaign": held[1]}),
        (body, {"onlyCampaign": held[4]}),
    ]
    with watch.running():
        assert deliver(function, body, only=held[1]) == ["0"]  # comes again
        stubborn.campaigns.clear()
        assert deliver(function, body, only=held[1]) == []
    assert shown(table, held) == [after, after, after, after, ["New"], after]
    assert put_aside(queues) == waiting(queues, "_dead_letter_queue_url") == []


def test_a_campaign_that_fails_for_ever_ends_in_the_dead_letters_alone(
    function: ModuleType, queues: CatalogueQueues, held: list[str], stubborn: Stubborn
) -> None:
    stubborn.campaigns = {held[1]}
    with Stopwatch().running():
        assert deliver(function, RENAMING, only=held[1], receives=5) == []
    ((body, attributes),) = waiting(queues, "_dead_letter_queue_url")
    assert json.loads(body) == RENAMING
    assert attributes == {
        "reason": f"{held[1]}: Unavailable: The database is busy; try again.",
        "onlyCampaign": held[1],
    }


def test_three_failures_in_a_row_are_the_databases(
    function: ModuleType, table: Table, queues: CatalogueQueues, held: list[str], stubborn: Stubborn
) -> None:
    stubborn.campaigns = {*held[1:3], *held[4:6]}
    with Stopwatch().running():
        assert deliver(function, RENAMING) == []  # two in a row, twice
        stubborn.campaigns = set(held[2:5])
        assert deliver(function, DELETION) == ["0"]
    assert shown(table, held)[0] == []
    stubborn.campaigns.clear()
    assert deliver(function, DELETION) == []
    assert shown(table, held) == [[]] * 6


def test_what_was_put_aside_is_overtaken_by_what_is_newer(
    function: ModuleType, table: Table, held: list[str], stubborn: Stubborn
) -> None:
    stubborn.campaigns = {held[1]}
    with Stopwatch().running():
        assert deliver(function, RENAMING) == []
    stubborn.campaigns.clear()
    newer = announcement(detail={"name": "Newer", "updatedAt": "2025-10-02T00:00:00Z"})
    assert deliver(function, newer) == []
    assert deliver(function, RENAMING, only=held[1]) == []
    assert shown(table, held) == [["Newer"]] * 6


@pytest.mark.parametrize("killed_after", range(6))
@pytest.mark.parametrize("detail_type", ["sequence.updated", "sequence.deleted"])
def test_a_function_that_dies_half_way_ends_the_same_when_it_is_called_again(
    function: ModuleType, table: Table, monkeypatch: pytest.MonkeyPatch, detail_type: str, killed_after: int
) -> None:
    deliver(function, announcement())
    store = CampaignStore(table)
    made = [store.create("acme", NewCampaign(name=str(number))).id for number in range(4)]
    for id_ in made:
        store.add("acme", id_, Kind.SEQUENCE, "new")
    calls = 0
    send = Table._call

    class Killed(BaseException):
        pass

    def die(self: Table, operation: str, **request: Any) -> Any:
        nonlocal calls
        if calls == killed_after:
            raise Killed
        calls += 1
        return send(self, operation, **request)

    body = announcement(**{"detail-type": detail_type}, detail={"name": "Renamed", "updatedAt": "2025-10-01T00:00:00Z"})
    monkeypatch.setattr(Table, "_call", die)
    with pytest.raises(Killed):
        deliver(function, body)
    monkeypatch.setattr(Table, "_call", send)
    for _ in range(2):
        assert deliver(function, body) == []
    for id_ in made:
        campaign = store.get("acme", id_)
        assert campaign.version == 3
        assert [each.name for each in campaign.sequences] == (["Renamed"] if detail_type == "sequence.updated" else [])


def test_the_reason_can_be_told_when_the_databases_time_is_up(
    function: ModuleType, table: Table, queues: CatalogueQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[float] = []

    def observe(*_: Any, **__: Any) -> None:
        left.append(deadline.end() - time.monotonic())
        raise Unavailable("The database is busy; try again.")

    monkeypatch.setattr(Table, "_call", observe)
    assert deliver(function, announcement(), receives=5, context=Context(remaining_milliseconds=40_000)) == []
    assert left == [pytest.approx(40 - function.RESERVE_SECONDS, abs=1)]
    ((_, attributes),) = waiting(queues, "_dead_letter_queue_url")
    assert attributes["reason"] == "Unavailable: The database is busy; try again."


def test_a_message_to_a_queue_ends_before_the_invocation(function: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOGUE_QUEUE_URL", "https://queue")
    monkeypatch.setenv("CATALOGUE_DEAD_LETTER_QUEUE_URL", "https://dead-letters")
    config: Any = catalogue_queues()._client.meta.config
    longest = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
    assert longest + 2 < function.RESERVE_SECONDS < function.HAND_ON_SECONDS


def test_a_campaign_that_would_be_too_large_is_named_alone(
    function: ModuleType, queues: CatalogueQueues, held: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transact = Table.transact

    def full(table: Table, operations: list[Any]) -> None:
        if held[1] in json.dumps(operations):
            raise ItemTooLarge
        transact(table, operations)

    monkeypatch.setattr(Table, "transact", full)
    assert deliver(function, RENAMING) == []
    assert deliver(function, RENAMING, only=held[1]) == []
    expected = {"reason": f"{held[1]} would pass 400 KB with this name", "onlyCampaign": held[1]}
    assert [attributes for _, attributes in waiting(queues, "_dead_letter_queue_url")] == [expected, expected]
