"""The service in small: its stores, consumers, queue, stream and bus over one table, all by the scheduler's choices.

Time does not pass, and each actor's clock stands still, later ones' ahead: what is late is late because it was chosen
late.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import count
from types import ModuleType
from typing import Any
from unittest.mock import patch
from zlib import crc32

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from campaigns.domain.campaign import Campaign, Status
from campaigns.domain.catalogue import Announcement
from campaigns.domain.contents import MOST_ADDED
from campaigns.domain.identifiers import timestamp
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.domain.webhooks import ALL_OF_CAMPAIGNS
from campaigns.events.queues import CatalogueQueues
from campaigns.runtime import bootstrap, deadline
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store import clones, keys
from campaigns.store.associations import AssociationStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.history import HistoryWriter
from campaigns.store.items import campaign_from
from campaigns.store.table import Table
from campaigns.store.webhooks import WebhookStore
from operations.verify import verify
from support.authors import WORDY
from support.catalogue import START, named
from support.clients import TENANT, Request, answer, state_of
from support.engines import memory_client, new_table
from support.expressions import Item
from support.functions import load
from support.http import Context
from support.interleaving import Interleaving
from support.isolation import Faults, ItemByItem, Killed
from support.linearizability import NO_ANSWER, Operation, is_linearizable, write_and_read
from support.memory import Key, MemoryDynamoDB
from support.sealing import memory_sealer
from support.stores import CampaignStore
from tools.template import resources

READERS = {"keep_memberships": "KeepMembershipsFunction", "publish_events": "PublishEventsFunction"}
"""Of the stream."""
LATER = START + timedelta(days=1)
"""When the clients do what they do."""
NOTHING_BEHIND: dict[str, Any] = dict.fromkeys(
    (
        *("table", "table_of_all_tenants", "history_kept", "event_bus", "dead_letters", "catalogue_queues"),
        *("fan_out_queues", "delivery_queues", "sealer", "sender", "schedules"),
    ),
    lambda: None,
)
"""What functions ask for when they are loaded."""


@dataclass(frozen=True)
class Start:
    """What there is before anybody does anything."""

    memory: MemoryDynamoDB = field(repr=False)
    table_name: str = field(repr=False)
    campaign: Campaign = field(repr=False)
    held: tuple[str, ...]
    hooks: tuple[str, ...]
    """The URLs of webhooks that want all of campaigns."""


@cache
def start(
    *held: str,
    known: tuple[str, ...] = ("x", "y"),
    hooks: tuple[str, ...] = (),
    starts_at: str | None = None,
    ends_at: str | None = None,
    status: Status = "draft",
) -> Start:
    """A campaign that holds some sequences, and sequences that there are besides."""
    memory: Any = memory_client()
    table = new_table(memory)
    for id_ in dict.fromkeys((*held, *known)):
        CatalogueStore(table).follow(named(id_, id_.upper(), tenant=TENANT))
    campaigns = CampaignStore(table, lambda: START)
    new = NewCampaign(name="Old", sequences=list(held), starts_at=starts_at, ends_at=ends_at)
    campaign = campaigns.create(TENANT, new)
    if status != "draft":
        campaign = campaigns.update(TENANT, campaign.id, CampaignPatch(status=status), None)
    for number, url in enumerate(hooks):
        id_ = f"wh_{number:026}"
        _, secret = memory_sealer().new(TENANT, id_)
        WebhookStore(table, lambda: START).create(TENANT, id_, NewWebhook(url, (ALL_OF_CAMPAIGNS,)), secret)
    return Start(memory, table.name, campaign, held, hooks)


@dataclass(frozen=True)
class Scenario:
    """Who does what; all at once."""

    start: Start
    clients: Mapping[str, Sequence[Request]]
    """What each asks, one after the other."""
    told: Sequence[Announcement] = ()
    faults: Faults = field(default_factory=dict)
    most_conflicts: int = 0
    deliveries: int = 1
    """Of each message and each record."""
    clones_are_large: bool = False
    """They take more than one transaction, however little they hold."""
    kind: type[Table] = Table

    def world(self) -> "World":
        """One run of it."""
        return World(self)


class World:
    """One run of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.dynamodb = ItemByItem(scenario.most_conflicts, scenario.faults)
        self.dynamodb.copy_of(scenario.start.memory, self._changed)
        self.turns: Interleaving = self.dynamodb.turns
        self.history: list[Operation] = []
        self._ticks = count()
        self.made: dict[str, Campaign] = {}
        self.bus: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}
        self._unpublished: list[dict[str, Any]] = []
        self._counts: Counter[str] = Counter()
        self._functions = {name: function(name) for name in ("sync_catalogue", *READERS)}
        for number, (name, requests) in enumerate(scenario.clients.items()):
            store = CampaignStore(self._table(), _standing(LATER + timedelta(seconds=number)))
            self.turns.spawn(name, partial(self._ask, store, requests))
        for number, announcement in enumerate(scenario.told):
            self._send(f"announcement {number}", body_of(announcement), {})

    def _table(self, kind: type[Table] | None = None) -> Table:
        client: Any = self.dynamodb
        return (kind or self.scenario.kind)(client, self.scenario.start.table_name)

    def _ask(self, store: CampaignStore, requests: Sequence[Request]) -> None:
        with working_for(TENANT, WORDY):
            for request in requests:
                self.history.append(answer(request, store, self.scenario.start.campaign.id, lambda: next(self._ticks)))

    # ---- What the functions have around them

    @contextmanager
    def running(self) -> Iterator[None]:
        """The functions work here; time stands, and what is drawn at random is each actor's own."""
        sync, keep, publish = self._functions.values()
        own: Any = self
        with (
            _quietly(),
            patch.object(sync, "catalogue", CatalogueStore(self._table(), _standing(LATER))),
            patch.object(sync, "queues", CatalogueQueues(own, "queue", "dead letters")),
            patch.object(keep, "associations", AssociationStore(self._table())),
            patch.object(keep, "catalogue", CatalogueStore(self._table(), _standing(LATER))),
            patch.object(publish, "client", self),
            patch.object(publish, "history", HistoryWriter(self._table(), timedelta(days=1))),
            patch.object(clones, "MOST_ADDED", 0 if self.scenario.clones_are_large else MOST_ADDED),
            patch.object(deadline, "now", lambda: 0.0),
            patch.object(deadline, "pause", lambda _: None),
            patch.object(secrets, "token_hex", lambda size: f"{self._draw(32):0{2 * size}x}"),
            patch.object(secrets, "randbits", self._draw),
        ):
            yield

    def _draw(self, bits: int) -> int:
        actor = self.turns.actor()
        name = f"draws of {actor.name if actor else 'nobody'}"
        self._counts[name] += 1
        return crc32(f"{name} {self._counts[name]}".encode()) & ((1 << bits) - 1)

    def send_message(self, QueueUrl: str, MessageBody: str, MessageAttributes: Any, **_: Any) -> None:  # noqa: N803
        """SQS, as the functions call it."""
        assert QueueUrl == "queue", f"given up: {MessageAttributes}"
        attributes = {key: {"stringValue": each["StringValue"]} for key, each in MessageAttributes.items()}
        self._send(self._name_of_message(), MessageBody, attributes)

    def _name_of_message(self) -> str:
        actor = self.turns.actor()
        assert actor
        self._counts[f"messages of {actor.name}"] += 1
        return f"{actor.name}, message {self._counts[f'messages of {actor.name}']}"

    def _send(self, name: str, body: str, attributes: dict[str, Any]) -> None:
        message = {"messageId": name, "body": body, "messageAttributes": attributes}
        record = SQSRecord({**message, "attributes": {"ApproximateReceiveCount": "1"}})
        self._deliver(name, lambda: self._functions["sync_catalogue"].sync(record, Context()))

    def _changed(self, key: Key, old: Item | None, new: Item | None) -> None:
        """The stream."""
        name = "/".join(key)
        self._counts[name] += 1
        images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image is not None}
        record = {
            "eventID": f"{name} {self._counts[name]}",
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "dynamodb": {
                "Keys": {"PK": {"S": key[0]}, "SK": {"S": key[1]}},
                "SequenceNumber": f"{len(self._numbers):021}",
                "ApproximateCreationDateTime": LATER.timestamp(),
                **images,
            },
        }
        self._numbers[f"{name} {self._counts[name]}"] = len(self._numbers)
        for function, logical_id in READERS.items():
            if passes(logical_id, record) and (function != "publish_events" or self._is_published_now(record)):
                self._deliver(f"{function} of {record['eventID']}", partial(self._handle, function, record))
            elif passes(logical_id, record):
                self._unpublished.append(record)

    def _is_published_now(self, record: dict[str, Any]) -> bool:
        """What is published without a look at the table may as well be published when all is quiet."""
        return bool(record["eventName"] == "REMOVE")

    def _handle(self, function: str, *records: dict[str, Any]) -> None:
        for _ in range(5):
            if not self._functions[function].handler({"Records": list(records)}, Context())["batchItemFailures"]:
                return
        raise AssertionError(f"{function} keeps failing")

    def _deliver(self, name: str, handle: Callable[[], object]) -> None:
        """A message or a record, until it is handled."""

        def deliver() -> None:
            try:
                handle()
            except Killed:
                deliver()

        for number in range(self.scenario.deliveries):
            self.turns.spawn(f"{name}, delivery {number + 1}" if number else name, deliver)

    def put_events(self, Entries: list[Any]) -> Any:  # noqa: N803
        """EventBridge, as the functions call it."""
        self.bus += [{"type": each["DetailType"], **json.loads(each["Detail"])} for each in Entries]
        return {"Entries": [{"EventId": "1"} for _ in Entries]}

    # ---- What must hold when all is quiet

    def wrongs(self) -> list[str]:
        """What is not as promised, now that all is quiet."""
        found = sorted(verify(self._table(Table), TENANT, None, self._is_scheduled).differences)
        history = [each for each in self.history if each.verb not in {"create", "webhook"}]
        found += [f"{each}" for each in self.history if each.status == 500]
        # What is deleted before a clone is made may be left out, whenever it was part of the campaign.
        gone = [each.id for each in self.scenario.told if each.name is None]
        history = [each._replace(argument=gone) if each.verb == "clone" else each for each in history]
        if self.scenario.faults:
            history = [part for each in history for part in write_and_read(each)]
        history += self._what_may_happen()
        if not is_linearizable(state_of(self.scenario.start.campaign), history):
            found.append(f"no order explains {self.history}")
        return found + list(self._untold())

    def _is_scheduled(self, campaign_id: str, date: str) -> bool:  # noqa: ARG002 - there is no scheduler
        return True

    def _what_may_happen(self) -> Iterator[Operation]:
        """To the campaign, at any time or never, whatever clients do."""
        for announcement in self.scenario.told:
            yield from _what_may_come_of(announcement)

    def _untold(self) -> Iterator[str]:
        """Where the events, one after the other, don't lead to what there is."""
        campaign = self.scenario.start.campaign
        told: dict[str, Any] = {campaign.id: campaign.shown()}
        self._handle("publish_events", *self._unpublished)
        # Those of one record have its id, and a number.
        of_campaigns = [event for event in self.bus if "campaign" in event]
        events = {(self._numbers[event["id"][4:-2]], event["id"]): event for event in of_campaigns}
        for _, event in sorted(events.items()):
            if event["actor"] is None:
                yield f"nobody is known to have made {event}"
            shown = event["campaign"]
            before = told.pop(shown["id"], None)
            if event["type"] == "campaign.deleted":
                if shown != before:
                    yield f"deleted was {shown}, told before was {before}"
                continue
            if _version(shown) - (_version(before) if before else 0) not in {0, 1}:
                yield f"an event leads from {before} to {shown}"
            told[shown["id"]] = shown
        condition, values = "PK = :pk", {":pk": {"S": keys.tenant(TENANT)}}
        items = self._table(Table).query(KeyConditionExpression=condition, ExpressionAttributeValues=values)
        there = {item["id"]: campaign_from(item).shown() for item in items}
        if told != there:
            yield f"the events lead to {told}, there is {there}"


