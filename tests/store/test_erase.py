"""Erasing a tenant leaves nothing of it and all of the others, wherever it is killed; a dry run changes nothing."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from campaigns.domain.campaign import Kind
from campaigns.domain.history import Recorded
from campaigns.domain.inputs import NewCampaign
from campaigns.gateway.usage_plan import UsagePlan
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.history import HistoryWriter
from campaigns.store.table import Table
from operations import erase
from support.authors import author
from support.catalogue import deleted, named
from support.engines import memory_client, new_table
from support.stores import CampaignStore

if TYPE_CHECKING:
    from types_boto3_apigateway.client import APIGatewayClient

TENANT = "acme"
OTHERS = ("acm", "acme-2", "acme2", "ACME", "globex")
"""Ids that begin as the tenant's does, that it begins with, and one that has nothing to do with it."""
ALL = {"campaign": 2, "catalogue": 3, "sequence": 1, "template": 1, "idempotency": 1, "keys": 3, "apikey": 2}
ALL |= {"events": 2, "deletions": 1}
type Everything = dict[tuple[str, str], Any]


LONGEST_PAUSE = 1.0
"""Of the table, before it tries again."""


@pytest.fixture
def gateway() -> Iterator["APIGatewayClient"]:
    with mock_aws():
        yield boto3.client("apigateway", region_name="eu-west-1")


@pytest.fixture
def plan(gateway: "APIGatewayClient") -> UsagePlan:
    return UsagePlan(gateway, "campaigns-dev", gateway.create_usage_plan(name="campaigns-dev")["id"])


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What erasing waits for, without the table's pauses between two attempts; here, no time passes."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        if seconds > LONGEST_PAUSE:
            waited.append(seconds)

    monkeypatch.setattr(time, "sleep", wait)
    return waited


def fill(table: Table, plan: UsagePlan, *tenants: str) -> None:
    """Something of each kind, for each tenant."""
    store, catalogue, api_keys = CampaignStore(table), CatalogueStore(table), ApiKeyStore(table)
    for tenant in tenants:
        plan.admit(tenant)
        api_keys.revoke(tenant, api_keys.issue(tenant).key_id)
        api_keys.issue(tenant)
        catalogue.follow(named("a#b", "Onboarding", tenant=tenant))
        catalogue.follow(named("welcome", "Welcome", kind=Kind.TEMPLATE, tenant=tenant))
        catalogue.follow(deleted("gone", 1, tenant=tenant))
        campaign = store.create(tenant, NewCampaign(name="Launch"))
        store.add(tenant, campaign.id, Kind.SEQUENCE, "a#b")
        store.add(tenant, campaign.id, Kind.TEMPLATE, "welcome")
        store.create_with_key(tenant, NewCampaign(name="Once"), "key#1")
        remember(table, tenant, campaign.id)
        store.delete(tenant, store.create(tenant, NewCampaign(name="Gone")).id, None)


def remember(table: Table, tenant: str, campaign_id: str) -> None:
    """Write an event into the history."""
    event = Recorded(
        tenant, campaign_id, "campaign.created", "2026-11-27T09:00:00.000Z", campaign_id, 0, author(), b"{}"
    )
    HistoryWriter(table, timedelta(days=365)).record([event])


def everything(table: Table) -> Everything:
    found: Everything = {}
    start: Any = {}
    while start is not None:
        page: Any = table.client.scan(TableName=table.name, **start)
        found |= {(item["PK"]["S"], item["SK"]["S"]): item for item in page["Items"]}
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None
    return found


def admitted(plan: UsagePlan) -> set[str]:
    return {tenant for tenant in (TENANT, *OTHERS) if plan.knows(tenant)}


def test_all_of_a_tenant_goes_and_nothing_of_the_others(table: Table, plan: UsagePlan, pauses: list[float]) -> None:
    fill(table, plan, *OTHERS)
    before = everything(table)
    fill(table, plan, TENANT)
    assert erase.erase(table, plan, [TENANT]) == ALL
    assert everything(table) == before
    assert admitted(plan) == set(OTHERS)
    # Nobody writes any more when the deletion begins.
    assert erase.QUIET.total_seconds() - 10 < pauses[0] <= erase.QUIET.total_seconds()
    assert erase.erase(table, plan, [TENANT]) == Counter()


