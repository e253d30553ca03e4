"""A load with every endpoint: each answer is the right one, or says when to come again; what that took is reported.

``LOAD_SECONDS`` in the environment says for how long, ``LOAD_RATE`` how many a second are due (without it, each client
sends the next when the last is answered), and ``LOAD_SEED`` by which lots: ``make load`` and ``make verify``.
"""

import json
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.load import TURNED_AWAY, Client, Pace, Sample, cold, latencies, rows
from support.stack import ON_AWS, VERIFIED, Tenant
from tools.openapi import endpoints

SECONDS = float(os.environ.get("LOAD_SECONDS", "3"))
RATE = float(os.environ.get("LOAD_RATE", "0"))
SEED = os.environ.get("LOAD_SEED", "1")
CLIENTS = 32 if RATE else 8 if VERIFIED else 2
MOST_TURNED_AWAY = 0.01
LOGS_ARRIVE_WITHIN = 30 if ON_AWS else 0
WITHOUT_A_KEY = {"/api/docs", "/api/openapi.json"}


@pytest.mark.timeout(int(SECONDS) + 300)
def test_a_load_is_answered(tenant: Tenant, record_property: Callable[[str, object], None]) -> None:
    pace = Pace(RATE) if RATE else None
    clients = [Client(tenant, random.Random(f"{SEED} {number}"), pace) for number in range(CLIENTS)]
    began = time.time()
    end = time.monotonic() + SECONDS

    def keep_on(client: Client) -> None:
        client.lead()  # once at least, however slow the machine is
        while time.monotonic() < end:
            client.lead()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for each in [pool.submit(keep_on, client) for client in clients]:
            each.result()
    time.sleep(LOGS_ARRIVE_WITHIN)
    samples: list[Sample] = [sample for client in clients for sample in client.samples]
    starting = cold(samples, began)
    record_property("requests of the load", len(samples))
    record_property(
        "load",
        json.dumps(
            {
                "seconds": SECONDS,
                "clients": CLIENTS,
                "rate": RATE,
                "seed": SEED,
                "rows": rows(samples),
                "cold": {"count": len(starting), **(latencies(starting) if starting else {})},
                "rateLimits": sorted({sample.rate_limits for sample in samples}),
            }
        ),
    )
    turned_away = [sample for sample in samples if sample.status in TURNED_AWAY]
    assert len(turned_away) <= MOST_TURNED_AWAY * len(samples)
    assert {sample.call for sample in samples} == {
        f"{endpoint.method} {endpoint.path}" for endpoint in endpoints() if endpoint.path not in WITHOUT_A_KEY
    }, "give each its part in tests/support/load.py"
