"""Mixed traffic while faults come and go: nothing acknowledged is lost, and all that is kept agrees when it is quiet.

``SOAK_SECONDS`` in the environment says for how long; ``make soak`` for two minutes.
"""

import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import httpx
import pytest

from campaigns.store.table import Table
from operations.verify import history_since, verify
from support.stack import STACK, Subscriber, Tenant, eventually

pytestmark = pytest.mark.emulator("only the emulator lets its database fail when told to")
SECONDS = float(os.environ.get("SOAK_SECONDS", "20"))
CLIENTS = 3
SEQUENCES = ("onboarding", "win-back", "renewal", "short-lived")
MAYBE = object()
"""Stands for a campaign or field of which an answer left open whether it changed."""


class Client:
    """One of a tenant's clients; only it changes its campaigns, so it knows what they must show."""

    def __init__(self, tenant: Tenant, seed: int, answers: Counter[str]) -> None:
        self.tenant = tenant
        self.dice = random.Random(seed)
        self.answers = answers
        self.names: dict[str, Any] = {}
        """What each campaign must be called, by id; None once it is deleted."""

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        answer = self.tenant.request(method, f"/api/campaigns{path}", **arguments)
        self.answers[f"{method} {answer.status_code}"] += 1
        assert answer.status_code not in {500, 502, 504}, answer.text
        if answer.status_code in {429, 503}:
            assert answer.headers["Retry-After"]
        return answer

    def act(self) -> None:
        there = [id_ for id_, name in self.names.items() if name is not None and name is not MAYBE]
        verb = self.dice.choice(["create", "list", "get", "update", "update", "delete", "add", "add", "remove"])
        if verb == "create" or not there:
            self.create()
            return
        id_ = self.dice.choice(there)
        sequence = f"/{id_}/sequences/{self.dice.choice(SEQUENCES)}"
        match verb:
            case "list":
                self.ask("GET", "?limit=100")
            case "get":
                shown = self.ask("GET", f"/{id_}")
                assert shown.status_code == 503 or shown.json()["name"] == self.names[id_]
            case "update":
                self.update(id_)
            case "delete":
                answer = self.ask("DELETE", f"/{id_}")
                assert answer.status_code in {204, 503}
                self.names[id_] = None if answer.status_code == 204 else MAYBE
            case "add":
                assert self.ask("POST", sequence).status_code in {200, 404, 409, 503}
            case "remove":
                assert self.ask("DELETE", sequence).status_code in {204, 503}

    def create(self) -> None:
        key, name = uuid.uuid4().hex, f"campaign {self.dice.randrange(10**9)}"
        made: set[str] = set()
        for _ in range(4):
            answer = self.ask("POST", "", json={"name": name}, headers={"Idempotency-Key": key})
            if answer.status_code == 201:
                made.add(answer.json()["id"])
                if len(made) == 1:
                    self.names[answer.json()["id"]] = name
                if self.dice.random() < 0.7:
                    break
        assert len(made) <= 1

    def update(self, id_: str) -> None:
        name = f"renamed {self.dice.randrange(10**9)}"
        answer = self.ask("PATCH", f"/{id_}", json={"name": name})
        assert answer.status_code in {200, 503}
        if answer.status_code == 200:
            assert answer.json()["name"] == name
            self.names[id_] = name
        else:
            self.names[id_] = MAYBE


@pytest.fixture
def soaked(new_tenant: Callable[[], Tenant]) -> list[Tenant]:
    tenants = [new_tenant(), new_tenant()]
    for tenant in tenants:
        for id_ in SEQUENCES:
            tenant.announce("sequence.created", id_, id_.title())
    return tenants


@pytest.fixture
def subscribers(stack: dict[str, str], soaked: list[Tenant]) -> Iterator[list[Subscriber]]:
    made = [Subscriber(stack, tenant.id) for tenant in soaked]
    yield made
    for subscriber in made:
        subscriber.close()


