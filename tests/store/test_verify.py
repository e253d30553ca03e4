"""Verification finds each kind of difference, and nothing else; it only reads."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.identifiers import timestamp, utc_now
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.events.schedules import keep, read_wake, schedule_name
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.requests import catalogue as requests
from campaigns.store.schedules import ScheduleStore
from campaigns.store.table import Table
from operations.schedules import mend
from operations.verify import is_unknown, lasting, verify
from support.catalogue import named
from support.engines import counted_calls
from support.schedules import Wakers
from support.stores import CampaignStore

type Damage = Callable[[Table, Campaign], object]
ENTRY = keys.catalogue_entry("acme", Kind.SEQUENCE, "onboarding")
DAMAGES: dict[str, tuple[Damage, str]] = {
    "a lost membership": (
        lambda table, made: table.delete_all([keys.membership("acme", Kind.SEQUENCE, "onboarding", made.id)]),
        "{id}: holds sequence 'onboarding', without a membership",
    ),
    "a membership too many": (
        lambda table, made: table.send("put_item", Item=keys.membership("acme", Kind.TEMPLATE, "welcome", made.id)),
        "{id}: has a membership of template 'welcome', does not hold it",
    ),
    "a dangling sequence": (
        lambda table, _: table.send("put_item", **requests.bury("acme", Kind.SEQUENCE, "onboarding", 2**60, "now", 1)),
        "{id}: holds sequence 'onboarding', which the tenant does not have",
    ),
    "an entry that vanished": (
        lambda table, _: table.delete_all([ENTRY]),
        "{id}: holds sequence 'onboarding', which the tenant does not have",
    ),
    "an old name": (
        lambda table, _: table.send("put_item", **requests.announce("acme", Kind.SEQUENCE, "onboarding", "New", 2**60)),
        "{id}: shows sequence 'onboarding' as 'Onboarding' instead of 'New'",
    ),
    "a campaign without its memberships' end": (
        lambda table, made: table.delete_all([keys.campaign("acme", made.id)]),
        "{id}: has a membership of sequence 'onboarding', is gone",
    ),
}


@pytest.fixture
def made(table: Table) -> Campaign:
    store, catalogue = CampaignStore(table), CatalogueStore(table)
    for tenant in ("acme", "globex"):
        catalogue.follow(named("onboarding", "Onboarding", tenant=tenant))
        catalogue.follow(named("welcome", "Welcome", kind=Kind.TEMPLATE, tenant=tenant))
        campaign = store.create(tenant, NewCampaign(name="Launch"))
        store.add(tenant, campaign.id, Kind.SEQUENCE, "onboarding")
    (made,) = store.list("acme", 20, None).campaigns
    return made


def test_all_is_well(table: Table, made: Campaign) -> None:
    with counted_calls(table.client) as calls:
        assert verify(table, "acme") == (1, 2, 1, set(), 0)
    assert set(calls) == {"Query"}


def test_a_tenant_that_does_not_exist_is_told_from_one_that_has_nothing(table: Table, made: Campaign) -> None:
    ApiKeyStore(table).issue("newcomer")
    unknown = {tenant: is_unknown(table, tenant, verify(table, tenant)) for tenant in ("acme", "newcomer", "nobody")}
    assert unknown == {"acme": False, "newcomer": False, "nobody": True}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found(table: Table, made: Campaign, name: str) -> None:
    damage, expected = DAMAGES[name]
    damage(table, made)
    assert lasting(table, "acme", pause=0).differences == {expected.format(id=made.id)}
    assert verify(table, "globex").differences == set()


@pytest.mark.parametrize("table", ["memory"], indirect=True)
def test_dates_that_nothing_keeps_are_found_and_mended(table: Table, made: Campaign) -> None:
    store, wakers = CampaignStore(table), Wakers(utc_now)
    far, near, past = (timestamp(utc_now() + timedelta(minutes=minutes)) for minutes in (600, 1, -5))
    names = {"scheduled": far, "lost": far, "near": near, "late": past, "won": past}
    ids = {name: store.create("acme", NewCampaign(name=name, starts_at=date)).id for name, date in names.items()}
    store.update("acme", ids["won"], CampaignPatch(status="active"), None)

    def is_scheduled(campaign_id: str, _date: str) -> bool:
        return campaign_id == ids["scheduled"] or schedule_name(campaign_id, far) in wakers.schedules

    assert lasting(table, "acme", pause=0, is_scheduled=is_scheduled).differences == {
        f"{ids['lost']}: has startsAt {far}, without a schedule",
        f"{ids['late']}: should be active since startsAt, {past}",
    }
    assert set(mend(table, "acme", wakers.kept.queue, is_scheduled)) == {ids["lost"], ids["late"]}
    for _, body in wakers.messages:
        keep(read_wake(body), ScheduleStore(table), wakers.kept)
    assert verify(table, "acme", None, is_scheduled).differences == set()
    assert mend(table, "acme", wakers.kept.queue, is_scheduled) == []
