"""The functions behind queues and the stream, between services in this process, and what SQS and Lambda do with them.

A message comes again until the function says that it is done, five times; then it is a dead letter. Records come
again from the one that failed. Whoever is killed has said nothing.
"""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import batched
from types import ModuleType
from typing import Any, Self
from unittest.mock import patch

from campaigns.domain.deliveries import Outcome
from campaigns.events.queues import MAX_RECEIVES
from campaigns.runtime import bootstrap
from campaigns.store.webhooks import WebhookStore
from campaigns.webhooks.sending import Sender
from support.clock import ticking
from support.elsewhere import Message
from support.flaky import bench_on
from support.functions import load
from support.http import Context
from support.stores import CampaignStore
from support.stream import Record, StreamedDynamoDB, records_for
from support.way import Killed

_QUEUES = ("CATALOGUE", "SCHEDULES", "DELIVERY", "SLOW_DELIVERY", "WEBHOOK_EVENTS")
_URLS = {name: f"https://sqs.eu-west-1.amazonaws.com/000000000000/{name}" for name in (*_QUEUES, "DEAD")}
DEAD = _URLS["DEAD"]
"""The dead-letter queue of all functions: one is tried at a time."""
ENVIRONMENT = {
    **{f"{name}_QUEUE_URL": url for name, url in _URLS.items()},
    **dict.fromkeys(
        ("CATALOGUE_DEAD_LETTER_QUEUE_URL", "SCHEDULES_DEAD_LETTER_QUEUE_URL", "DEAD_LETTER_QUEUE_URL"), DEAD
    ),
    **dict.fromkeys(("SCHEDULES_QUEUE_ARN", "RETRY_QUEUE_ARN"), "arn:aws:sqs:eu-west-1:000000000000:queue"),
    **dict.fromkeys(
        ("SCHEDULES_DEAD_LETTER_QUEUE_ARN", "RETRY_DEAD_LETTER_QUEUE_ARN"), "arn:aws:sqs:eu-west-1:000000000000:dead"
    ),
    **dict.fromkeys(("SCHEDULER_ROLE_ARN", "RETRY_ROLE_ARN"), "arn:aws:iam::000000000000:role/scheduler"),
    "SCHEDULE_GROUP": "schedules",
    "RETRY_GROUP": "retries",
    "WEBHOOK_KEY_ID": "key",
    "WEBHOOK_LOOPBACK": "off",
    "CAMPAIGNS_EVENT_BUS": "bus",
    "CAMPAIGNS_STACK": "stack",
    "USAGE_PLAN_ID": "plan",
}
SOURCES = {
    "sync_catalogue": ["CATALOGUE"],
    "keep_schedules": ["SCHEDULES"],
    "fan_out_webhooks": ["WEBHOOK_EVENTS"],
    "deliver_webhook": ["DELIVERY", "SLOW_DELIVERY"],
}
"""The queues that functions listen to."""
BATCHES = {"sync_catalogue": 1}