@pytest.mark.timeout(int(SECONDS) + 240)
def test_soak(
    stack: dict[str, str],
    soaked: list[Tenant],
    subscribers: list[Subscriber],
    record_property: Callable[[str, object], None],
) -> None:
    answers = Counter[str]()
    clients = [Client(tenant, number, answers) for number, tenant in enumerate(soaked * CLIENTS)]
    end = time.monotonic() + SECONDS
    with ThreadPoolExecutor(len(clients) + 2) as pool:
        work = [pool.submit(keep_on, client.act, end) for client in clients]
        work.append(pool.submit(keep_on, come_and_go(stack, soaked), end))
        work.append(pool.submit(keep_on, announce(soaked), end))
        for each in work:
            each.result()
    met = sum(fail(stack, tenant, rate=0) for tenant in soaked)
    print(f"soak: {sum(answers.values())} requests in {SECONDS:.0f} s: {dict(sorted(answers.items()))}")
    record_property("requests soaked", sum(answers.values()))
    record_property("faults met by the soak", met)
    assert sum(answers.values()) > SECONDS
    assert met > SECONDS

    for tenant in soaked:
        mine = [client for client in clients if client.tenant is tenant]
        shown = eventually(lambda tenant=tenant: settled(stack, tenant), seconds=90)  # type: ignore[misc]
        known = {id_: name for client in mine for id_, name in client.names.items()}
        for id_, name in known.items():
            if name is None:
                assert id_ not in shown
            elif name is not MAYBE:
                assert shown[id_]["name"] == name
        eventually(lambda tenant=tenant: announced(subscribers[soaked.index(tenant)], tenant), seconds=90)  # type: ignore[misc]


def keep_on(act: Callable[[], None], end: float) -> None:
    while time.monotonic() < end:
        act()


def come_and_go(stack: dict[str, str], tenants: list[Tenant]) -> Callable[[], None]:
    seeds = iter(range(10**6))

    def act() -> None:
        for rate in (0.3, 0):
            for tenant in tenants:
                fail(stack, tenant, rate, next(seeds))
            time.sleep(3)

    return act


def fail(stack: dict[str, str], tenant: Tenant, rate: float, seed: int = 0) -> int:
    """Let the tenant's requests to DynamoDB fail at this rate; how many have so far."""
    told = {"text": f"TENANT#{tenant.id}", "rate": rate, "seed": seed}
    return int(httpx.put(f"{stack['AWS_ENDPOINT_URL']}/_local/faults", json=told).json()["met"])


def announce(tenants: list[Tenant]) -> Callable[[], None]:
    numbers = iter(range(10**6))

    def act() -> None:
        for tenant in tenants:
            number = next(numbers)
            tenant.announce("sequence.updated", "onboarding", f"Onboarding {number}")
            verb, name = ("deleted", None) if number % 4 < 2 else ("created", f"Short-lived {number}")
            tenant.announce(f"sequence.{verb}", "short-lived", name)
        time.sleep(1)

    return act


def settled(stack: dict[str, str], tenant: Tenant) -> dict[str, Any]:
    """All campaigns of a tenant, once what is kept of it agrees."""
    client = boto3.client("dynamodb")
    report = verify(Table(client, stack["CAMPAIGNS_TABLE"]), tenant.id, history_since(STACK))
    assert report.differences == set()
    assert report.campaigns > 0
    return campaigns_of(tenant)


def campaigns_of(tenant: Tenant) -> dict[str, Any]:
    found: dict[str, Any] = {}
    query = "?limit=100"
    while query:
        page = tenant.request("GET", f"/api/campaigns{query}").json()
        found |= {each["id"]: each for each in page["data"]}
        query = f"?limit=100&cursor={page['nextCursor']}" if page["nextCursor"] else ""
    return found


def announced(subscriber: Subscriber, tenant: Tenant) -> None:
    """A consumer that keeps the last event of each campaign has exactly the campaigns that are there."""
    last: dict[str, Any] = {}
    for event in subscriber.listen():
        last[event["detail"]["campaign"]["id"]] = event
    kept = {id_: each["detail"]["campaign"] for id_, each in last.items() if each["detail-type"] != "campaign.deleted"}
    assert kept == campaigns_of(tenant)


def test_faults_are_met(stack: dict[str, str], new_tenant: Callable[[], Tenant]) -> None:
    """Where every request fails, the answer is an honest 503; the others do not notice."""
    unlucky, other = new_tenant(), new_tenant()
    fail(stack, unlucky, rate=1)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(unlucky.request("GET", "/api/campaigns").status_code))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    assert other.request("GET", "/api/campaigns").status_code == 200
    for thread in threads:
        thread.join()
    fail(stack, unlucky, rate=0)
    assert set(answers) == {503}
    assert unlucky.request("GET", "/api/campaigns").status_code == 200
