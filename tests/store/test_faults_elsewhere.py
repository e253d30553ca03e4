"""What works behind queues and the stream is killed at every call, and every call fails in every way; then it goes on.

Nothing is lost, and nothing is doubled in effect: a webhook may be sent an event twice, by the same ``webhook-id``; a
dead letter, a wake or an order may be there twice, and means the same once it was followed. Here are SQS, EventBridge,
its Scheduler, KMS and the table; tests/store/test_faults.py has the endpoints.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from botocore.client import BaseClient

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.deliveries import Order, Outcome, delivery_id
from campaigns.domain.identifiers import new_id, timestamp
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.domain.webhooks import QUICK_SECONDS, Webhook
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.events.queues import CatalogueQueues, Scheduled
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.deliveries import DeliveryStore
from campaigns.store.requests import catalogue as requests
from campaigns.store.requests import webhooks as webhook_requests
from local.faults import Fault
from support.catalogue import START, named
from support.clock import ticking
from support.consumers import World
from support.elsewhere import OPERATIONS, Message, faults_of
from support.history import kept
from support.http import Context
from support.schedules import told
from support.way import Befalls, Kill, Killed

FOR_EVER = 10_000
LASTING = (Fault.LOST_ANSWER, Fault.INTERNAL, Fault.THROTTLED, Fault.UNPROCESSED)
PUT_ASIDE = 30
"""Seconds that a campaign waits in which an announcement could not be followed."""
FAR, FARTHER = "2099-01-01T00:00:00.000Z", "2099-02-01T00:00:00.000Z"

type Effect = Callable[[], Any]
"""What there is in the end, without what differs from try to try."""


class Scenario(NamedTuple):
    """Work for a function: ``prepare`` puts it there, and answers how to see what came of it."""

    function: str
    prepare: Callable[[World], Effect]


def dead_letters(world: World) -> set[tuple[str, str]]:
    return {(each.body, dict(each.attributes)["reason"]) for each in world.dead}


# ---- sync_catalogue


def announcement(world: World, verb: str, **more: str) -> Message:
    detail = {"tenantId": world.tenant, "id": "s", "updatedAt": "2025-10-01T00:00:00Z"} | more
    return Message(json.dumps({"source": "kraiter.sequences", "detail-type": f"sequence.{verb}", "detail": detail}))


def holding(world: World, count: int = 2) -> list[Campaign]:
    """Campaigns that hold a sequence."""
    CatalogueStore(world.bench.direct).follow(named("s", "Old", tenant=world.tenant))
    new = NewCampaign(name="N", sequences=["s"])
    return [world.campaigns.create(world.tenant, new) for _ in range(count)]


def shown(world: World, made: list[Campaign]) -> list[tuple[int, list[str]]]:
    now = [world.campaigns.get(world.tenant, each.id) for each in made]
    return [(each.version, [one.name for one in each.sequences]) for each in now]


def a_catalogue_changes(verb: str, **more: str) -> Callable[[World], Effect]:
    def prepare(world: World) -> Effect:
        made = holding(world)
        world.queue("CATALOGUE").append(announcement(world, verb, **more))
        return lambda: (shown(world, made), dead_letters(world))

    return prepare


def a_job_is_handed_on(world: World) -> Effect:
    effect = a_catalogue_changes("updated", name="New")(world)
    world.context = lambda: Context(remaining_milliseconds=20_000)  # enough for one campaign
    return effect


def an_announcement_makes_no_sense(world: World) -> Effect:
    world.queue("CATALOGUE").append(Message("no JSON"))
    return lambda: dead_letters(world)


# ---- keep_memberships and publish_events


def a_campaign_is_made_changed_and_deleted(world: World, function: str) -> Effect:
    """And one record among them makes no sense."""
    made = holding(world)
    world.campaigns.update(world.tenant, made[0].id, CampaignPatch(name="M", status="active"), None)
    announce = requests.announce(world.tenant, Kind.SEQUENCE, "s", "New", 10**16)  # which no fan-out follows
    world.bench.direct.send("put_item", **announce)
    world.campaigns.delete(world.tenant, made[1].id, None)
    world.records = world.happened(function)
    broken = {**world.records[-1], "eventID": "broken"}
    broken["dynamodb"] = {**broken["dynamodb"], "OldImage": {"status": {"S": "draft"}}, "SequenceNumber": "broken"}
    world.records.insert(1, broken)
    numbers = {each["dynamodb"]["SequenceNumber"]: number for number, each in enumerate(world.records)}

    def aside() -> set[tuple[Any, ...]]:
        letters = ((json.loads(body)["Records"], reason) for body, reason in dead_letters(world))
        return {(*(numbers[each["dynamodb"]["SequenceNumber"]] for each in records), why) for records, why in letters}

    def effect() -> Any:
        if function == "keep_memberships":
            found = world.bench.direct.query(**requests.memberships(world.tenant, Kind.SEQUENCE, "s", None))
            return shown(world, made[:1]), len(list(found)), aside()
        history = [[each["type"] for each in kept(world.bench.direct, world.tenant, one.id)] for one in made]
        ids = {each["id"] for one in made for each in kept(world.bench.direct, world.tenant, one.id)}
        heard = [list(dict.fromkeys(type_ for type_, detail in of_bus(world, one))) for one in made]
        return history, heard, ids == {detail["id"] for _, detail in world.elsewhere.bus}, aside()

    return effect


def of_bus(world: World, campaign: Campaign) -> list[tuple[str, dict[str, Any]]]:
    return [each for each in world.elsewhere.bus if each[1]["campaign"]["id"] == campaign.id]


# ---- keep_schedules


def dates_change(world: World) -> Effect:
    now = datetime.now(UTC)
    near, past = (timestamp(now + timedelta(seconds=seconds)) for seconds in (100, -100))
    dates = [(FAR, None), (FARTHER, None), (near, None), (past, FAR)]
    made = [world.campaigns.create(world.tenant, NewCampaign(name="N", starts_at=s, ends_at=e)) for s, e in dates]
    world.elsewhere.schedules[f"{made[1].id}.{FAR.replace(':', '')}"] = {}  # of before it was moved
    bodies = [
        told(each.id, [{"field": "startsAt", "from": FAR, "to": FARTHER}] if each is made[1] else None, world.tenant)
        for each in made
    ]
    world.queue("SCHEDULES").extend(map(Message, [*bodies, "no JSON"]))

    def effect() -> Any:
        number = {each.id: place for place, each in enumerate(made)}
        scheduled = {
            (number[id_], date) for id_, _, date in (name.partition(".") for name in world.elsewhere.schedules)
        }
        woken = {(number[json.loads(each.body)["detail"]["campaign"]["id"]], each.delay > 0) for each in waiting()}
        now = [world.campaigns.get(world.tenant, each.id) for each in made]
        return scheduled, woken, [(each.status, each.version) for each in now], dead_letters(world)

    def waiting() -> list[Message]:
        return [each for each in world.queue("SCHEDULES") if each.body.startswith("{")]

    return effect


# ---- Webhooks


def subscribed(world: World, *names: str) -> dict[str, Webhook]:
    """Webhooks by name."""
    made = {}
    for name in names:
        id_ = new_id("wh_", ticking())
        _, sealed = world.elsewhere.sealer.new(world.tenant, id_)
        new = NewWebhook(f"https://{name}.example.com/", ("campaign.*",))
        made[name] = world.webhooks.create(world.tenant, id_, new, sealed).webhook
    return made


def orders(world: World, queue: str, webhooks: dict[str, Webhook]) -> set[tuple[str, int, bool]]:
    """What is ordered in a queue: of which webhook, the number of the attempt, and whether that waits."""
    names = {each.id: name for name, each in webhooks.items()}
    found = [(Order(**json.loads(each.body)["order"]), each) for each in world.queue(queue)]
    assert all(each.group == order.webhook_id for order, each in found if not each.receives)
    return {(names[order.webhook_id], order.attempt, each.delay > 0) for order, each in found}


def an_event_is_fanned_out(world: World) -> Effect:
    webhooks = subscribed(world, "one", "two", "slow")
    slow = webhook_requests.is_slow(webhooks["slow"], FAR)
    world.bench.direct.send("update_item", **slow)
    detail = {"id": "evt_1", "tenantId": world.tenant, "occurredAt": timestamp(START), "campaign": {}, "changes": []}
    event = json.dumps({"detail-type": "campaign.updated", "detail": detail})
    retry = order_for(world, webhooks["two"], "evt_0")._replace(attempt=5, apart=True)
    world.queue("WEBHOOK_EVENTS").extend(map(Message, [event, retry.to_json(), "no JSON"]))
    return lambda: (*(orders(world, each, webhooks) for each in ("DELIVERY", "SLOW_DELIVERY")), dead_letters(world))


def order_for(world: World, webhook: Webhook, event_id: str) -> Order:
    moment = timestamp(datetime.now(UTC))
    id_ = delivery_id(webhook.id, event_id, moment)
    return Order(world.tenant, webhook.id, id_, event_id, "campaign.updated", moment, "{}")


def deliveries(answers: dict[str, Outcome], attempt: int = 0) -> Callable[[World], Effect]:
    """One delivery to each receiver, who answers so."""

    def prepare(world: World) -> Effect:
        webhooks = subscribed(world, *answers)
        by_url = {each.url: answers[name] for name, each in webhooks.items()}
        world.receivers.answer = by_url.__getitem__
        for name, each in webhooks.items():
            order = order_for(world, each, f"evt_{name}")._replace(attempt=attempt)
            world.queue("DELIVERY").append(Message(order.to_json(), group=each.id))
        world.queue("DELIVERY").append(Message("no JSON"))

        def effect() -> Any:
            log = DeliveryStore(world.bench.direct)
            found = {name: log.list(world.tenant, each.id, 9, None).deliveries for name, each in webhooks.items()}
            now = {each.id: each for each in world.webhooks.list(world.tenant)}
            return (
                {name: [(each.status, each.attempt_count) for each in several] for name, several in found.items()},
                {
                    name: (now[each.id].disabled_reason, bool(now[each.id].failing_since))
                    for name, each in webhooks.items()
                },
                set(world.receivers.heard),
                orders(world, "SLOW_DELIVERY", webhooks),
                len(world.elsewhere.schedules),
                dead_letters(world),
            )

        return effect

    return prepare


OK, DOWN, GONE = Outcome(204, None, 1), Outcome(500, None, 1), Outcome(410, None, 1)
SLOW = Outcome(None, "no answer", int(QUICK_SECONDS * 1000))
SCENARIOS = {
    "a new name": Scenario("sync_catalogue", a_catalogue_changes("updated", name="New")),
    "a deletion": Scenario("sync_catalogue", a_catalogue_changes("deleted")),
    "a long job": Scenario("sync_catalogue", a_job_is_handed_on),
    "a malformed announcement": Scenario("sync_catalogue", an_announcement_makes_no_sense),
    "memberships": Scenario(
        "keep_memberships", lambda world: a_campaign_is_made_changed_and_deleted(world, "keep_memberships")
    ),
    "events": Scenario("publish_events", lambda world: a_campaign_is_made_changed_and_deleted(world, "publish_events")),
    "dates": Scenario("keep_schedules", dates_change),
    "a fan-out": Scenario("fan_out_webhooks", an_event_is_fanned_out),
    "deliveries": Scenario("deliver_webhook", deliveries({"ok": OK, "down": DOWN, "gone": GONE})),
    "a delivery that waits for hours": Scenario("deliver_webhook", deliveries({"down": DOWN}, attempt=3)),
    "a slow receiver": Scenario("deliver_webhook", deliveries({"slow": SLOW})),
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    with world.open():
        yield world


def work(world: World, function: str, plan: Befalls | None = None) -> bool:
    """Let a function do what there is; whether nothing is left."""
    world.bench.flaky.plan = plan
    with world.bench.watch.running():
        if function in ("keep_memberships", "publish_events"):
            return world.follow(function, tries=3)
        return world.work_off(function, PUT_ASIDE if function == "sync_catalogue" else 0)


class Try(NamedTuple):
    """What befalls which call, and how many from there on."""

    at: int
    operation: str
    what: Fault | Kill
    times: int


def tries(calls: list[str]) -> Iterator[Try]:
    """Killed at each call, and each call failing in each way, once and from there on."""
    for at, operation in enumerate(calls):
        yield from (Try(at, operation, each, 1) for each in Kill)
        if operation in OPERATIONS:
            yield from (Try(at, operation, fault, 1) for fault in faults_of(operation))
            yield from (Try(at, operation, fault, FOR_EVER) for fault in LASTING if fault in faults_of(operation))
        elif operation != "POST":  # the table, whose faults are tried one by one where its users are
            yield Try(at, operation, Fault.LOST_ANSWER, 1)
            yield Try(at, operation, Fault.UNAVAILABLE, FOR_EVER)


def begin(name: str, world: World) -> Effect:
    world.begin()
    return SCENARIOS[name].prepare(world)


def undisturbed(name: str, world: World) -> tuple[Any, list[str]]:
    """What comes of a scenario where nothing fails, and the calls that it takes."""
    effect, calls = begin(name, world), list[str]()
    before = effect()
    work(world, SCENARIOS[name].function, calls.append)
    assert effect() != before
    return effect(), calls


def wrong(name: str, world: World, expected: Any, tried: Try) -> str | None:
    """What is lost or doubled in a try, when all is over; None where nothing is."""
    effect, seen, function = begin(name, world), list[str](), SCENARIOS[name].function

    def plan(operation: str) -> Fault | Kill | None:
        seen.append(operation)
        hit = tried.at < len(seen) <= tried.at + tried.times
        return tried.what if hit and (isinstance(tried.what, Kill) or tried.what in faults_of(operation)) else None

    done = work(world, function, plan)
    if len(seen) <= tried.at:
        return "it was never met"
    if done and tried.times == FOR_EVER and effect() != expected:
        return f"it was said to be done, and there is {effect()}"
    world.bench.flaky.plan = None
    world.bench.flaky.arrive()
    if tried.times == FOR_EVER:
        world.replay(function)
    work(world, function)
    return None if effect() == expected else f"there is {effect()} instead of {expected}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_whatever_fails_and_whoever_is_killed_nothing_is_lost_or_doubled(
    name: str, world: World, record_property: Callable[[str, object], None]
) -> None:
    expected, calls = undisturbed(name, world)
    outcome = {each: wrong(name, world, expected, each) for each in tries(calls)}
    assert {each: complaint for each, complaint in outcome.items() if complaint} == {}
    record_property("tries of what works behind queues (call x fault or kill)", len(outcome))


def test_a_warm_delivery_asks_the_key_service_nothing(world: World) -> None:
    """Nor for anything else than what it is about: the table before and after, and the receiver between."""
    world.begin()
    webhook, calls = subscribed(world, "one")["one"], list[list[str]]()
    for event_id in ("evt_1", "evt_2"):
        world.queue("DELIVERY").append(Message(order_for(world, webhook, event_id).to_json()))
        calls.append([])
        work(world, "deliver_webhook", calls[-1].append)
    assert calls == [["BatchGetItem", "Decrypt", "POST", "PutItem"], ["BatchGetItem", "POST", "PutItem"]]


# ---- The operator's function, and API Gateway's control plane


def manage(world: World, plan: Befalls | None = None) -> Any:
    """Issue a key; the answer, or None where the function was killed."""
    world.bench.flaky.plan = plan
    with world.bench.watch.running(), suppress(Killed):
        return world.function("manage_api_keys").handler({"operation": "create", "tenantId": world.tenant}, Context())
    return None


def test_a_tenant_is_admitted_once_and_the_operator_told_whether_it_has_a_key(world: World) -> None:
    world.begin()
    calls = list[str]()
    assert manage(world, calls.append)["key"]
    assert {*calls} >= {"GetApiKeys", "CreateApiKey", "GetUsagePlans", "CreateUsagePlanKey"}
    keys = ApiKeyStore(world.bench.direct)
    for tried in (each for each in tries(calls) if each.operation in OPERATIONS):
        world.begin()
        seen = list[str]()

        def plan(operation: str, tried: Try = tried, seen: list[str] = seen) -> Fault | Kill | None:
            seen.append(operation)
            hit = tried.at < len(seen) <= tried.at + tried.times
            return tried.what if hit and operation in OPERATIONS else None

        answer = manage(world, plan)
        issued = len(keys.list(world.tenant))
        if tried.times == 1 and isinstance(tried.what, Fault):
            assert answer["key"], tried
        assert issued == bool(answer and "key" in answer), tried
        assert answer is None or "key" in answer or answer["error"]["code"] == "UNAVAILABLE", tried
        world.bench.flaky.plan = None
        world.bench.flaky.arrive()
        assert manage(world)["key"], tried
        ours = [id_ for id_, each in world.elsewhere.gateway_keys.items() if each["name"].endswith(world.tenant)]
        assert [world.elsewhere.plans[id_] for id_ in ours] == ["plan"], tried


# ---- What a design must not do


def forgets_refusals(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is put into a queue in part the rest is forgotten."""
    send = BaseClient._make_api_call  # type: ignore[attr-defined]

    def forgetful(client: BaseClient, operation: str, asked: Any) -> Any:
        return send(client, operation, asked) | {"Failed": []}

    monkeypatch.setattr(BaseClient, "_make_api_call", forgetful)


