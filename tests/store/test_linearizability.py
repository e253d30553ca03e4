"""Threads at the same campaigns: every answer is one that clients who take turns could have had.

``HISTORIES`` in the environment says how many histories each test records and checks on the engine in memory; on
DynamoDB Local, which is slower, it is a fifth of them.
"""

import json
import os
import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.inputs import NewCampaign
from campaigns.store.requests import catalogue as requests
from campaigns.store.table import Item, Table
from local.faults import at_random
from local.strict import Rules
from support.api import Api
from support.engines import client_of
from support.flaky import Bench, bench_on
from support.http import Answer
from support.linearizability import NO_ANSWER, Operation, State, is_linearizable, write_and_read
from support.memory import MemoryDynamoDB
from support.simulation import Simulation, TakesTime
from support.stores import CampaignStore
from support.strict import strict_memory

THREADS, OPERATIONS, CAMPAIGNS = 6, 8, 2
HISTORIES = int(os.environ.get("HISTORIES", "40"))
SEQUENCES = ("a", "b", "c")
CONDITIONAL = {"update", "delete", "remove", "change", "set"}
FUNCTIONS = {
    "get": "get_campaign",
    "update": "update_campaign",
    "delete": "delete_campaign",
    "add": "add_sequence",
    "remove": "remove_sequence",
    "change": "change_associations",
    "set": "set_sequences",
    "clone": "clone_campaign",
}


class TakesTurns(MemoryDynamoDB):
    """The engine in memory, in which threads meet as they do on a network: around every request, others go on."""

    def _answer(self, *request: Any) -> Any:
        time.sleep(0)
        answer = super()._answer(*request)
        time.sleep(0)
        return answer


