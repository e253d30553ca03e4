"""Every endpoint, at every call that it makes, with every fault: what must hold, and the runs that try it."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from campaigns.domain.campaign import Kind
from campaigns.domain.contents import Wish, wanted
from campaigns.domain.deliveries import Order, Outcome, after, delivery_id
from campaigns.domain.identifiers import new_id, timestamp, utc_now
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.domain.webhooks import Sealed
from campaigns.store import keys
from campaigns.store.deliveries import DeliveryStore
from campaigns.store.requests import catalogue as requests
from campaigns.store.webhooks import WebhookStore
from local.faults import DOUBTFUL, Fault, Plan
from support.api import Api
from support.clock import ticking
from support.elsewhere import faults_of
from support.flaky import Bench
from support.http import Answer
from support.stores import CampaignStore

HELD, FREE = "held", "free"
CATALOGUE = tuple(product(Kind, (HELD, FREE)))
MISSING = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Case(NamedTuple):
    """A request in a situation, with the status that it gets where nothing goes wrong."""

    function: str
    status: int
    path: dict[str, str] | None = None
    body: Any = None
    headers: dict[str, str] | None = None
    earlier: dict[str, Any] | None = None
    """The body of an earlier creation under the same idempotency key."""
    holds: int = 1
    """How many sequences the campaign holds."""
    query: str = ""
    dates: bool = False
    """Whether the campaign has a start in the past and an end."""

    @property
    def is_about_webhooks(self) -> bool:
        """Whether it needs one."""
        return "webhook" in self.function or "deliver" in self.function


_ID, _GONE = {"id": "{id}"}, {"id": MISSING}
_NEW, _OTHER = {"name": "New", "description": "D"}, {"name": "Other"}
_FULL = _NEW | {
    "sequences": [FREE, HELD],
    "templates": [HELD],
    "labels": ["a"],
    "metadata": {"k": "v"},
    "startsAt": "2027-01-01T00:00Z",
}
_HELD = _NEW | {"sequences": [HELD]}
_CHANGES = {"add": {"sequences": [FREE, HELD], "templates": [FREE]}, "remove": {"templates": [HELD]}}
_PAST = "2026-01-01T00:00:00.000Z"
_DATES = NewCampaign(name="Old", starts_at=_PAST, ends_at="2027-01-01T00:00:00.000Z")
_KEY = {"Idempotency-Key": "key-1"}
_HOOK, _NO_HOOK = {"webhookId": "{webhook}"}, {"webhookId": MISSING.replace("cmp_", "wh_")}
_WEBHOOK = {"url": "https://hooks.example.com/", "events": ["campaign.*"]}
CASES: dict[str, Case] = {
    "create": Case("create_campaign", 201, body=_NEW),
    "create with a key": Case("create_campaign", 201, body=_NEW, headers=_KEY),
    "create with contents": Case("create_campaign", 201, body=_FULL),
    "create with contents and a key": Case("create_campaign", 201, body=_FULL, headers=_KEY),
    "create with unknown contents": Case("create_campaign", 404, body=_NEW | {"templates": [FREE, "unknown"]}),
    "create again with the key": Case("create_campaign", 201, body=_NEW, headers=_KEY, earlier=_NEW),
    "create another with the key": Case("create_campaign", 409, body=_NEW, headers=_KEY, earlier=_OTHER),
    "create again with contents and the key": Case("create_campaign", 201, body=_HELD, headers=_KEY, earlier=_HELD),
    "list": Case("list_campaigns", 200),
    "list of two statuses": Case("list_campaigns", 200, query="status=draft,active"),
    "list by change": Case("list_campaigns", 200, query="sort=updatedAt"),
    "list by name with a status": Case("list_campaigns", 200, query="sort=name&status=draft"),
    "list of what holds a sequence": Case("list_campaigns", 200, query="sequence=held"),
    "list of what holds a sequence by name": Case("list_campaigns", 200, query="sequence=held&sort=-name"),
    "count": Case("count_campaigns", 200),
    "count of what holds a sequence": Case("count_campaigns", 200, query="sequence=held"),
    "list events": Case("list_events", 200, query=f"campaign={MISSING}"),
    "list events of a year": Case("list_events", 200, query="type=campaign.updated"),
    "list sequences": Case("list_sequences", 200),
    "list templates": Case("list_templates", 200, query="q=HEL"),
    "get sequence": Case("get_sequence", 200, {"seqId": HELD}),
    "get sequence, unknown": Case("get_sequence", 404, {"seqId": "unknown"}),
    "get template": Case("get_template", 200, {"tplId": HELD}),
    "get": Case("get_campaign", 200, _ID),
    "get, missing": Case("get_campaign", 404, _GONE),
    "update": Case("update_campaign", 200, _ID, _NEW),
    "update at its version": Case("update_campaign", 200, _ID, _NEW, {"If-Match": '"{version}"'}),
    "update at another version": Case("update_campaign", 412, _ID, _NEW, {"If-Match": '"1"'}),
    "update labels, metadata and archive": Case(
        "update_campaign", 200, _ID, {"labels": ["b", "a"], "metadata": {"k": "v", "l": None}, "archived": True}
    ),
    "update dates": Case("update_campaign", 200, _ID, {"startsAt": "2026-01-01T00:00Z", "endsAt": "2027-01-01T00:00Z"}),
    "update dates to what they are": Case(
        "update_campaign", 200, _ID, {"startsAt": _PAST, "description": "D"}, dates=True
    ),
    "update one date before the other": Case("update_campaign", 400, _ID, {"endsAt": _PAST}, dates=True),
    "clear dates": Case("update_campaign", 200, _ID, {"startsAt": None, "endsAt": None}, dates=True),
    "update, no change": Case("update_campaign", 200, _ID, {"status": "draft"}),
    "update, missing": Case("update_campaign", 404, _GONE, _NEW),
    "delete": Case("delete_campaign", 204, _ID),
    "delete at its version": Case("delete_campaign", 204, _ID, headers={"If-Match": '"{version}"'}),
    "delete at another version": Case("delete_campaign", 412, _ID, headers={"If-Match": '"1"'}),
    "delete, missing": Case("delete_campaign", 404, _GONE),
    "add sequence": Case("add_sequence", 200, {**_ID, "seqId": FREE}),
    "add sequence, held": Case("add_sequence", 409, {**_ID, "seqId": HELD}),
    "add sequence, unknown": Case("add_sequence", 404, {**_ID, "seqId": "unknown"}),
    "add sequence, missing": Case("add_sequence", 404, {**_GONE, "seqId": FREE}),
    "add template": Case("add_template", 200, {**_ID, "tplId": FREE}),
    "add template, held": Case("add_template", 409, {**_ID, "tplId": HELD}),
    "change many": Case("change_associations", 200, _ID, _CHANGES),
    "change many at its version": Case("change_associations", 200, _ID, _CHANGES, {"If-Match": '"{version}"'}),
    "change many at another version": Case("change_associations", 412, _ID, _CHANGES, {"If-Match": '"1"'}),
    "change many, no change": Case("change_associations", 200, _ID, {"add": {"sequences": [HELD]}}),
    "change many, unknown": Case("change_associations", 404, _ID, {"add": {"sequences": [FREE, "unknown"]}}),
    "change many, missing": Case("change_associations", 404, _GONE, _CHANGES),
    "set sequences": Case("set_sequences", 200, _ID, {"ids": [FREE, HELD]}),
    "set templates": Case("set_templates", 200, _ID, {"ids": [FREE]}),
    "set templates to none": Case("set_templates", 200, _ID, {"ids": []}),
    "clone": Case("clone_campaign", 201, _ID, {}),
    "clone with a key": Case("clone_campaign", 201, _ID, {}, _KEY),
    "clone with the key of another": Case("clone_campaign", 409, _ID, {}, _KEY, _OTHER),
    "clone much": Case("clone_campaign", 201, _ID, {}, holds=50),
    "clone much with a key": Case("clone_campaign", 201, _ID, {}, _KEY, holds=50),
    "clone, missing": Case("clone_campaign", 404, _GONE, {}),
    "remove sequence": Case("remove_sequence", 204, {**_ID, "seqId": HELD}),
    "remove sequence, not held": Case("remove_sequence", 204, {**_ID, "seqId": FREE}),
    "remove sequence, missing": Case("remove_sequence", 404, {**_GONE, "seqId": HELD}),
    "remove template": Case("remove_template", 204, {**_ID, "tplId": HELD}),
    "remove template at its version": Case(
        "remove_template", 204, {**_ID, "tplId": HELD}, headers={"If-Match": '"{version}"'}
    ),
    "remove template at another version": Case(
        "remove_template", 412, {**_ID, "tplId": HELD}, headers={"If-Match": '"1"'}
    ),
    "create webhook": Case("create_webhook", 201, body=_WEBHOOK),
    "create webhook with a key": Case("create_webhook", 201, body=_WEBHOOK, headers=_KEY),
    "create webhook with the key of a campaign": Case("create_webhook", 409, None, _WEBHOOK, _KEY, _OTHER),
    "list webhooks": Case("list_webhooks", 200),
    "get webhook": Case("get_webhook", 200, _HOOK),
    "get webhook, missing": Case("get_webhook", 404, _NO_HOOK),
    "update webhook": Case("update_webhook", 200, _HOOK, {"enabled": False, "description": "D"}),
    "update webhook, missing": Case("update_webhook", 404, _NO_HOOK, {"enabled": True}),
    "rotate secret": Case("rotate_webhook_secret", 200, _HOOK),
    "rotate secret, missing": Case("rotate_webhook_secret", 404, _NO_HOOK),
    "ping webhook": Case("ping_webhook", 200, _HOOK),
    "list deliveries": Case("list_deliveries", 200, _HOOK, query="status=failed"),
    "redeliver": Case("redeliver", 202, _HOOK | {"deliveryId": "{delivery}"}),
    "redeliver, missing": Case("redeliver", 404, _HOOK | {"deliveryId": MISSING.replace("cmp_", "dlv_")}),
    "delete webhook": Case("delete_webhook", 204, _HOOK),
    "delete webhook, missing": Case("delete_webhook", 404, _NO_HOOK),
}
CANNOT_KNOW = {"update, missing", "update webhook, missing"}
"""Where an honest 503 follows a single doubt: a campaign that is not there on the second attempt may have been updated
by the first and deleted since.
"""


class Snapshot(NamedTuple):
    """All that a tenant has, without what differs from run to run."""

    campaigns: list[dict[str, Any]]
    memberships: dict[str, int]
    webhooks: list[dict[str, Any]]


@dataclass
class Stage:
    """A tenant of its own with a campaign that holds a sequence and a template, and with more to add."""

    bench: Bench
    case: Case
    tenant: str = field(default_factory=lambda: f"case-{uuid.uuid4().hex[:10]}")

    def __post_init__(self) -> None:
        self.store = CampaignStore(self.bench.direct, ticking)
        for kind, id_ in CATALOGUE:
            self.bench.direct.send("put_item", **requests.announce(self.tenant, kind, id_, id_.title(), 1))
        self.campaign = self.store.create(self.tenant, _DATES if self.case.dates else NewCampaign(name="Old"))
        for kind in Kind:
            self.campaign = self.store.add(self.tenant, self.campaign.id, kind, HELD)
        more = [f"more-{number}" for number in range(self.case.holds - 1)]
        for id_ in more:
            self.bench.direct.send("put_item", **requests.announce(self.tenant, Kind.SEQUENCE, id_, id_, 1))
        if more:
            self.campaign = self.store.change(self.tenant, self.campaign.id, Wish(wanted(Kind.SEQUENCE, more, "add")))
        self.webhooks, self.webhook, self.delivery = WebhookStore(self.bench.direct, ticking), "", ""
        if self.case.is_about_webhooks:
            self.webhook = self.make_webhook()
            self.delivery = self._delivered_in_vain()
        if self.case.earlier:
            CampaignStore(self.bench.direct).create_with_key(self.tenant, NewCampaign(**self.case.earlier), "key-1")

    def _delivered_in_vain(self) -> str:
        moment = timestamp(utc_now())
        order = Order(self.tenant, self.webhook, delivery_id(self.webhook, "evt", moment), "evt", "t", moment, "{}")
        delivery = after(order, None, Outcome(500, None, 1).shown(moment), "failed", None)
        DeliveryStore(self.bench.direct).record(order, delivery)
        return order.delivery_id

    def make_webhook(self) -> str:
        """One webhook more; its id."""
        new, id_ = NewWebhook(**_WEBHOOK), new_id("wh_", ticking())  # type: ignore[arg-type]
        _, secret = self.bench.elsewhere.sealer.new(self.tenant, id_)
        return self.webhooks.create(self.tenant, id_, new, secret).webhook.id

    def request(self, api: Api, plan: Plan | None = None) -> Answer:
        """Send the case's request, while the database fails as planned."""
        self.bench.flaky.plan = plan
        try:
            with self.bench.watch.running():
                return self._request(api)
        finally:
            self.bench.flaky.plan = None
            self.bench.flaky.arrive()

    def _request(self, api: Api) -> Answer:
        known = {
            "{id}": self.campaign.id,
            "{webhook}": self.webhook,
            "{delivery}": self.delivery,
            '"{version}"': f'"{self.campaign.version}"',
        }
        return api.call(
            self.case.function,
            self.case.body,
            path={name: known.get(value, value) for name, value in (self.case.path or {}).items()},
            headers={name: known.get(value, value) for name, value in (self.case.headers or {}).items()},
            query=self.case.query,
            tenant=self.tenant,
        )

    def look(self) -> Snapshot:
        """What is there now."""
        found = self.store.list(self.tenant, 100, None).campaigns
        shown = [plain(campaign.shown()) | {"version": campaign.version} for campaign in found]
        webhooks = [plain(each.shown()) | {"secrets": len(each.secrets)} for each in self.webhooks.list(self.tenant)]
        there = {campaign.id for campaign in found}
        holders = {f"{kind} {id_}": self._holders(kind, id_, there) for kind, id_ in CATALOGUE}
        return Snapshot(shown, holders, webhooks)

    def _holders(self, kind: Kind, id_: str, there: set[str]) -> int:
        found = self.bench.direct.query(**requests.memberships(self.tenant, kind, id_, None))
        # Memberships of a deleted campaign follow from the stream.
        return sum(keys.campaign_id_of(item["SK"]) in there for item in found)