class Receivers(Sender):
    """Those who are told: they answer as the test says, and remember what came."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self._way = world.bench.flaky
        self.answer: Callable[[str], Outcome] = lambda _: Outcome(204, None, 1)
        self.heard: list[tuple[str, str]] = []
        """Of each POST, the URL and the ``webhook-id``."""

    def send(self, url: str, event_id: str, *_: Any) -> Outcome:
        def post() -> Outcome:
            self.heard.append((url, event_id))
            return self.answer(url)

        return self._way.meet("POST", post, 0, lambda _: None)  # type: ignore[no-any-return] # killed, or sent


class InTurn:
    """Threads, one after the other, so that the calls of each try come in the same order."""

    def __init__(self, _: int) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class World:
    """What the functions reach. Each try has a tenant of its own, and finds the queues empty."""

    def __init__(self) -> None:
        self.database = StreamedDynamoDB()
        database: Any = self.database
        self.bench = bench_on(database)
        self.elsewhere = self.bench.elsewhere
        self.receivers = Receivers(self)
        self._functions: dict[str, ModuleType] = {}
        self.begin()

    def begin(self) -> None:
        """Begin anew."""
        self.tenant = f"t-{uuid.uuid4().hex[:12]}"
        self.campaigns = CampaignStore(self.bench.direct, ticking)
        self.webhooks = WebhookStore(self.bench.direct, ticking)
        self.elsewhere.queues.clear()
        self.elsewhere.bus.clear()
        self.elsewhere.schedules.clear()
        self.receivers.heard.clear()
        self.receivers.answer = lambda _: Outcome(204, None, 1)
        self.context: Callable[[], Context] = Context
        self.records: list[Record] = []
        self.bench.flaky.plan = None
        self._noted = len(self.database.records)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Functions that are loaded inside reach this world."""
        flaky: Any = self.bench.flaky
        with (
            self.elsewhere.reached(),
            patch.dict(os.environ, ENVIRONMENT | {"CAMPAIGNS_TABLE": self.bench.direct.name}),
            patch.object(bootstrap, "dynamodb_client", lambda: flaky),
            patch.object(bootstrap, "sender", lambda: self.receivers),
            patch("campaigns.events.batches.ThreadPoolExecutor", InTurn),
        ):
            yield

    def function(self, name: str) -> ModuleType:
        """A function, loaded once."""
        if name not in self._functions:
            self._functions[name] = load(name)
        return self._functions[name]

    def happened(self, function: str) -> list[Record]:
        """The records of the stream that a function is given of what happened since the beginning."""
        return list(records_for(function, self.database.records[self._noted :]))

    def queue(self, name: str) -> list[Message]:
        """What waits in a queue."""
        return self.elsewhere.queues[_URLS[name]]

    @property
    def dead(self) -> list[Message]:
        """The dead letters."""
        return self.elsewhere.queues[DEAD]

    # ---- What SQS and Lambda do

    def work_off(self, function: str, longest_delay: int = 0) -> bool:
        """Invoke a function until nothing is left for it that waits no longer; whether all is done."""
        for name in SOURCES[function]:
            while ready := [each for each in self.queue(name) if each.delay <= longest_delay]:
                for batch in batched(ready, BATCHES.get(function, 10), strict=False):
                    for each in batch:
                        self.queue(name).remove(each)
                    self._hand_over(function, name, [each._replace(receives=each.receives + 1) for each in batch])
        return not self.dead

    def _hand_over(self, function: str, name: str, messages: list[Message]) -> None:
        """One batch; what is not done waits again, or is a dead letter by the queue's own rule."""
        self.dead.extend(each for each in messages if each.receives > MAX_RECEIVES)
        given = {str(number): each for number, each in enumerate(messages) if each.receives <= MAX_RECEIVES}
        if not given:
            return
        failed = set(given)
        with suppress(Killed):
            event = {"Records": [_received(*each) for each in given.items()]}
            answer = self.function(function).handler(event, self.context())
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        self.queue(name).extend(given[each] for each in sorted(failed))

    def follow(self, function: str, tries: int = 10) -> bool:
        """Hand the records of the stream to a function, so often at most; whether all are done."""
        for _ in range(tries):
            if not self.records:
                return True
            with suppress(Exception, Killed):
                answer = self.function(function).handler({"Records": self.records}, self.context())
                failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
                numbers = [each["dynamodb"]["SequenceNumber"] for each in self.records]
                self.records = self.records[numbers.index(failed[0]) :] if failed else []
        return not self.records

    def replay(self, function: str) -> None:
        """Put the dead letters back, as the operator's command does."""
        dead, self.elsewhere.queues[DEAD] = self.dead, []
        for each in dead:
            if function in SOURCES:
                attributes = tuple(pair for pair in each.attributes if pair[0] != "reason")
                self.queue(SOURCES[function][-1]).append(Message(each.body, attributes))
            else:
                self.records += json.loads(each.body)["Records"]


def _received(number: str, message: Message) -> dict[str, Any]:
    return {
        "messageId": number,
        "receiptHandle": "handle",
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "messageAttributes": {name: {"stringValue": value, "dataType": "String"} for name, value in message.attributes},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:queue",
        "awsRegion": "eu-west-1",
    }
