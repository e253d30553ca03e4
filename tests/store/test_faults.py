"""The database fails in every way at every call of every endpoint; the answer stays right, or is an honest 503.

Each rule is also shown to catch a design that breaks it. On the engine in memory and, for a share of the runs
(``FAULTS_SHARE`` in the environment), on DynamoDB Local; time is the test's own.
"""

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from botocore import xform_name
from botocore.exceptions import SSLError

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import Unavailable
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.runtime import bootstrap
from campaigns.runtime.deadline import DEFAULT_SECONDS
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.schedules import ScheduleStore
from campaigns.store.table import ConditionFailed, OutcomeUnknown, Table
from local.faults import Fault, Faults, Plan, possible
from support.api import Api
from support.catalogue import deleted, named
from support.engines import client_of, memory_client, new_table
from support.fault_matrix import CASES, FOR_EVER, INTERFERENCES, Run, expected, interfered, runs, violation
from support.faulty import READ_TIMEOUT_SECONDS, faulty_endpoint
from support.flaky import Bench, bench_on
from support.functions import load
from support.http import Context
from support.stores import CampaignStore, tenant_of

SHARE = int(os.environ.get("FAULTS_SHARE", "11"))
"""Of the runs, one in so many is tried on DynamoDB Local, too."""


@pytest.fixture(scope="module")
def bench() -> Bench:
    return bench_on(memory_client())


@pytest.fixture(scope="module")
def real_bench(endpoint: str) -> Bench:
    return bench_on(client_of(endpoint))


def tried(bench: Bench, names: list[str], store: CampaignStore, share: int = 1) -> dict[Run, str | None]:
    """Every run of the cases, or one in ``share``, and what was wrong with it."""
    direct = Api(CampaignStore(bench.faulty), bench.elsewhere)
    whats = {name: expected(CASES[name], bench, direct) for name in names}
    every = [run for name, what in whats.items() for run in runs(name, what.calls)]
    api = Api(store, bench.elsewhere)
    return {run: violation(run, whats[run.name], bench, api) for run in every[::share]}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("function", sorted({case.function for case in CASES.values()}))
def test_every_fault_at_every_call(function: str, bench: Bench, record_property: Callable[[str, object], None]) -> None:
    names = [name for name, case in CASES.items() if case.function == function]
    outcome = tried(bench, names, CampaignStore(bench.faulty))
    record_property("runs with faults (case x call x fault x times)", len(outcome))
    assert {run: wrong for run, wrong in outcome.items() if wrong} == {}
    assert len(outcome) >= 20


@pytest.mark.timeout(1800)
def test_faults_at_calls_to_dynamodb_local(real_bench: Bench, record_property: Callable[[str, object], None]) -> None:
    outcome = tried(real_bench, list(CASES), CampaignStore(real_bench.faulty), SHARE)
    record_property("runs with faults on DynamoDB Local", len(outcome))
    assert {run: wrong for run, wrong in outcome.items() if wrong} == {}
    assert len({run.fault for run in outcome}) == len(Fault)


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, several in INTERFERENCES.items() for number in range(len(several))]
)
def test_others_act_between_a_write_and_its_repetition(name: str, number: int, bench: Bench) -> None:
    api = Api(CampaignStore(bench.faulty), bench.elsewhere)
    assert interfered(name, INTERFERENCES[name][number], bench, api) is None


class ForgetsTokens(Table):
    """Every attempt at a transaction carries a token of its own."""

    def _once(self, operation: str, request: dict[str, Any]) -> Any:
        if "ClientRequestToken" in request:
            request = request | {"ClientRequestToken": secrets.token_hex(16)}
        return super()._once(operation, request)


class ForgetsItsWrites(Table):
    """An update does not know its own traces."""

    def _once(self, operation: str, request: dict[str, Any]) -> Any:
        if operation == "update_item":
            values = request["ExpressionAttributeValues"] | {":write": {"S": ""}}
            request = request | {"ExpressionAttributeValues": values}
        return super()._once(operation, request)


class HasNoDoubts(Table):
    """A refusal is believed, whatever came before it."""

    def _call(self, operation: str, **request: Any) -> Any:
        try:
            return super()._call(operation, **request)
        except ConditionFailed as refusal:
            refusal.doubtful = False
            raise


class TriesOnce(Table):
    """Nothing is repeated."""

    def attempts(self, longest_pause: float = 1.0) -> Iterator[int]:  # noqa: ARG002 - nothing to pause for
        yield 0
        raise Unavailable("tried once")


class CreatesBlindly(Table):
    """A creation is a lone PutItem, repeated until it is answered."""

    def transact(self, operations: list[Any]) -> None:
        with suppress(ConditionFailed):
            self.send("put_item", **operations[0]["Put"])