_RUNS_OWN = {"at", "milliseconds", "occurredAt", "id", "createdAt", "updatedAt", "error", "secret"}


def plain(body: Any) -> Any:
    """What is answered, without ids and times."""
    if isinstance(body, dict) and "data" in body:
        return [plain(each) for each in body["data"]]
    if isinstance(body, dict):
        body = body | {name: bool(body.get(name)) for name in ("archivedAt", "nextAttemptAt")}
        attempts = {"attempts": [plain(each) for each in body.get("attempts", [])]}
        return {name: value for name, value in (body | attempts).items() if name not in _RUNS_OWN}
    return body


class Expected(NamedTuple):
    """What happens where nothing goes wrong."""

    answer: Answer
    before: Snapshot
    after: Snapshot
    calls: list[str]


def expected(case: Case, bench: Bench, api: Api) -> Expected:
    """Let a case happen without faults."""
    stage, calls = Stage(bench, case), list[str]()
    before = stage.look()
    answer = stage.request(api, calls.append)
    assert answer.status == case.status
    return Expected(answer, before, stage.look(), calls)


class Run(NamedTuple):
    """A case with a fault from its ``at``-th call on, ``times`` times."""

    name: str
    fault: Fault
    at: int
    times: int


FOR_EVER = 10_000


def runs(name: str, calls: list[str]) -> Iterator[Run]:
    """All runs of a case that makes these calls."""
    for at, operation in enumerate(calls):
        for fault, times in product(faults_of(operation), (1, 2, FOR_EVER)):
            yield Run(name, fault, at, times)


