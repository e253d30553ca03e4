"""The catalogue follows announcements, and the campaigns follow the catalogue."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.errors import NotFound
from campaigns.domain.inputs import NewCampaign
from campaigns.store import keys
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import deleted, named
from support.stores import CampaignStore


def names(campaign: Campaign) -> list[str]:
    return [held.name for held in campaign.sequences]


def holders(table: Table, id_: str, tenant: str = "acme") -> list[str]:
    """The campaigns that the memberships of a sequence name."""
    found = table.query(
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": keys.memberships(tenant, Kind.SEQUENCE, id_)}},
    )
    return [keys.campaign_id_of(item["SK"]) for item in found]


def test_a_rename_shows_in_every_campaign(campaigns: CampaignStore, catalogue: CatalogueStore) -> None:
    catalogue.follow(named("onboarding", "Old"))
    catalogue.follow(named("other", "Other"))
    made = [campaigns.create("acme", NewCampaign(name=str(number))).id for number in range(3)]
    for campaign_id in made:
        campaigns.add("acme", campaign_id, Kind.SEQUENCE, "onboarding")
        campaigns.add("acme", campaign_id, Kind.SEQUENCE, "other")
    before = [campaigns.get("acme", campaign_id) for campaign_id in made]
    catalogue.follow(named("onboarding", "New", at=1))
    for old in before:
        new = campaigns.get("acme", old.id)
        assert names(new) == ["New", "Other"]
        assert new.version == old.version + 1
        assert new.updated_at > old.updated_at


def test_what_was_announced_before_changes_nothing(campaigns: CampaignStore, catalogue: CatalogueStore) -> None:
    catalogue.follow(named("onboarding", "Name", at=5))
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    held = campaigns.add("acme", made.id, Kind.SEQUENCE, "onboarding")
    for repetition in (named("onboarding", "Name", at=5), named("onboarding", "Old", at=4), deleted("onboarding", 4)):
        catalogue.follow(repetition)
    assert campaigns.get("acme", made.id) == held


def test_an_update_without_a_new_name_is_no_change(campaigns: CampaignStore, catalogue: CatalogueStore) -> None:
    catalogue.follow(named("onboarding", "Name"))
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    held = campaigns.add("acme", made.id, Kind.SEQUENCE, "onboarding")
    catalogue.follow(named("onboarding", "Name", at=5))
    assert campaigns.get("acme", made.id) == held
    catalogue.follow(named("onboarding", "Late", at=3))
    assert campaigns.get("acme", made.id) == held


def test_a_deletion_takes_it_out_of_every_campaign(
    campaigns: CampaignStore, catalogue: CatalogueStore, table: Table
) -> None:
    catalogue.follow(named("onboarding", "Name"))
    catalogue.follow(named("onboarding", "Template of that name", kind=Kind.TEMPLATE))
    made = [campaigns.create("acme", NewCampaign(name=str(number))).id for number in range(3)]
    for campaign_id in made:
        campaigns.add("acme", campaign_id, Kind.SEQUENCE, "onboarding")
        campaigns.add("acme", campaign_id, Kind.TEMPLATE, "onboarding")
    assert holders(table, "onboarding") == sorted(made)
    catalogue.follow(deleted("onboarding", at=1))
    for campaign_id in made:
        campaign = campaigns.get("acme", campaign_id)
        assert campaign.sequences == ()
        assert len(campaign.templates) == 1
    assert holders(table, "onboarding") == []
    with pytest.raises(NotFound):
        campaigns.add("acme", made[0], Kind.SEQUENCE, "onboarding")


def test_an_older_event_does_not_undo_a_deletion(campaigns: CampaignStore, catalogue: CatalogueStore) -> None:
    catalogue.follow(deleted("onboarding", at=5))
    catalogue.follow(named("onboarding", "Name", at=4))
    catalogue.follow(named("onboarding", "Name", at=5))
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    with pytest.raises(NotFound):
        campaigns.add("acme", made.id, Kind.SEQUENCE, "onboarding")
    catalogue.follow(named("onboarding", "Back", at=6))
    assert names(campaigns.add("acme", made.id, Kind.SEQUENCE, "onboarding")) == ["Back"]
    catalogue.follow(deleted("onboarding", at=5))  # late and repeated: it was added anew after that
    assert names(campaigns.get("acme", made.id)) == ["Back"]


@pytest.mark.parametrize(
    "life",
    [
        [named("s", "One", 1), named("s", "Two", 2), named("s", "Three", 3)],
        [named("s", "One", 1), named("s", "Same moment", 1), named("s", "At the same moment", 1)],
        [named("s", "One", 1), deleted("s", 2), named("s", "Three", 3)],
        [named("s", "One", 1), named("s", "Two", 2), deleted("s", 2)],
        [named("s", "One", 1), deleted("s", 2), deleted("s", 3)],
    ],
    ids=["renamed", "at one moment", "back again", "deleted at the moment of a rename", "deleted twice"],
)
def test_every_order_ends_in_the_same_state(
    campaigns: CampaignStore, catalogue: CatalogueStore, table: Table, life: list[Announcement]
) -> None:
    """With a campaign that has held the sequence since before the first of them."""
    ends = set()
    for number, order in enumerate(itertools.permutations([*life, life[1]])):
        tenant = f"tenant-{number}"
        catalogue.follow(named("s", "Zero", 0, tenant=tenant))
        made = campaigns.create(tenant, NewCampaign(name="Launch"))
        campaigns.add(tenant, made.id, Kind.SEQUENCE, "s")
        for announcement in order:
            catalogue.follow(announcement._replace(tenant_id=tenant))
        entry = table.get(keys.catalogue_entry(tenant, Kind.SEQUENCE, "s"))
        assert entry
        held = names(campaigns.get(tenant, made.id))
        assert len(holders(table, "s", tenant)) == len(held)
        ends.add((tuple(held), entry.get("name"), entry["asOf"]))
    assert len(ends) == 1


TIMES = st.integers(1, 4)
TENANTS = (f"any-order-{number}" for number in itertools.count())
LIVES = st.lists(
    st.builds(
        lambda name, at: named("s", name, at) if name else deleted("s", at), st.sampled_from(["A", "B", ""]), TIMES
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(life=LIVES, data=st.data())
def test_any_order_with_any_repetitions_ends_in_the_same_state(
    shared_table: Table, life: list[Announcement], data: st.DataObject
) -> None:
    campaigns, catalogue = CampaignStore(shared_table), CatalogueStore(shared_table)
    repeated = life + data.draw(st.lists(st.sampled_from(life), max_size=4), label="repeated")
    orders = [sorted(life, key=lambda told: told.as_of), data.draw(st.permutations(repeated), label="order")]
    ends = []
    for order in orders:
        tenant = next(TENANTS)
        catalogue.follow(named("s", "Zero", 0, tenant=tenant))
        made = campaigns.create(tenant, NewCampaign(name="Launch"))
        campaigns.add(tenant, made.id, Kind.SEQUENCE, "s")
        for announcement in order:
            catalogue.follow(announcement._replace(tenant_id=tenant))
        entry = shared_table.get(keys.catalogue_entry(tenant, Kind.SEQUENCE, "s"))
        assert entry
        held = names(campaigns.get(tenant, made.id))
        assert len(holders(shared_table, "s", tenant)) == len(held)
        ends.append((held, entry.get("name"), entry["asOf"]))
    assert ends[0] == ends[1]


def test_memberships_of_a_deleted_campaign_are_ignored_and_removed(
    campaigns: CampaignStore, catalogue: CatalogueStore, table: Table
) -> None:
    ids = [f"s{number}" for number in range(30)]
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    for id_ in ids:
        catalogue.follow(named(id_, "Name"))
        campaigns.add("acme", made.id, Kind.SEQUENCE, id_)
    campaigns.delete("acme", made.id, None)
    catalogue.follow(named("s0", "Renamed", at=1))
    catalogue.follow(deleted("s1", at=1))
    with pytest.raises(NotFound):
        campaigns.get("acme", made.id)
    campaigns.remove_memberships("acme", made.id, {Kind.SEQUENCE: ids, Kind.TEMPLATE: []})
    assert [id_ for id_ in ids if holders(table, id_)] == []


def test_a_campaign_without_room_for_the_name_does_not_hold_up_the_others(
    real_table: Table,
) -> None:
    campaigns, catalogue = CampaignStore(real_table), CatalogueStore(real_table)
    catalogue.follow(named("onboarding", "Name"))
    full, small = (campaigns.create("acme", NewCampaign(name=str(number))) for number in range(2))
    for campaign in (full, small):
        campaigns.add("acme", campaign.id, Kind.SEQUENCE, "onboarding")
    real_table.send(
        "update_item",
        Key=keys.campaign("acme", full.id),
        UpdateExpression="SET filling = :filling",
        ExpressionAttributeValues={":filling": {"S": "x" * (409_600 - 1000)}},
    )
    followed = catalogue.follow(named("onboarding", "\U0001f680" * 200, at=1))
    assert followed == (None, (full.id,), ())
    assert campaigns.get("acme", small.id).sequences[0].name == "\U0001f680" * 200
    assert campaigns.get("acme", full.id).sequences[0].name == "Name"