class Broken(NamedTuple):
    """A design that breaks a rule, and the cases that show it."""

    table: type[Table]
    cases: list[str]
    interferences: list[str]
    complaint: str


BROKEN = {
    "no tokens": Broken(ForgetsTokens, ["delete", "add sequence"], [], "answered 40"),
    "updates without a trace": Broken(
        ForgetsItsWrites, ["update at its version", "update"], [], "answered 412|there is"
    ),
    "no doubts": Broken(HasNoDoubts, [], ["update", "update at its version"], "answered 4"),
    "one attempt": Broken(TriesOnce, ["get", "add sequence"], [], "503 where there was time"),
    "blind creation": Broken(CreatesBlindly, [], ["create"], "there is"),
}


@pytest.mark.parametrize("design", BROKEN)
def test_a_broken_design_is_caught(design: str, bench: Bench) -> None:
    broken = BROKEN[design]
    store = CampaignStore(broken.table(bench.faulty.client, bench.faulty.name))
    complaints = list(tried(bench, broken.cases, store).values())
    complaints += [
        interfered(name, interfere, bench, Api(store, bench.elsewhere))
        for name in broken.interferences
        for interfere in INTERFERENCES[name]
    ]
    assert any(part in complaint for complaint in complaints if complaint for part in broken.complaint.split("|"))


@contextmanager
def failing(bench: Bench, plan: Plan) -> Iterator[None]:
    """The database fails as planned, on the bench's own watch."""
    bench.flaky.plan = plan
    with bench.watch.running():
        yield
    bench.flaky.plan = None
    bench.flaky.arrive()


def test_whom_no_client_waits_for_is_patient(bench: Bench) -> None:
    key, patience = keys.campaign(f"patient-{secrets.token_hex(4)}", "cmp_1"), 300.0
    hasty, patient = bench.faulty, Table(bench.faulty.client, bench.faulty.name, patience=patience)
    for table, least, most in ((hasty, 7.0, DEFAULT_SECONDS), (patient, patience - 4.0, patience)):
        began = bench.watch.now()
        with failing(bench, lambda _: Fault.THROTTLED), pytest.raises(Unavailable):
            table.get(key)
        assert least < bench.watch.now() - began <= most
    throttled = iter([Fault.THROTTLED] * 30)
    with failing(bench, lambda _: next(throttled, None)):
        assert patient.get(key) is None


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LATE_REQUEST, Fault.THROTTLED, Fault.CONFLICT])
def test_the_fan_out_happens_once(fault: Fault, bench: Bench) -> None:
    tenant = f"fan-out-{secrets.token_hex(4)}"
    direct, faulty = CampaignStore(bench.direct), CatalogueStore(bench.faulty)
    CatalogueStore(bench.direct).follow(named("onboarding", "Onboarding", tenant=tenant))
    made = direct.create(tenant, NewCampaign(name="Launch"))
    held = direct.add(tenant, made.id, Kind.SEQUENCE, "onboarding")
    met = Counter[str]()

    def plan(operation: str) -> Fault | None:
        met[operation] += 1
        return fault if met[operation] <= 2 and operation != "Query" else None

    for number, told in enumerate(
        (named("onboarding", "New", 1, tenant=tenant), deleted("onboarding", 2, tenant=tenant)), 1
    ):
        met.clear()
        with failing(bench, plan):
            faulty.follow(told)
        assert met["PutItem"] >= 3
        assert direct.get(tenant, made.id).version == held.version + number
    assert direct.get(tenant, made.id).sequences == ()


def _next_of(left: list[Fault], _operation: str) -> Fault | None:
    return left.pop() if left else None


@pytest.mark.parametrize("fault", possible("UpdateItem"))
def test_a_campaign_starts_and_ends_once(fault: Fault, bench: Bench) -> None:
    tenant, met = f"dates-{secrets.token_hex(4)}", Counter[str]()
    direct = CampaignStore(bench.direct)
    past = NewCampaign(name="Launch", starts_at="2025-01-01T00:00:00.000Z", ends_at="2025-02-01T00:00:00.000Z")
    made = direct.create(tenant, past)

    def plan(operation: str) -> Fault | None:
        met[operation] += 1
        return fault if operation == "UpdateItem" and met[operation] in {1, 2, 4} else None

    with failing(bench, plan):
        ScheduleStore(bench.faulty).keep(tenant, made.id)
    assert met["UpdateItem"] >= 3
    ended = direct.get(tenant, made.id)
    assert (ended.status, ended.version, ended.status_at) == ("completed", 3, past.ends_at)


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.DONE_500, Fault.IN_PROGRESS])
def test_a_key_is_issued_and_counted_once(fault: Fault, bench: Bench) -> None:
    tenant, left = f"keys-{secrets.token_hex(4)}", [fault, fault]
    api_keys = ApiKeyStore(bench.faulty)
    with failing(bench, partial(_next_of, left)):
        issued = api_keys.issue(tenant)
    assert left == []
    assert tenant_of(api_keys, issued.key) == tenant
    assert [key.key_id for key in api_keys.list(tenant)] == [issued.key_id]