def violation(run: Run, what: Expected, bench: Bench, api: Api) -> str | None:
    """Try a run; what is wrong with its outcome, None where all is well."""
    stage, seen = Stage(bench, CASES[run.name]), list[str]()

    def plan(operation: str) -> Fault | None:
        seen.append(operation)
        hit = run.at < len(seen) <= run.at + run.times
        return run.fault if hit and run.fault in faults_of(operation) else None

    answer = stage.request(api, plan)
    found = stage.look()
    if len(seen) <= run.at:
        return "the fault was never met"
    if wrong := _wrong_answer(run, what, answer, found):
        return wrong
    again = stage.request(api)
    if answer.status == 503 and found == what.before:
        if (again.status, stage.look()) != (what.answer.status, what.after):
            return f"the next attempt was answered {again.status}, with {stage.look()}"
    elif again.status >= 500:
        return f"the next attempt was answered {again.status}"
    return None


def _wrong_answer(run: Run, what: Expected, answer: Answer, found: Snapshot) -> str | None:
    if answer.status == 503:
        return _wrong_503(run, what, answer, found)
    if answer.status != what.answer.status:
        return f"answered {answer.status} instead of {what.answer.status}"
    if found != what.after:
        return f"answered {answer.status}, and there is {found} instead of {what.after}"
    if plain(answer.body) != plain(what.answer.body):
        return f"answered {answer.body}"
    return None


