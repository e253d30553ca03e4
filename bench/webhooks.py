"""What a delivery to a webhook takes, and how far a dead receiver is in others' way: ``python -m bench.webhooks``.

The first is the function's CPU beside that of the least that would do: a signed POST with ``urllib3``, by TLS to the
same receiver, which is in a process of its own, as is the table (DynamoDB Local).

The second is in simulated time, in which the real fan-out and deliveries run between queues as SQS has them: two
invocations at a time for each, of ten messages each.
"""

import heapq
import itertools
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import urllib3

from bench.report import machine, write_section
from campaigns.domain.deliveries import Order, Outcome, delivery_id
from campaigns.domain.identifiers import new_id, timestamp, utc_now
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.events.batches import BATCH
from campaigns.events.delivering import Deliverer
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.events.fanning_out import FanOut
from campaigns.runtime import bootstrap
from campaigns.runtime.logs import logger
from campaigns.store.deliveries import DeliveryStore
from campaigns.store.webhooks import WebhookStore
from campaigns.webhooks.sending import SECONDS, TIMED_OUT, Sender, signed
from local.dynamodb import dynamodb_local
from local.examples import event
from support.catalogue import START
from support.clock import ManualClock
from support.engines import client_of, new_table
from support.functions import load
from support.http import Context
from support.receivers import answering, certificates, receiver
from support.schedules import delivery
from support.sealing import memory_sealer
from support.simulation import Simulation, TakesTime
from support.webhooks import Waiting
from tools.markdown import table

HOST = "localhost"
EVENT = json.loads(event("fan_out_webhooks")["Records"][0]["body"])
ROUNDS, DELIVERIES = 7, 200
WEBHOOKS, EVENTS, INVOCATIONS = 10, 1_000, 2


# ---- CPU


def receive(folder: Path, ports: Any) -> None:
    """A receiver with TLS, until it is ended."""
    with receiver(answering("204 No Content", b"", Connection="close"), certificates(folder, HOST).context) as there:
        ports.put(there.port)
        there.over.wait()


@contextmanager
def received(folder: Path) -> Iterator[str]:
    """The URL of a receiver in another process."""
    spawn = multiprocessing.get_context("spawn")
    ports = spawn.Queue()
    process = spawn.Process(target=receive, args=(folder, ports))
    process.start()
    try:
        yield f"https://{HOST}:{ports.get()}/hook"
    finally:
        process.terminate()
        process.join()


