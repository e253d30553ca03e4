"""The database fails in every way at every call of every endpoint; the answer stays right, or is an honest 503.

Each rule is also shown to catch a design that breaks it. On DynamoDB Local, behind ``local/faults.py``.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import SSLError

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import Unavailable
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.runtime import bootstrap
from campaigns.runtime.deadline import answer_within
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import ConditionFailed, OutcomeUnknown, Table
from local.faults import Fault, Faults, possible
from support.api import Api
from support.catalogue import deleted, named
from support.engines import client_of, new_table
from support.fault_matrix import CASES, FOR_EVER, INTERFERENCES, Run, expected, interfered, runs, violation
from support.faulty import READ_TIMEOUT_SECONDS, faulty_endpoint
from support.functions import load
from support.http import Context
from support.stores import CampaignStore

THREADS = 12


class Bench(NamedTuple):
    """One table, seen directly and through the faults."""

    direct: Table
    faulty: Table
    faults: Faults


@pytest.fixture(scope="module")
def bench(endpoint: str) -> Iterator[Bench]:
    direct = new_table(client_of(endpoint, THREADS))
    with faulty_endpoint(endpoint) as (faults, address):
        client = client_of(address, THREADS, read_timeout=READ_TIMEOUT_SECONDS)
        yield Bench(direct, Table(client, direct.name), faults)


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool


def tried(bench: Bench, pool: ThreadPoolExecutor, names: list[str], store: CampaignStore) -> dict[Run, str | None]:
    """Every run of the cases, and what was wrong with it."""
    api, tries = Api(store), dict[Run, Any]()
    for name in names:
        what = expected(CASES[name], bench.direct, bench.faults, Api(CampaignStore(bench.faulty)))
        for run in runs(name, what.calls):
            tries[run] = pool.submit(violation, run, what, bench.direct, bench.faults, api)
    return {run: future.result() for run, future in tries.items()}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("function", sorted({case.function for case in CASES.values()}))
def test_every_fault_at_every_call(
    function: str, bench: Bench, pool: ThreadPoolExecutor, record_property: Callable[[str, object], None]
) -> None:
    names = [name for name, case in CASES.items() if case.function == function]
    outcome = tried(bench, pool, names, CampaignStore(bench.faulty))
    record_property("runs with faults (case x call x fault x times)", len(outcome))
    assert {run: wrong for run, wrong in outcome.items() if wrong} == {}
    assert len(outcome) >= 20


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, several in INTERFERENCES.items() for number in range(len(several))]
)
def test_others_act_between_a_write_and_its_repetition(name: str, number: int, bench: Bench) -> None:
    api = Api(CampaignStore(bench.faulty))
    assert interfered(name, INTERFERENCES[name][number], bench.direct, bench.faults, api) is None


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
def test_a_broken_design_is_caught(design: str, bench: Bench, pool: ThreadPoolExecutor) -> None:
    broken = BROKEN[design]
    store = CampaignStore(broken.table(bench.faulty.client, bench.faulty.name))
    complaints = list(tried(bench, pool, broken.cases, store).values())
    complaints += [
        interfered(name, interfere, bench.direct, bench.faults, Api(store))
        for name in broken.interferences
        for interfere in INTERFERENCES[name]
    ]
    assert any(part in complaint for complaint in complaints if complaint for part in broken.complaint.split("|"))


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

    bench.faults.plans[f"TENANT#{tenant}"] = plan
    for number, told in enumerate(
        (named("onboarding", "New", 1, tenant=tenant), deleted("onboarding", 2, tenant=tenant)), 1
    ):
        met.clear()
        faulty.follow(told)
        assert met["PutItem"] >= 3
        assert direct.get(tenant, made.id).version == held.version + number
    assert direct.get(tenant, made.id).sequences == ()
    del bench.faults.plans[f"TENANT#{tenant}"]


def _next_of(left: list[Fault], _operation: str) -> Fault | None:
    return left.pop() if left else None


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.DONE_500, Fault.IN_PROGRESS])
def test_a_key_is_issued_and_counted_once(fault: Fault, bench: Bench) -> None:
    tenant, left = f"keys-{secrets.token_hex(4)}", [fault, fault]
    api_keys = ApiKeyStore(bench.faulty)
    bench.faults.plans[f"TENANT#{tenant}"] = partial(_next_of, left)
    issued = api_keys.issue(tenant)
    assert left == []
    assert api_keys.tenant_of(issued.key) == tenant
    assert [key.key_id for key in api_keys.list(tenant)] == [issued.key_id]
    del bench.faults.plans[f"TENANT#{tenant}"]


@pytest.fixture
def authorizer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(bootstrap, "table", lambda: bench.faulty)
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
        marker, left = hashlib.sha256(key.encode()).hexdigest(), [fault] * times
        bench.faults.plans[marker] = partial(_next_of, left)
        with answer_within(1.2 if times == FOR_EVER else 10):
            if times == FOR_EVER:
                with pytest.raises(Unavailable):
                    authorizer.handler(event, Context())
            else:
                policy = authorizer.handler(event, Context())["policyDocument"]
                assert [statement["Effect"] for statement in policy["Statement"]] == [effect]
                assert left == []
        del bench.faults.plans[marker]


def test_a_tls_error_may_come_after_the_write(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore calls it a connection error, as those that come before anything is sent."""
    store = CampaignStore(bench.direct)
    made = store.create("tls", NewCampaign(name="Launch"))
    session: Any = bench.direct.client._endpoint.http_session  # type: ignore[attr-defined]
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