@pytest.mark.parametrize("fault", possible("UpdateItem"))
def test_a_use_that_cannot_be_noted_is_in_nobodys_way(fault: Fault, bench: Bench) -> None:
    issued = ApiKeyStore(bench.direct).issue(f"keys-{secrets.token_hex(4)}")
    with failing(bench, lambda operation: fault if operation == "UpdateItem" else None):
        assert tenant_of(ApiKeyStore(bench.faulty), issued.key) == issued.tenant_id


@pytest.fixture
def authorizer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(bootstrap, "table_of_all_tenants", lambda: bench.faulty)
    monkeypatch.setenv("CAMPAIGNS_STACK", "stack")
    return load("authorize")


@pytest.mark.parametrize("times", [1, 2, FOR_EVER])
@pytest.mark.parametrize("fault", possible("GetItem"))
def test_a_key_is_neither_refused_nor_let_in_by_a_fault(
    fault: Fault, times: int, bench: Bench, authorizer: ModuleType
) -> None:
    """A refusal would be cached. Without an answer the authorizer has none either, which the gateway makes a 503."""
    api_keys = ApiKeyStore(bench.direct)
    valid, revoked = (api_keys.issue(f"keys-{secrets.token_hex(4)}") for _ in range(2))
    api_keys.revoke(revoked.tenant_id, revoked.key_id)
    for key, effect in ((valid.key, "Allow"), (revoked.key, "Deny"), ("kr_" + "x" * 43, "Deny")):
        event = {"authorizationToken": f"Bearer {key}", "methodArn": "arn:aws:execute-api:eu-west-1:0:api/v1/GET/"}
        left = [fault] * times
        with failing(bench, partial(_next_of, left)):
            if times == FOR_EVER:
                with pytest.raises(Unavailable):
                    authorizer.handler(event, Context())
            else:
                policy = authorizer.handler(event, Context())["policyDocument"]
                assert [statement["Effect"] for statement in policy["Statement"]] == [effect]
                assert left == []


@pytest.fixture(scope="module")
def wire(endpoint: str) -> Iterator[tuple[Faults, Table]]:
    """A table behind connections that really break."""
    table = new_table(client_of(endpoint))
    with faulty_endpoint(endpoint) as (faults, address):
        yield faults, Table(client_of(address, read_timeout=READ_TIMEOUT_SECONDS), table.name)


KEY = keys.campaign("acme", "cmp_1")
REQUESTS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "TABLE", "Key": KEY},
    "BatchGetItem": {"RequestItems": {"TABLE": {"Keys": [KEY]}}},
    "TransactWriteItems": {"TransactItems": [{"Delete": {"TableName": "TABLE", "Key": KEY}}]},
    "UpdateItem": {"TableName": "TABLE", "Key": KEY, "UpdateExpression": "REMOVE nothing"},
}


@pytest.mark.parametrize(("operation", "fault"), [(each, fault) for each in REQUESTS for fault in possible(each)])
def test_what_breaks_in_the_tests_is_what_breaks_on_the_wire(
    fault: Fault, operation: str, wire: tuple[Faults, Table], bench: Bench
) -> None:
    faults, on_the_wire = wire

    def outcome(table: Table) -> str:
        request = json.loads(json.dumps(REQUESTS[operation]).replace("TABLE", table.name))
        try:
            return str(set(table._once(xform_name(operation), request)) - {"ResponseMetadata"})
        except Exception as error:
            return type(error).__name__

    faults.plans["cmp_1"] = lambda _: fault
    with failing(bench, lambda _: fault):
        in_the_tests = outcome(bench.faulty)
    assert outcome(on_the_wire) == in_the_tests
    faults.plans.clear()


def test_a_tls_error_may_come_after_the_write(real_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore calls it a connection error, as those that come before anything is sent."""
    store = CampaignStore(real_bench.direct)
    made = store.create("tls", NewCampaign(name="Launch"))
    session: Any = real_bench.direct.client._endpoint.http_session  # type: ignore[attr-defined]
    send, failed = session.send, list[str]()

    def send_and_fail_once(request: Any) -> Any:
        answer = send(request)
        if not failed:
            failed.append(request.url)
            store.delete("tls", made.id, None)
            raise SSLError(endpoint_url=request.url, error=OSError("EOF occurred in violation of protocol"))
        return answer

    monkeypatch.setattr(session, "send", send_and_fail_once)
    with pytest.raises(OutcomeUnknown):
        store.update("tls", made.id, CampaignPatch(name="New"), None)
    assert failed
