"""The service in small, with what follows from its events: deliveries to webhooks, and dates that are kept.

Here time passes, for those who keep dates, and only while a message waits for it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from campaigns.domain.campaign import DATES
from campaigns.domain.deliveries import Outcome
from campaigns.events.delivering import Deliverer
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.events.fanning_out import FanOut
from campaigns.events.queues import Scheduled
from campaigns.events.schedules import Schedules, Wake, WakeQueue, keep, schedule_name
from campaigns.store.deliveries import DeliveryStore
from campaigns.store.requests import webhooks as requests
from campaigns.store.schedules import ScheduleStore
from campaigns.store.table import Table
from campaigns.store.webhooks import WebhookStore, webhook_from
from support.clients import TENANT
from support.interleaving import TIME, Actor, Footprint
from support.linearizability import NO_ANSWER, Operation
from support.schedules import refused
from support.sealing import memory_sealer
from support.world import LATER, Scenario, World, function

GONE = 410


@dataclass(frozen=True)
class Reacting(Scenario):
    """A scenario in which something follows from events."""

    answers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The statuses that receivers answer, one after the other, by URL; 200 from then on."""

    def world(self) -> "ReactingWorld":
        return ReactingWorld(self)


class ReactingWorld(World):
    """One run of it."""

    scenario: Reacting

    def __init__(self, scenario: Reacting) -> None:
        super().__init__(scenario)
        self.now = LATER
        self.schedules: dict[str, tuple[datetime, str]] = {}
        self.failures: list[str] = []
        self._looked: dict[Actor | None, datetime] = {}
        self.posted: list[tuple[str, str, int]] = []
        """URL, event and answer of each."""
        self._reactions = {name: function(name) for name in ("fan_out_webhooks", "deliver_webhook", "keep_schedules")}
        for date in scenario.start.campaign.dates:
            if date:
                wake = Wake(TENANT, scenario.start.campaign.id)
                self._schedule(schedule_name(wake.campaign_id, date), datetime.fromisoformat(date), wake.body)

    @contextmanager
    def running(self) -> Iterator[None]:
        own: Any = self
        fan_out, deliver, wakes = self._reactions.values()
        queues = DeliveryQueues(own, "deliveries", "deliveries", "dead letters")
        deliveries = DeliveryStore(self._table(), lambda: LATER)
        deliverer = Deliverer(deliveries, queues, memory_sealer(), own, clock=lambda: LATER, dice=lambda: 0.5)
        wakers = Schedules(Scheduled(own, "group", {}), WakeQueue(own, "wakes", "dead letters"))
        with super().running(), ExitStack() as patches:
            for module, name, value in (
                (fan_out, "queues", queues),
                (fan_out, "fan_out", FanOut(WebhookStore(self._table()), queues, lambda: LATER)),
                (deliver, "queues", queues),
                (deliver, "deliverer", deliverer),
                (wakes, "campaigns", ScheduleStore(self._table(), self._clock)),
                (wakes, "wakers", wakers),
                (wakes, "keep", partial(keep, clock=self._clock)),
            ):
                patches.enter_context(patch.object(module, name, value))
            yield

    def _is_published_now(self, record: dict[str, Any]) -> bool:  # noqa: ARG002 - all are
        return True

    # ---- The bus, the queues, and the receivers

    def put_events(self, Entries: list[Any]) -> Any:  # noqa: N803 - as botocore has it
        answer = super().put_events(Entries)
        for each in Entries:
            detail = json.loads(each["Detail"])
            body = json.dumps({"detail-type": each["DetailType"], "detail": detail})
            if self.scenario.start.hooks:
                self._message("fan out", body)
            # As the template's rule has it, of campaigns with dates.
            changed = {change["field"] for change in detail.get("changes", ())}
            if not changed.isdisjoint(DATES) or each["DetailType"] == "campaign.deleted":
                self._message("wakes", body)
        return answer

    def send_message_batch(self, QueueUrl: str, Entries: list[Any]) -> Any:  # noqa: N803
        for each in Entries:
            self._message(QueueUrl, each["MessageBody"])
        return {}

    def send_message(self, QueueUrl: str, MessageBody: str, MessageAttributes: Any = None, **more: Any) -> None:  # noqa: N803
        if QueueUrl == "queue":
            super().send_message(QueueUrl, MessageBody, MessageAttributes)
        else:
            self._message(QueueUrl, MessageBody, more["DelaySeconds"] if QueueUrl == "wakes" else 0)

    def _message(self, queue: str, body: str, seconds: int = 0) -> None:
        assert queue != "dead letters", body
        # From when it is sent, which is no earlier than its sender has looked at the clock.
        name, due = self._name_of_message(), self._looked.get(self.turns.actor(), LATER) + timedelta(seconds=seconds)
        self._deliver(name, lambda: self._receive(queue, name, body, due))

    def _receive(self, queue: str, name: str, body: str, due: datetime) -> None:
        record = {
            "messageId": name,
            "body": body,
            "messageAttributes": {},
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        fan_out, deliver, wakes = self._reactions.values()
        try:
            match queue:
                case "fan out":
                    fan_out.follow(record)
                case "deliveries":
                    deliver.deliver(record, 60)
                case "wakes":
                    self._wait_until(due)
                    wakes.look(record, 60)
        except Exception as error:
            self.failures.append(f"{queue}: {error!r}")

    def send(self, url: str, event_id: str, _payload: str, _secrets: object, _seconds: object) -> Outcome:
        """POST, as the deliverer does it."""
        receiver = Footprint(writes=frozenset({("receiver", url)}))
        outcome: Outcome
        (outcome,) = self.turns.take((f"posts {event_id} to {url}", receiver, partial(self._answer, url, event_id)))
        return outcome

    def _answer(self, url: str, event_id: str) -> Outcome:
        answers = self.scenario.answers.get(url, ())
        heard = sum(each == url for each, _, _ in self.posted)
        status = answers[heard] if heard < len(answers) else 200
        self.posted.append((url, event_id, status))
        return Outcome(status, None, 1)

    # ---- Time, and the scheduler

    def _clock(self) -> datetime:
        now: datetime
        (now,) = self.turns.take(("looks at the clock", Footprint(reads=frozenset({TIME})), lambda: self.now))
        self._looked[self.turns.actor()] = now
        return now

    def _wait_until(self, due: datetime) -> None:
        def pass_() -> None:
            self.now = max(self.now, due)

        if due > LATER:
            self.turns.take((f"waits until {due:%H:%M}", Footprint(enters=frozenset({TIME})), pass_))

    def create_schedule(self, Name: str, ScheduleExpression: str, Target: Any, **_: Any) -> None:  # noqa: N803
        """EventBridge Scheduler, as the functions call it."""
        at = datetime.strptime(ScheduleExpression, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
        self._take_schedule("schedules", Name, lambda: self._schedule(Name, at, Target["Input"]))

    def delete_schedule(self, Name: str, **_: Any) -> None:  # noqa: N803
        self._take_schedule("drops", Name, lambda: self.schedules.pop(Name, None) and True)

    def _take_schedule(self, verb: str, name: str, body: Callable[[], bool | None]) -> None:
        (done,) = self.turns.take((f"{verb} {name}", Footprint(writes=frozenset({("schedule", name)})), body))
        if not done:
            raise refused("ConflictException" if verb == "schedules" else "ResourceNotFoundException")

    def _schedule(self, name: str, at: datetime, body: str) -> bool:
        if name in self.schedules:
            return False
        self.schedules[name] = at, body
        self._counts[name] += 1
        self.turns.spawn(f"{name} {self._counts[name]}", partial(self._come, name, self.schedules[name]))
        return True

    def _come(self, name: str, schedule: tuple[datetime, str]) -> None:
        """A schedule's moment comes, unless it is dropped first."""

        def fire() -> bool:
            self.now = max(self.now, schedule[0])
            return self.schedules.pop(name, None) is not None

        footprint = Footprint(writes=frozenset({("schedule", name)}), enters=frozenset({TIME}))
        (is_there,) = self.turns.take((f"comes to its moment {schedule[0]:%H:%M}", footprint, fire))
        if is_there:
            self._message("wakes", schedule[1])

    # ---- What must hold when all is quiet

    def wrongs(self) -> list[str]:
        return [*super().wrongs(), *self.failures, *self._wrong_turns(), *self._undelivered()]

    def _is_scheduled(self, campaign_id: str, date: str) -> bool:
        return schedule_name(campaign_id, date) in self.schedules

    def _what_may_happen(self) -> Iterator[Operation]:
        yield from super()._what_may_happen()
        for turn in (("draft", "active"), ("active", "completed")):
            yield Operation(0, 0, "turned", turn, None, NO_ANSWER, None)

    def _wrong_turns(self) -> Iterator[str]:
        """Where a date that has not come turned a campaign."""
        for event in self.bus:
            if (event.get("actor") or {}).get("type") == "schedule":
                shown = event["campaign"]
                date = shown[DATES[shown["status"] == "completed"]]
                if date is None or date > shown["updatedAt"]:
                    yield f"a date that it has not, or that had not come, led to {event}"

    def _undelivered(self) -> Iterator[str]:
        """Where a webhook that is there was not told of an event, or is not as its receivers and its owner left it."""
        table = self._table(Table)
        events = {event["id"] for event in self.bus if event["type"].startswith("campaign.")}
        items = list(table.query(**requests.all_of(TENANT)))
        yield from (f"there is a part of a webhook: {item}" for item in items if "url" not in item)
        for webhook in [webhook_from(item) for item in items if "url" in item]:
            log = DeliveryStore(table, lambda: LATER).list(TENANT, webhook.id, 100, None).deliveries
            last = {each.event_id: (each.status, each.attempts[-1]["status"]) for each in log}
            if webhook.enabled and set(last) != events:
                yield f"{webhook.id} has {last}, and there are {events}"
            said = [status for url, _, status in self.posted if url == webhook.url]
            if webhook.disabled_reason == "gone" and GONE not in said:
                yield f"{webhook.id} is taken for gone, and {webhook.url} answered {said}"
            if webhook.enabled:
                yield from (
                    f"{webhook.id} was told of {event}: {how}" for event, how in last.items() if how not in OVER
                )


OVER = {("succeeded", 200), ("failed", GONE)}
