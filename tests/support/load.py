"""What a load on the API was answered, and how fast, from where the client stands."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from statistics import quantiles
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


class TurnedAway(Exception):
    """The API had no room for a request, and said so."""


class Client:
    """Leads one campaign after another through its life, with every endpoint."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.samples: list[Sample] = []

    def ask(self, expected: int, method: str, route: str, id_: str = "", **arguments: Any) -> dict[str, Any]:
        """Send a request and take down how it was answered: as expected, or turned away with a time to come again."""
        filled = route.format(id=id_, seqId="onboarding", tplId="launch-announcement")
        start = time.perf_counter()
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
            self.ask(200, "GET", campaign, id_)
            self.ask(200, "GET", "/api/campaigns?limit=20")
            self.ask(200, "GET", "/api/campaigns/whoami")
            self.ask(200, "PATCH", campaign, id_, json={"status": "active"})
            for part in ("/sequences/{seqId}", "/templates/{tplId}"):
                self.ask(200, "POST", campaign + part, id_)
            for kind, name in (("sequences", "seqId"), ("templates", "tplId")):
                self.ask(200, "GET", f"/api/campaigns/catalogue/{kind}")
                self.ask(200, "GET", f"/api/campaigns/catalogue/{kind}/{{{name}}}")
            self.ask(200, "GET", "/api/campaigns/count?status=active")
            self.ask(200, "GET", "/api/campaigns/events?limit=20")
            for part in ("/sequences/{seqId}", "/templates/{tplId}"):
                self.ask(204, "DELETE", campaign + part, id_)
            self.ask(200, "PUT", f"{campaign}/sequences", id_, json={"ids": ["onboarding"]})
            self.ask(200, "PUT", f"{campaign}/templates", id_, json={"ids": ["launch-announcement"]})
            self.ask(200, "POST", f"{campaign}/associations", id_, json={"remove": {"sequences": ["onboarding"]}})
            self.ask(204, "DELETE", campaign, self.ask(201, "POST", f"{campaign}/clone", id_)["id"])
            self.ask(204, "DELETE", campaign, id_)
        except TurnedAway:
            return


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