def _wrong_503(run: Run, what: Expected, answer: Answer, found: Snapshot) -> str | None:
    if answer.headers.get("Retry-After") is None:
        return "503 without Retry-After"
    if run.times < FOR_EVER and not (run.name in CANNOT_KNOW and run.fault in DOUBTFUL):
        return "503 where there was time for another try"
    return None if found in (what.before, what.after) else f"503, and neither done nor not done: {found}"


WRITES = {"PutItem", "UpdateItem", "TransactWriteItems", "BatchWriteItem"}

type Interference = Callable[[Stage], object]


def _rename(stage: Stage, name: str = "Interferer's") -> None:
    stage.store.update(stage.tenant, stage.campaign.id, CampaignPatch(name=name), None)


def _rename_twice(stage: Stage) -> None:
    _rename(stage, "First")
    _rename(stage, "Second")


def _delete_newest(stage: Stage) -> None:
    stage.store.delete(stage.tenant, stage.store.list(stage.tenant, 1, None).campaigns[0].id, None)


def _remove_added(stage: Stage, kind: Kind) -> None:
    stage.store.remove(stage.tenant, stage.campaign.id, kind, FREE)


def _add_again(stage: Stage, kind: Kind) -> None:
    stage.store.add(stage.tenant, stage.campaign.id, kind, HELD)