def cpu() -> list[list[str]]:
    """Milliseconds of CPU of a delivery and of a bare POST, taking turns: medians, and what the one is to the other."""
    figures: dict[str, list[float]] = {"a delivery": [], "a bare signed POST": []}
    with (
        TemporaryDirectory() as folder,
        dynamodb_local() as endpoint,
        received(Path(folder)) as url,
    ):
        made = new_table(client_of(endpoint))
        roots = Path(folder) / "root.pem"
        sealer, webhook_id = memory_sealer(), new_id("wh_", utc_now())
        secret, sealed = sealer.new("acme", webhook_id)
        WebhookStore(made).create("acme", webhook_id, NewWebhook(url, ["campaign.*"]), sealed)
        numbers = itertools.count()
        payload = json.dumps(EVENT["detail"])

        def orders() -> list[str]:
            moment = timestamp(utc_now())
            events = [f"evt_{next(numbers)}" for _ in range(BATCH)]
            ids = [delivery_id(webhook_id, each, moment) for each in events]
            return [
                Order("acme", webhook_id, id_, each, "campaign.updated", moment, payload).to_json()
                for id_, each in zip(ids, events, strict=True)
            ]

        environment = {
            "CAMPAIGNS_TABLE": made.name,
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
        }
        with (
            patch.dict(os.environ, environment),
            patch.object(bootstrap, "sealer", memory_sealer),
            patch.object(bootstrap, "sender", lambda: Sender(loopback=True, roots=roots)),
            patch.object(bootstrap, "delivery_queues", lambda: Waiting(ManualClock())),
        ):
            function = load("deliver_webhook")
        pool = urllib3.PoolManager(ca_certs=str(roots))

        def deliver() -> None:
            function.handler(delivery(*orders()), Context(remaining_milliseconds=90_000))

        def post() -> None:
            for _ in range(BATCH):
                headers = signed(f"evt_{next(numbers)}", payload, [secret], utc_now())
                pool.request("POST", url, body=payload.encode(), headers=headers)

        for _ in range(ROUNDS + 1):  # one to warm up
            for name, action in (("a delivery", deliver), ("a bare signed POST", post)):
                start = time.process_time()
                for _ in range(DELIVERIES // BATCH):
                    action()
                figures[name].append((time.process_time() - start) / DELIVERIES * 1000)
        delivered = DeliveryStore(made).list("acme", webhook_id, BATCH, None, "succeeded").deliveries
    if len(delivered) < BATCH:
        raise SystemExit("webhooks: what was measured did not succeed")
    warm = {name: several[1:] for name, several in figures.items()}
    bare = statistics.median(warm["a bare signed POST"])
    return [
        [
            name,
            f"{statistics.median(each):.2f} ({min(each):.2f}-{max(each):.2f})",
            f"{statistics.median(each) / bare:.2f}",
        ]
        for name, each in warm.items()
    ]


# ---- One dead receiver among ten


class Queues(DeliveryQueues):
    """The two queues of deliveries, in simulated time: a call takes ten milliseconds."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._numbers = itertools.count()
        self._waiting: dict[bool, list[tuple[float, int, Order]]] = {True: [], False: []}

    def put(self, orders: Sequence[Order]) -> None:
        """To be delivered now."""
        self._simulation.pause(0.01)
        for order in orders:
            self._add(order, 0)

    def again(self, order: Order, seconds: int) -> None:
        """To be delivered later."""
        self._simulation.pause(0.01)
        self._add(order, seconds)

    def _add(self, order: Order, seconds: int) -> None:
        entry = self._simulation.now() + seconds, next(self._numbers), order
        heapq.heappush(self._waiting[order.apart], entry)

    def take(self, *, apart: bool) -> list[Order]:
        """Ten that are due, or fewer."""
        waiting, found = self._waiting[apart], list[Order]()
        while waiting and len(found) < BATCH and waiting[0][0] <= self._simulation.now():
            found.append(heapq.heappop(waiting)[2])
        return found


class Receivers(Sender):
    """They take 30 to 100 ms, but for the dead one, who never answers."""

    def __init__(self, simulation: Simulation, dead: str | None) -> None:
        super().__init__()
        self._simulation = simulation
        self._dead = dead
        self.took: list[float] = []
        """Seconds from the beginning until each delivery to one who answers."""

    def send(self, url: str, *what: Any) -> Outcome:
        """Take it, or let the sender wait."""
        if url == self._dead:
            seconds: float = what[-1] or SECONDS
            self._simulation.pause(seconds)
            return Outcome(None, TIMED_OUT, round(seconds * 1000))
        took = self._simulation.dice.uniform(0.03, 0.1)
        self._simulation.pause(took)
        self.took.append(self._simulation.now())
        return Outcome(204, None, round(took * 1000))


def crowd(*, dead: bool, webhooks: int = WEBHOOKS, events: int = EVENTS, seed: int = 1) -> list[float]:
    """Many events at one moment: seconds until each was delivered to each of the webhooks that answer.

    Where one is ``dead`` it comes on top.
    """
    simulation = Simulation(seed)
    memory = TakesTime(simulation, call_seconds=0.005)
    client: Any = memory
    made = new_table(client)

    def clock() -> datetime:
        return START + timedelta(seconds=simulation.now())

    store, sealer = WebhookStore(made, clock), memory_sealer()
    urls = [f"https://{number}.example.com/" for number in range(webhooks - 1)] + ["https://dead.example.com/"] * dead
    for url in urls:
        id_ = new_id("wh_", clock())
        store.create("acme", id_, NewWebhook(url, ["campaign.*"]), sealer.new("acme", id_)[1])
    memory.is_instant = False
    queues, receivers = Queues(simulation), Receivers(simulation, urls[-1] if dead else None)
    deliverer = Deliverer(
        DeliveryStore(made, clock), queues, sealer, receivers, clock=clock, dice=simulation.dice.random
    )
    fan_out = FanOut(store, queues, clock)
    bodies = [
        json.dumps(EVENT | {"detail": EVENT["detail"] | {"id": f"evt_{number}", "occurredAt": timestamp(START)}})
        for number in range(events)
    ]
    wanted = (webhooks - 1) * events

    def fan_all_out() -> None:
        while bodies:
            batch = [bodies.pop() for _ in range(min(BATCH, len(bodies)))]
            simulation.together([partial(fan_out.follow, body) for body in batch])

    def deliver_all(*, apart: bool) -> None:
        while len(receivers.took) < wanted:
            if orders := queues.take(apart=apart):
                simulation.together([partial(deliverer.deliver, order) for order in orders])
            else:
                simulation.pause(0.02)

    workers: list[Callable[[], None]] = [
        fan_all_out,
        partial(deliver_all, apart=False),
        partial(deliver_all, apart=True),
    ]
    simulation.run([worker for worker in workers for _ in range(INVOCATIONS)])
    return sorted(receivers.took)


def rows() -> list[list[str]]:
    """What of the crowd came when, without a dead receiver and with one."""
    outcomes = {"nine receivers": crowd(dead=False), "nine receivers, and a dead one": crowd(dead=True)}
    without = outcomes["nine receivers"][-1]
    return [
        [name, f"{each[0]:.1f} s", f"{statistics.median(each):.1f} s", f"{each[-1]:.1f} s", f"{each[-1] / without:.2f}"]
        for name, each in outcomes.items()
    ]


def main() -> None:
    """Measure, and write the page."""
    handler: Any = logger.handlers[0]
    with Path(os.devnull).open("w") as logged:  # written as in Lambda, where nobody sees it
        handler.setStream(logged)
        deliveries = table(["", "ms of CPU (least-most)", "to the bare POST"], cpu())
        crowded = table([f"{EVENTS:,} events at once", "first", "half", "last", "last, to without"], rows())
        handler.setStream(sys.stdout)
    write_section("webhooks", f"{machine()}\n\n{deliveries}\n\n{crowded}")


if __name__ == "__main__":
    main()