@contextmanager
def _quietly() -> Iterator[None]:
    level = logger.log_level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)


def _standing(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _version(shown: Mapping[str, Any]) -> int:
    return int(shown["etag"].strip('"'))


def _what_may_come_of(announcement: Announcement) -> list[Operation]:
    """To a campaign, at any time or never."""
    verbs = ["renamed", "back"] if announcement.name is not None else ["gone", "remove"]
    return [Operation(0, 0, verb, announcement.id, None, NO_ANSWER, None) for verb in verbs]


def body_of(announcement: Announcement) -> str:
    """The event that says so, as SQS has it."""
    kind, name = announcement.kind, announcement.name
    detail = {
        "tenantId": announcement.tenant_id,
        "id": announcement.id,
        "updatedAt": timestamp(announcement.updated_at),
        **({} if name is None else {"name": name}),
    }
    verb = "deleted" if name is None else "updated"
    return json.dumps({"source": f"kraiter.{kind.plural}", "detail-type": f"{kind}.{verb}", "detail": detail})


@cache
def function(name: str) -> ModuleType:
    """A function, with nothing behind it."""
    with (
        patch.multiple(bootstrap, **NOTHING_BEHIND),
        patch.dict("os.environ", CAMPAIGNS_EVENT_BUS="bus"),
    ):
        return load(name)


@cache
def filters(logical_id: str) -> list[Any]:
    """The patterns by which the template gives a function records of the stream."""
    (mapping,) = resources("AWS::Serverless::Function")[logical_id]["Events"].values()
    return [json.loads(each["Pattern"]) for each in mapping["Properties"]["FilterCriteria"]["Filters"]]


def passes(logical_id: str, record: dict[str, Any]) -> bool:
    """Whether the template gives a function this record."""
    return any(_matches(pattern, record) for pattern in filters(logical_id))


def _matches(pattern: Any, found: Any) -> bool:
    if isinstance(pattern, dict):
        return all(_matches(each, (found or {}).get(name)) for name, each in pattern.items())
    return any(found is not None if each == {"exists": True} else each == found for each in pattern)