def _rotate(stage: Stage) -> None:
    stage.webhooks.rotate(stage.tenant, stage.webhook, Sealed("interferer's"), timedelta(hours=1))


def _describe(stage: Stage) -> None:
    stage.webhooks.update(stage.tenant, stage.webhook, {"description": "Interferer's"})


INTERFERENCES: dict[str, list[Interference]] = {
    "create webhook": [Stage.make_webhook],
    "create webhook with a key": [Stage.make_webhook],
    "rotate secret": [_rotate, _describe],
    "delete webhook": [Stage.make_webhook],
    "create": [_delete_newest],
    "create with a key": [_delete_newest],
    "update": [_rename, _rename_twice, _delete_newest],
    "update at its version": [_rename, _rename_twice, _delete_newest],
    "add sequence": [_rename, partial(_remove_added, kind=Kind.SEQUENCE), _delete_newest],
    "add template": [_rename, partial(_remove_added, kind=Kind.TEMPLATE), _delete_newest],
    "create with contents": [_delete_newest],
    "create with contents and a key": [_delete_newest],
    "change many": [_rename, partial(_remove_added, kind=Kind.SEQUENCE), _delete_newest],
    "change many at its version": [_rename, partial(_remove_added, kind=Kind.TEMPLATE)],
    "set sequences": [_rename, partial(_remove_added, kind=Kind.SEQUENCE), _delete_newest],
    "clone": [_rename],
    "clone with a key": [_rename],
    "remove sequence": [_rename, partial(_add_again, kind=Kind.SEQUENCE), _delete_newest],
    "remove template": [_rename, partial(_add_again, kind=Kind.TEMPLATE), _delete_newest],
    "remove template at its version": [_rename, partial(_add_again, kind=Kind.TEMPLATE), _delete_newest],
}
"""What others may do after a write was done, before its repetition: their change must stand, ours not happen twice."""


def interfered(name: str, interfere: Interference, bench: Bench, api: Api) -> str | None:
    """The write is done and its answer lost, and others act before it is repeated; what is wrong, or None."""
    case = CASES[name]
    in_order = Stage(bench, case)
    in_order.request(api)
    interfere(in_order)
    stage = Stage(bench, case)
    state = {"lost": False, "interfered": False}

    def plan(operation: str) -> Fault | None:
        if operation in WRITES and not state["lost"]:
            state["lost"] = True
            return Fault.LOST_ANSWER
        if state["lost"] and not state["interfered"]:
            state["interfered"] = True
            interfere(stage)
        return None

    answer = stage.request(api, plan)
    found = stage.look()
    if not state["interfered"]:
        return "the write was not repeated or looked for"
    if answer.status not in {case.status, 503}:
        return f"answered {answer.status} for what was done"
    return None if found == in_order.look() else f"there is {found} instead of {in_order.look()}"