def test_several_at_once_wait_once(table: Table, plan: UsagePlan, pauses: list[float]) -> None:
    fill(table, plan, TENANT, "globex")
    assert erase.erase(table, plan, [TENANT, "globex"]) == {kind: 2 * count for kind, count in ALL.items()}
    assert everything(table) == {}
    assert pauses[1:] == [erase.SETTLING_SECONDS]


def test_more_than_a_scan_reads_at_once(table: Table, plan: UsagePlan, pauses: list[float]) -> None:
    """The tenant's lie among others', in more than two megabytes; a kind that is unknown yet is found as well."""
    for number in range(60):
        for tenant in (TENANT, OTHERS[number % len(OTHERS)]):
            item: Any = {"PK": f"TENANT#{tenant}#LATER#{number}", "SK": "X", "filling": "x" * 20_000}
            table.send("put_item", Item={name: {"S": value} for name, value in item.items()})
    assert erase.erase(table, plan, [TENANT]) == {"later": 60}
    assert len(everything(table)) == 60
    assert not [partition for partition, _ in everything(table) if partition.split("#")[1] == TENANT]


def test_what_comes_while_it_is_erased_goes_too(table: Table, plan: UsagePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer of the stream, or an announcement, is late."""
    fill(table, plan, TENANT)
    late = iter([named("late", "Late")])

    def pause(_: float) -> None:
        for each in late:
            CatalogueStore(table).follow(each)
            remember(table, TENANT, "cmp_erased")

    monkeypatch.setattr(time, "sleep", pause)
    erased = erase.erase(table, plan, [TENANT])
    assert (erased["catalogue"], erased["events"]) == (4, 4)
    assert everything(table) == {}


def test_a_dry_run_changes_nothing_and_says_what_there_is(table: Table, plan: UsagePlan) -> None:
    fill(table, plan, TENANT, *OTHERS)
    before = everything(table)
    assert erase.would_be_erased(table, plan, TENANT) == (
        "16 items (apikey 2, campaign 2, catalogue 3, deletions 1, events 2, idempotency 1, keys 3, sequence 1, "
        "template 1); "
        "1 active API keys; a key at API Gateway"
    )
    assert erase.would_be_erased(table, plan, "nobody") == "0 items; 0 active API keys; no key at API Gateway"
    assert (everything(table), admitted(plan)) == (before, {TENANT, *OTHERS})


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """Leads to a client until the process is killed, before its n-th call or after it."""

    def __init__(self, client: Any, call: Callable[[Callable[[], Any]], Any]) -> None:
        self.meta, self.exceptions = client.meta, getattr(client, "exceptions", None)
        self._client, self._call = client, call

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *names, **request: self._call(lambda: getattr(self._client, name)(*names, **request))


@pytest.mark.parametrize("done", [False, True], ids=["before a call", "after a call"])
def test_it_goes_on_wherever_it_was_killed(
    plan: UsagePlan, gateway: "APIGatewayClient", pauses: list[float], *, done: bool
) -> None:
    client: Any = memory_client()
    table = new_table(client)
    fill(table, plan, *OTHERS)
    others, number = everything(table), 0
    while True:
        fill(table, plan, TENANT)
        calls = 0

        def call(send: Callable[[], Any], last: int = number) -> Any:
            nonlocal calls
            calls += 1
            if calls <= last or done:
                answer = send()
            if calls > last:
                raise Killed
            return answer

        mortal: Any = Mortal(client, call)
        mortal_gateway: Any = Mortal(gateway, call)
        try:
            erase.erase(Table(mortal, table.name), UsagePlan(mortal_gateway, plan.stack, ""), [TENANT])
        except Killed:
            pass
        else:
            break
        assert others.items() <= everything(table).items()
        erase.erase(table, plan, [TENANT])
        assert everything(table) == others
        assert admitted(plan) == set(OTHERS)
        number += 1
    assert number > 8


@pytest.mark.parametrize("text", ["", "acme#KEYS", "#", "acme/", "x" * 65])
def test_what_names_no_tenant_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["erase.py", "campaigns-dev", text, "1"])
    with pytest.raises(SystemExit, match="erase: which tenant"):
        erase.main()