def believes_the_bus(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the bus took a call is taken for that it took all of its events."""

    def put_events(**asked: Any) -> Any:
        answer = client.put_events(**asked)
        return {"Entries": [{} for _ in answer["Entries"]]}

    client = world.function("publish_events").client
    monkeypatch.setattr(world.function("publish_events"), "client", SimpleNamespace(put_events=put_events))


def writes_down_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt is written down before the next one is asked for."""
    again, record = DeliveryQueues.again, DeliveryStore.record
    asked: list[Any] = []
    monkeypatch.setattr(DeliveryQueues, "again", lambda *given: asked.append(given))

    def record_and_ask(*given: Any) -> None:
        record(*given)
        while asked:
            again(*asked.pop())

    monkeypatch.setattr(DeliveryStore, "record", record_and_ask)


def takes_its_own_schedule_for_anothers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a schedule is there already is a failure."""
    put = Scheduled.put

    def strictly(scheduled: Scheduled, name: str, *more: Any) -> None:
        if name in world.elsewhere.schedules:
            raise RuntimeError
        put(scheduled, name, *more)

    monkeypatch.setattr(Scheduled, "put", strictly)


def gives_up_silently(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be handled is left out."""
    monkeypatch.setattr(CatalogueQueues, "give_up", lambda *_: None)


BROKEN = {
    "a fan-out": forgets_refusals,
    "events": believes_the_bus,
    "deliveries": writes_down_first,
    "dates": takes_its_own_schedule_for_anothers,
    "a new name": gives_up_silently,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_design_is_caught(name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, calls = undisturbed(name, world)
    BROKEN[name](world, monkeypatch)
    assert any(wrong(name, world, expected, each) for each in tries(calls))