@pytest.fixture(scope="module", params=["memory", "dynamodb-local"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    memory: Any = TakesTurns()
    yield bench_on(memory if request.param == "memory" else client_of(request.getfixturevalue("endpoint"), THREADS))
    sys.setswitchinterval(interval)


@pytest.fixture
def histories(bench: Bench) -> int:
    return HISTORIES if isinstance(bench.flaky._client, TakesTurns) else HISTORIES // 5


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool


def state_of(campaign: Campaign) -> State:
    return State(campaign.version, campaign.name, campaign.status, tuple(each.id for each in campaign.sequences))


def shown_by(answer: Answer) -> State | None:
    if answer.status not in {200, 201}:
        return None
    body = answer.body
    version = int(json.loads(answer.headers["ETag"]))
    return State(version, body["name"], body["status"], tuple(each["id"] for each in body["sequences"]))


def body_of(verb: str, argument: Any) -> Any:
    match verb:
        case "update":
            return argument
        case "change":
            return {"add": {"sequences": argument[0]}, "remove": {"sequences": argument[1]}}
        case "set":
            return {"ids": argument}
    return None


class Recorder:
    """Random operations of several threads on a tenant's few campaigns, and what came of them."""

    def __init__(self, bench: Bench, store: CampaignStore, seed: int) -> None:
        self.tenant = f"history-{seed}-{secrets.token_hex(3)}"
        self.bench = bench
        self.direct = CampaignStore(bench.direct)
        self.api = Api(store)
        self.seed = seed
        for id_ in SEQUENCES:
            bench.direct.send("put_item", **requests.announce(self.tenant, Kind.SEQUENCE, id_, id_.upper(), 1))
        made = [self.direct.create(self.tenant, NewCampaign(name=str(number))) for number in range(CAMPAIGNS)]
        self.starts = {campaign.id: state_of(campaign) for campaign in made}
        self.histories: dict[str, list[Operation]] = {id_: [] for id_ in self.starts}

    def record(self, pool: ThreadPoolExecutor) -> None:
        barrier = Barrier(THREADS)

        def act(thread: int) -> None:
            barrier.wait()
            self.act(thread)

        with self.bench.watch.running():
            list(pool.map(act, range(THREADS)))

    def act(self, thread: int) -> None:
        dice = random.Random(self.seed * THREADS + thread)
        for number in range(OPERATIONS):
            campaign_id = dice.choice(list(self.starts))
            verb = dice.choices(list(FUNCTIONS), weights=[3, 4, 0.3, 4, 3, 3, 2, 1])[0]
            argument: Any = None
            if verb == "update":
                argument = dice.choice([{"name": f"{thread}-{number}"}, {"status": "active"}, {"status": "draft"}])
            elif verb in {"add", "remove"}:
                argument = dice.choice(SEQUENCES)
            elif verb in {"change", "set"}:
                some = tuple(dice.sample(SEQUENCES, dice.randint(1, len(SEQUENCES))))
                at = dice.randint(0, len(some))
                argument = (some[:at], some[at:]) if verb == "change" else some
            if_match = dice.choice([None, None, dice.randrange(1, 12)]) if verb in CONDITIONAL else None
            self.histories[campaign_id].append(self.ask(campaign_id, verb, argument, if_match))

    def ask(self, campaign_id: str, verb: str, argument: Any, if_match: int | None) -> Operation:
        began = time.monotonic()
        answer = self.api.call(
            FUNCTIONS[verb],
            body_of(verb, argument),
            path={"id": campaign_id, "seqId": str(argument)},
            headers={"If-Match": f'"{if_match}"'} if if_match else None,
            tenant=self.tenant,
        )
        return Operation(began, time.monotonic(), verb, argument, if_match, answer.status, shown_by(answer))

    def unexplained(self) -> list[str]:
        """The campaigns whose history no order explains."""
        return [id_ for id_, history in self.histories.items() if not is_linearizable(self.starts[id_], history)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(5))
def test_histories_are_linearizable(
    part: int,
    bench: Bench,
    histories: int,
    pool: ThreadPoolExecutor,
    record_property: Callable[[str, object], None],
) -> None:
    overlapping = 0
    for number in range(histories):
        recorder = Recorder(bench, CampaignStore(bench.direct), seed=part * histories + number)
        recorder.record(pool)
        assert recorder.unexplained() == []
        for history in recorder.histories.values():
            assert all(operation.status != NO_ANSWER for operation in history)
            pairs = pairwise(sorted(history, key=lambda operation: operation.began))
            overlapping += sum(before.ended > after.began for before, after in pairs)
    assert overlapping > histories * 10  # They did meet.
    record_property("histories checked for linearizability", histories)


@pytest.mark.timeout(900)
def test_histories_with_faults_are_linearizable(
    bench: Bench, histories: int, pool: ThreadPoolExecutor, record_property: Callable[[str, object], None]
) -> None:
    unanswered = 0
    for seed in range(histories):
        recorder = Recorder(bench, CampaignStore(bench.faulty), seed)
        bench.flaky.plan = at_random(seed, rate=0.5)
        recorder.record(pool)
        bench.flaky.plan = None
        bench.flaky.arrive()
        for id_, history in recorder.histories.items():
            unanswered += sum(operation.status == NO_ANSWER for operation in history)
            recorder.histories[id_] = [part for operation in history for part in write_and_read(operation)]
        assert recorder.unexplained() == []
    assert unanswered > 0
    record_property("histories with faults checked for linearizability", histories)


def simulated(seed: int, kind: type[Table] = Table) -> tuple[Recorder, int]:
    """A history behind AWS's rules, where transactions get in each other's way, and how often they did."""
    simulation = Simulation(seed)
    memory = TakesTime(simulation, call_seconds=0.005)
    client: Any = strict_memory(Rules(), memory)
    bench = bench_on(client)
    recorder = Recorder(bench, CampaignStore(kind(client, bench.direct.name)), seed)
    memory.is_instant = False
    simulation.run([partial(recorder.act, thread) for thread in range(THREADS)])
    return recorder, client.strict.met["conflict"]


def test_histories_behind_the_rules_are_linearizable(record_property: Callable[[str, object], None]) -> None:
    all_conflicts = 0
    for seed in range(HISTORIES):
        recorder, conflicts = simulated(seed)
        assert recorder.unexplained() == []
        assert all(op.status != NO_ANSWER for history in recorder.histories.values() for op in history)
        all_conflicts += conflicts
    assert all_conflicts > HISTORIES
    record_property("histories with conflicts checked for linearizability", HISTORIES)


class AddsBlindly(Table):
    """A transaction's changes are made without their conditions."""

    def transact(self, operations: list[Any]) -> None:
        for named in operations:
            for operation in named.values():
                if "UpdateExpression" in operation:
                    operation["ConditionExpression"] = "attribute_exists(PK)"
        super().transact(operations)


class RemembersItems(Table):
    """Reads are answered from what was read before."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(client, name)
        self._read: dict[str, Item | None] = {}

    def get(self, key: Any) -> Item | None:
        return self._read.setdefault(str(key), super().get(key))


class UpdatesBlindly(Table):
    """An update ignores If-Match and the order of the clock."""

    def send(self, operation: str, **request: Any) -> Any:
        if operation == "update_item":
            request["ConditionExpression"] = "attribute_exists(PK)"
            used = request["UpdateExpression"].split()
            values = request["ExpressionAttributeValues"]
            request["ExpressionAttributeValues"] = {
                name: value for name, value in values.items() if any(part.strip(",") == name for part in used)
            }
        return super().send(operation, **request)


@pytest.mark.parametrize("broken", [AddsBlindly, RemembersItems, UpdatesBlindly])
def test_a_broken_design_is_caught(broken: type[Table], bench: Bench, pool: ThreadPoolExecutor) -> None:
    for seed in range(100):
        recorder = Recorder(bench, CampaignStore(broken(bench.direct.client, bench.direct.name)), seed)
        recorder.record(pool)
        if recorder.unexplained():
            return
    pytest.fail("no history showed it")


@pytest.mark.parametrize("broken", [AddsBlindly, RemembersItems, UpdatesBlindly])
def test_a_broken_design_is_caught_behind_the_rules(broken: type[Table]) -> None:
    assert any(simulated(seed, broken)[0].unexplained() for seed in range(100))
