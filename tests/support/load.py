"""What a load on the API was answered, and how fast, from where the client stands."""

import itertools
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from statistics import quantiles
from threading import BoundedSemaphore
from typing import Any, NamedTuple

import boto3

from support.stack import STACK, Tenant


class Sample(NamedTuple):
    """One answer."""

    call: str
    status: int
    milliseconds: float
    request_id: str
    rate_limits: str
    """The names of the headers about limits."""


TURNED_AWAY = {429, 503}
NO_DELIVERY = "evt_00000000000000000000000000"
FEW_WEBHOOKS = BoundedSemaphore(5)
"""A tenant has ten at most, and what is turned away may leave one."""
READS = [
    "/api/campaigns/{id}",
    "/api/campaigns?limit=20",
    "/api/campaigns/count?status=active",
    "/api/campaigns/whoami",
    "/api/campaigns/events?limit=20",
    "/api/campaigns/catalogue/sequences",
    "/api/campaigns/catalogue/sequences/{seqId}",
    "/api/campaigns/catalogue/templates",
    "/api/campaigns/catalogue/templates/{tplId}",
]


class TurnedAway(Exception):
    """The API had no room for a request, and said so."""


class Pace:
    """When requests are due: so many a second, whatever became of those before them."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._start = time.perf_counter()
        self._numbers = itertools.count()

    def wait(self) -> float:
        """Until the next request is due; that moment, which its latency counts from, so that a queue shows in it."""
        due = self._start + next(self._numbers) / self._rate
        time.sleep(max(0.0, due - time.perf_counter()))
        return due


class Client:
    """Leads one campaign after another through its life, with every endpoint; its reads in an order by lot."""

    def __init__(self, tenant: Tenant, lots: random.Random, pace: Pace | None = None) -> None:
        self.tenant = tenant
        self.lots = lots
        self.pace = pace
        self.samples: list[Sample] = []

    def ask(self, expected: int, method: str, route: str, id_: str = "", **arguments: Any) -> dict[str, Any]:
        """Send a request and take down how it was answered: as expected, or turned away with a time to come again."""
        filled = route.format(
            id=id_, webhookId=id_, deliveryId=NO_DELIVERY, seqId="onboarding", tplId="launch-announcement"
        )
        start = self.pace.wait() if self.pace else time.perf_counter()
        answer = self.tenant.request(method, filled, **arguments)
        milliseconds = (time.perf_counter() - start) * 1000
        limits = ", ".join(sorted(name.title() for name in answer.headers if name.lower().startswith("ratelimit")))
        request_id = answer.headers["X-Request-Id"]
        call = f"{method} {route.partition('?')[0]}"
        self.samples.append(Sample(call, answer.status_code, milliseconds, request_id, limits))
        if answer.status_code in TURNED_AWAY:
            time.sleep(int(answer.headers["Retry-After"]))
            raise TurnedAway
        assert answer.status_code == expected, f"{call}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def lead(self) -> None:
        """The life of one campaign; it ends early where a request is turned away."""
        campaign = "/api/campaigns/{id}"
        try:
            id_ = self.ask(201, "POST", "/api/campaigns", json={"name": "Under load"})["id"]
            for read in self.lots.sample(READS, len(READS)):
                self.ask(200, "GET", read, id_)
            self.ask(200, "PATCH", campaign, id_, json={"status": "active"})
            for part in ("/sequences/{seqId}", "/templates/{tplId}"):
                self.ask(200, "POST", campaign + part, id_)
            for part in ("/sequences/{seqId}", "/templates/{tplId}"):
                self.ask(204, "DELETE", campaign + part, id_)
            self.ask(200, "PUT", f"{campaign}/sequences", id_, json={"ids": ["onboarding"]})
            self.ask(200, "PUT", f"{campaign}/templates", id_, json={"ids": ["launch-announcement"]})
            self.ask(200, "POST", f"{campaign}/associations", id_, json={"remove": {"sequences": ["onboarding"]}})
            self.ask(204, "DELETE", campaign, self.ask(201, "POST", f"{campaign}/clone", id_)["id"])
            self.ask(204, "DELETE", campaign, id_)
            if FEW_WEBHOOKS.acquire(blocking=False):
                try:
                    self.listen()
                finally:
                    FEW_WEBHOOKS.release()
        except TurnedAway:
            return

    def listen(self) -> None:
        """The life of one webhook, which hears of nothing and leads nowhere: what is sent to it fails at once."""
        webhooks = "/api/campaigns/webhooks"
        webhook = f"{webhooks}/{{webhookId}}"
        made = {"url": "https://under-load.example.com/", "events": ["webhook.disabled"]}
        id_ = self.ask(201, "POST", webhooks, json=made)["id"]
        try:
            self.ask(200, "GET", webhooks)
            self.ask(200, "GET", webhook, id_)
            self.ask(200, "PATCH", webhook, id_, json={"enabled": False})
            self.ask(200, "POST", f"{webhook}/rotate-secret", id_, json={"graceSeconds": 0})
            self.ask(200, "POST", f"{webhook}/ping", id_)
            self.ask(200, "GET", f"{webhook}/deliveries", id_)
            self.ask(404, "POST", f"{webhook}/deliveries/{{deliveryId}}/redeliver", id_)
        finally:
            self.ask(204, "DELETE", webhook, id_)


def rows(samples: list[Sample]) -> list[dict[str, Any]]:
    """For each call how often it was answered what, and its latencies in milliseconds."""
    by_call: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_call[sample.call].append(sample)
    return [
        {"call": call, "answers": dict(Counter(each.status for each in some)), **latencies(some)}
        for call, some in sorted(by_call.items())
    ]


def latencies(samples: list[Sample]) -> dict[str, float]:
    """p50, p95, p99 and the longest."""
    taken = sorted(sample.milliseconds for sample in samples)
    hundredths = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
    return {"p50": hundredths[49], "p95": hundredths[94], "p99": hundredths[98], "most": taken[-1]}


def cold(samples: list[Sample], since: float) -> list[Sample]:
    """Those that were answered by a function that had to start first, as the logs since then tell."""
    started = set(starts(since))
    return [sample for sample in samples if sample.request_id in started]


def starts(since: float) -> Iterator[str]:
    """The ids of requests that a function started for."""
    pages = boto3.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(
        logGroupName=f"/campaigns/{STACK}", startTime=int(since * 1000), filterPattern="{ $.cold_start IS TRUE }"
    ):
        for event in page["events"]:
            # The emulator takes such a pattern for any.
            if '"cold_start":true' in event["message"] and '"requestId"' in event["message"]:
                yield str(json.loads(event["message"])["requestId"])
