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
SEQUENCES, TEMPLATE = ("onboarding", "win-back", "renewal", "short-lived"), "welcome"
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
        self.steps: list[Callable[[Client, str], None]] = []

    def ask(self, route: str, *allowed: int, query: str = "", fill: Any = (), **arguments: Any) -> httpx.Response:
        """Send a request; ``route`` is as in docs/openapi.json without what all begin with, filled from ``fill``."""
        method, path = route.split(" ")
        answer = self.tenant.request(method, f"/api/campaigns{path.format(**dict(fill))}{query}", **arguments)
        self.answers[f"{method} {answer.status_code}"] += 1
        assert answer.status_code in {*allowed, 429, 503}, (route, answer.text)
        if answer.status_code in {429, 503}:
            assert answer.headers["Retry-After"]
        return answer

    def act(self) -> None:
        """The next of all steps, whose order is anew each time."""
        there = [id_ for id_, name in self.names.items() if name is not None and name is not MAYBE]
        if len(there) < 2:
            self.create("POST ")
            return
        if not self.steps:
            self.steps = self.dice.sample(STEPS, len(STEPS))
        self.steps.pop()(self, self.dice.choice(there))

    def some(self) -> list[str]:
        return self.dice.sample(SEQUENCES, self.dice.randrange(1, len(SEQUENCES)))

    def make(self, _: str) -> None:
        self.create("POST ", **({"sequences": ["onboarding"]} if self.dice.random() < 0.5 else {}))

    def clone(self, id_: str) -> None:
        self.create("POST /{id}/clone", {"id": id_})

    def create(self, route: str, fill: Any = (), **more: Any) -> None:
        key, name = uuid.uuid4().hex, f"campaign {self.dice.randrange(10**9)}"
        made: set[str] = set()
        for _ in range(4):
            body, headers = {"name": name, **more}, {"Idempotency-Key": key}
            answer = self.ask(route, 201, 404, fill=fill, json=body, headers=headers)
            if answer.status_code == 201:
                made.add(answer.json()["id"])
                if len(made) == 1:
                    self.names[answer.json()["id"]] = name
                if self.dice.random() < 0.7:
                    break
        assert len(made) <= 1

    def get(self, id_: str) -> None:
        shown = self.ask("GET /{id}", 200, fill={"id": id_})
        assert shown.status_code == 503 or shown.json()["name"] == self.names[id_]

    def update(self, id_: str) -> None:
        name = f"renamed {self.dice.randrange(10**9)}"
        more: dict[str, Any] = self.dice.choice(
            [{}, {"archived": True}, {"labels": ["soaked"]}, {"startsAt": "2026-01-01T00:00Z"}]
        )
        answer = self.ask("PATCH /{id}", 200, fill={"id": id_}, json={"name": name} | more)
        if answer.status_code == 200:
            assert answer.json()["name"] == name
        self.names[id_] = name if answer.status_code == 200 else MAYBE

    def delete(self, id_: str) -> None:
        answer = self.ask("DELETE /{id}", 204, fill={"id": id_})
        self.names[id_] = None if answer.status_code == 204 else MAYBE

    def add(self, id_: str) -> None:
        self.ask("POST /{id}/sequences/{seqId}", 200, 404, 409, fill={"id": id_, "seqId": self.dice.choice(SEQUENCES)})
        self.ask("POST /{id}/templates/{tplId}", 200, 404, 409, fill={"id": id_, "tplId": TEMPLATE})

    def remove(self, id_: str) -> None:
        self.ask("DELETE /{id}/sequences/{seqId}", 204, fill={"id": id_, "seqId": self.dice.choice(SEQUENCES)})
        self.ask("DELETE /{id}/templates/{tplId}", 204, fill={"id": id_, "tplId": TEMPLATE})

    def change(self, id_: str) -> None:
        some = self.some()
        body = {"add": {"sequences": some[1:], "templates": [TEMPLATE]}, "remove": {"sequences": some[:1]}}
        self.ask("POST /{id}/associations", 200, 404, fill={"id": id_}, json=body)

    def replace(self, id_: str) -> None:
        self.ask("PUT /{id}/sequences", 200, 404, fill={"id": id_}, json={"ids": self.some()})
        self.ask("PUT /{id}/templates", 200, 404, fill={"id": id_}, json={"ids": [TEMPLATE][: self.dice.randrange(2)]})

    def find(self, id_: str) -> None:
        by = ("?limit=100", "?q=CAMPAIGN&sort=name", "?status=draft,active", "?label=soaked", "?sequence=onboarding")
        self.ask("GET ", 200, query=self.dice.choice(by))
        found = self.ask("GET ", 200, query=f"?ids={id_}")
        assert found.status_code == 503 or [each["name"] for each in found.json()["data"]] == [self.names[id_]]
        self.ask("GET /count", 200, query=self.dice.choice(by[1:]).partition("&")[0])

    def look(self, id_: str) -> None:
        self.ask("GET /events", 200, query=f"?campaign={id_}")
        self.ask("GET /whoami", 200)
        self.ask("GET /catalogue/sequences", 200)
        self.ask("GET /catalogue/sequences/{seqId}", 200, 404, fill={"seqId": self.dice.choice(SEQUENCES)})
        self.ask("GET /catalogue/templates", 200)
        self.ask("GET /catalogue/templates/{tplId}", 200, 404, fill={"tplId": TEMPLATE})

    def subscribe(self, _: str) -> None:
        """A webhook's life. One whose end was not answered stays, so that a tenant may have all of its ten."""
        body = {"url": "http://127.0.0.1:9/nobody", "events": ["campaign.deleted"]}
        made = self.ask("POST /webhooks", 201, 400, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
        self.ask("GET /webhooks", 200)
        if made.status_code != 201:
            return
        hook = {"webhookId": made.json()["id"], "deliveryId": "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
        self.ask("GET /webhooks/{webhookId}", 200, fill=hook)
        self.ask("PATCH /webhooks/{webhookId}", 200, fill=hook, json={"description": "Soaked"})
        self.ask("POST /webhooks/{webhookId}/ping", 200, fill=hook)
        self.ask("POST /webhooks/{webhookId}/rotate-secret", 200, fill=hook, json={"graceSeconds": 0})
        self.ask("GET /webhooks/{webhookId}/deliveries", 200, fill=hook)
        self.ask("POST /webhooks/{webhookId}/deliveries/{deliveryId}/redeliver", 404, fill=hook)
        self.ask("DELETE /webhooks/{webhookId}", 204, fill=hook)


STEPS: list[Callable[[Client, str], None]] = [
    *(Client.make, Client.make, Client.clone, Client.get, Client.update, Client.update, Client.delete),
    *(Client.add, Client.add, Client.remove, Client.change, Client.replace),
    *(Client.find, Client.look, Client.subscribe),
]


@pytest.fixture
def soaked(new_tenant: Callable[[], Tenant]) -> list[Tenant]:
    tenants = [new_tenant(), new_tenant()]
    for tenant in tenants:
        for id_ in SEQUENCES:
            tenant.announce("sequence.created", id_, id_.title())
        tenant.announce("template.created", TEMPLATE, TEMPLATE.title())
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
    cursor = ""
    while cursor is not None:
        page = tenant.request("GET", f"/api/campaigns?archived=any&limit=100{cursor and f'&cursor={cursor}'}").json()
        found |= {each["id"]: each for each in page["data"]}
        cursor = page["nextCursor"]
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
