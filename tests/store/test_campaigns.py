"""The contract of the campaign store, on every engine alike."""

import json
from dataclasses import replace

import pytest

from campaigns.domain.campaign import Association, Kind
from campaigns.domain.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from campaigns.domain.identifiers import new_campaign_id, utc_now
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.http.endpoint import show_page
from campaigns.store import finding, keys
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import deleted, named
from support.clock import ManualClock
from support.stores import CampaignStore

MISSING_ID = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
KINDS = list(Kind)


def test_create_answers_what_get_shows(campaigns: CampaignStore) -> None:
    made = campaigns.create("acme", NewCampaign(name="Launch", description="D"))
    assert made == campaigns.get("acme", made.id)
    assert (made.status, made.sequences, made.templates, made.version) == ("draft", (), (), 1)
    assert made.created_at == made.updated_at


def test_text_survives_unchanged(campaigns: CampaignStore) -> None:
    name, description = "🚀 مرحبا \u202e e\u0301 👩‍🚀", "line\nline\t\u200d\ufffd"
    made = campaigns.create("acme", NewCampaign(name=name, description=description))
    shown = campaigns.get("acme", made.id)
    assert (shown.name, shown.description) == (name, description)


@pytest.mark.parametrize("campaign_id", [MISSING_ID, "nonsense", "", "cmp_", MISSING_ID.lower(), MISSING_ID + "A"])
def test_a_campaign_that_is_not_there_is_not_found(campaigns: CampaignStore, campaign_id: str) -> None:
    for operation in (
        lambda: campaigns.get("acme", campaign_id),
        lambda: campaigns.update("acme", campaign_id, CampaignPatch(name="N"), None),
        lambda: campaigns.update("acme", campaign_id, CampaignPatch(name="N"), {1}),
        lambda: campaigns.delete("acme", campaign_id, None),
        lambda: campaigns.delete("acme", campaign_id, {1}),
        lambda: campaigns.add("acme", campaign_id, Kind.SEQUENCE, "onboarding"),
        lambda: campaigns.remove("acme", campaign_id, Kind.SEQUENCE, "onboarding"),
    ):
        with pytest.raises(NotFound, match="no such campaign"):
            operation()


def test_update_sets_what_is_given_and_leaves_the_rest(campaigns: CampaignStore) -> None:
    made = campaigns.create("acme", NewCampaign(name="Launch", description="D"))
    changed = campaigns.update("acme", made.id, CampaignPatch(status="completed"), None)
    moment = changed.updated_at
    assert changed == replace(made, status="completed", status_at=moment, updated_at=moment, version=2)
    cleared = campaigns.update("acme", made.id, CampaignPatch(description=None), None)
    assert cleared.description is None
    assert campaigns.get("acme", made.id) == cleared


def test_an_update_that_changes_nothing_shows_no_change(campaigns: CampaignStore) -> None:
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    same = campaigns.update("acme", made.id, CampaignPatch(name="Launch", description=None, status="draft"), None)
    assert same == made == campaigns.get("acme", made.id)


def test_updated_at_moves_strictly_forward_whatever_the_clock_says(table: Table) -> None:
    clock = ManualClock()
    campaigns, catalogue = CampaignStore(table, clock), CatalogueStore(table, clock)
    catalogue.follow(named("onboarding", "Onboarding"))
    made = campaigns.create("acme", NewCampaign(name="0"))
    seen = [made.updated_at]
    for number, step in enumerate([0, 0, -50, 1000, 0], 1):
        clock.advance(step)
        seen.append(campaigns.update("acme", made.id, CampaignPatch(name=str(number)), None).updated_at)
    clock.advance(-5000)
    seen.append(campaigns.add("acme", made.id, Kind.SEQUENCE, "onboarding").updated_at)
    catalogue.follow(named("onboarding", "Renamed", at=1))
    seen.append(campaigns.get("acme", made.id).updated_at)
    campaigns.remove("acme", made.id, Kind.SEQUENCE, "onboarding")
    seen.append(campaigns.get("acme", made.id).updated_at)
    assert seen == sorted(set(seen))
    assert len(seen) == 9


def test_if_match_guards_update_and_delete(campaigns: CampaignStore) -> None:
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    with pytest.raises(PreconditionFailed):
        campaigns.update("acme", made.id, CampaignPatch(name="N"), {2})
    with pytest.raises(PreconditionFailed):  # even where nothing would change
        campaigns.update("acme", made.id, CampaignPatch(name="Launch"), {0})
    assert campaigns.update("acme", made.id, CampaignPatch(name="N"), {1, 7}).version == 2
    with pytest.raises(PreconditionFailed):
        campaigns.delete("acme", made.id, {1})
    assert campaigns.get("acme", made.id).name == "N"
    campaigns.delete("acme", made.id, {2})
    with pytest.raises(NotFound):
        campaigns.get("acme", made.id)


@pytest.mark.parametrize("kind", KINDS)
def test_if_match_guards_removal(campaigns: CampaignStore, catalogue: CatalogueStore, kind: Kind) -> None:
    catalogue.follow(named("a", "First", kind=kind))
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    campaigns.add("acme", made.id, kind, "a")
    for id_ in ("a", "never there"):
        with pytest.raises(PreconditionFailed):
            campaigns.remove("acme", made.id, kind, id_, {1, 3})
    campaigns.remove("acme", made.id, kind, "never there", {2})
    assert campaigns.get("acme", made.id).holds(kind, "a")
    campaigns.remove("acme", made.id, kind, "a", {1, 2})
    assert not campaigns.get("acme", made.id).holds(kind, "a")


@pytest.mark.parametrize("kind", KINDS)
def test_add_and_remove(campaigns: CampaignStore, catalogue: CatalogueStore, kind: Kind) -> None:
    for id_, name in (("b", "Second"), ("a", "First")):
        catalogue.follow(named(id_, name, kind=kind))
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    campaigns.add("acme", made.id, kind, "b")
    both = campaigns.add("acme", made.id, kind, "a")
    assert both.associations(kind) == (Association(id="b", name="Second"), Association(id="a", name="First"))
    assert both == campaigns.get("acme", made.id)
    with pytest.raises(Conflict):
        campaigns.add("acme", made.id, kind, "a")
    campaigns.remove("acme", made.id, kind, "b")
    after = campaigns.get("acme", made.id)
    assert [held.id for held in after.associations(kind)] == ["a"]
    assert after.version == both.version + 1
    campaigns.remove("acme", made.id, kind, "b")
    campaigns.remove("acme", made.id, kind, "never there")
    assert campaigns.get("acme", made.id) == after
    assert [held.id for held in campaigns.add("acme", made.id, kind, "b").associations(kind)] == ["a", "b"]


@pytest.mark.parametrize("id_", ["unknown", "gone", "", "a/b", "x" * 129, "nul\0", "line\n", "\udcff"])
def test_what_the_tenant_does_not_have_can_not_be_added(
    campaigns: CampaignStore, catalogue: CatalogueStore, id_: str
) -> None:
    catalogue.follow(named("gone", "Gone"))
    catalogue.follow(deleted("gone", at=1))
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    with pytest.raises(NotFound, match="no such sequence"):
        campaigns.add("acme", made.id, Kind.SEQUENCE, id_)
    assert campaigns.get("acme", made.id) == made


@pytest.mark.parametrize("id_", ["#", "a#b", "TEMPLATE#x", "%2F", "..", " ", "🚀" * 128, "x" * 128, ".name", "0"])
def test_ids_are_free_form(campaigns: CampaignStore, catalogue: CatalogueStore, id_: str) -> None:
    catalogue.follow(named(id_, "Odd"))
    made = campaigns.create("acme", NewCampaign(name="Launch"))
    assert campaigns.add("acme", made.id, Kind.SEQUENCE, id_).sequences == (Association(id=id_, name="Odd"),)
    campaigns.remove("acme", made.id, Kind.SEQUENCE, id_)
    assert campaigns.get("acme", made.id).sequences == ()


def test_tenants_do_not_see_each_other(campaigns: CampaignStore, catalogue: CatalogueStore) -> None:
    catalogue.follow(named("onboarding", "Acme's"))
    acmes = campaigns.create("acme", NewCampaign(name="Acme's"))
    globexes = campaigns.create("globex", NewCampaign(name="Globex's"))
    assert campaigns.list("globex", 20, None).campaigns == [globexes]
    for operation in (
        lambda: campaigns.get("globex", acmes.id),
        lambda: campaigns.update("globex", acmes.id, CampaignPatch(name="Stolen"), None),
        lambda: campaigns.delete("globex", acmes.id, None),
        lambda: campaigns.remove("globex", acmes.id, Kind.SEQUENCE, "onboarding"),
        lambda: campaigns.add("globex", acmes.id, Kind.SEQUENCE, "onboarding"),
        lambda: campaigns.add("globex", globexes.id, Kind.SEQUENCE, "onboarding"),
    ):
        with pytest.raises(NotFound):
            operation()
    assert campaigns.get("acme", acmes.id) == acmes


def test_the_list_is_newest_first_and_its_pages_are_full(campaigns: CampaignStore) -> None:
    made = [campaigns.create("acme", NewCampaign(name=str(number))).id for number in range(7)]
    seen, cursor, sizes = [], None, []
    while True:
        page = campaigns.list("acme", 3, cursor)
        seen += [campaign.id for campaign in page.campaigns]
        sizes.append(len(page.campaigns))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]
    assert sizes == [3, 3, 1]
    assert campaigns.list("acme", 7, None).next_cursor is None
    assert campaigns.list("nobody", 7, None) == ([], None)


def test_a_cursor_survives_inserts_and_deletes(campaigns: CampaignStore) -> None:
    made = [campaigns.create("acme", NewCampaign(name=str(number))).id for number in range(6)]
    first = campaigns.list("acme", 2, None)
    campaigns.delete("acme", first.campaigns[-1].id, None)  # the one that the cursor was made from
    campaigns.delete("acme", made[3], None)
    campaigns.create("acme", NewCampaign(name="newer"))
    rest = campaigns.list("acme", 10, first.next_cursor)
    assert [campaign.id for campaign in rest.campaigns] == [made[2], made[1], made[0]]


def test_ids_sort_by_creation() -> None:
    made = [new_campaign_id(utc_now()) for _ in range(2000)]
    ticks = sorted(range(0, 2000, 50), key=lambda index: made[index])
    assert ticks == sorted(ticks)


def test_500_fit_and_one_more_does_not(shared_table: Table) -> None:
    """At the full length of ids and names, for both kinds, below DynamoDB's 400 KB."""
    campaigns, table = CampaignStore(shared_table), shared_table
    made = campaigns.create("acme", NewCampaign(name="n" * 200, description="d" * 2000))
    held = {
        kind: {f"{number:03}".ljust(128, "x"): f"{number:03}".ljust(200, "n") for number in range(499)} for kind in Kind
    }
    fill(table, made.id, held)
    for kind in Kind:
        for id_ in ("last", "one more"):
            CatalogueStore(table).follow(named(id_.ljust(128, "x"), "n" * 200, kind=kind))
        assert len(campaigns.add("acme", made.id, kind, "last".ljust(128, "x")).associations(kind)) == 500
        with pytest.raises(InvalidInput, match=f"{kind.plural} must not hold more than 500"):
            campaigns.add("acme", made.id, kind, "one more".ljust(128, "x"))
        with pytest.raises(Conflict):
            campaigns.add("acme", made.id, kind, "last".ljust(128, "x"))


def test_a_page_ends_before_5_mb(shared_table: Table) -> None:
    campaigns, table = CampaignStore(shared_table), shared_table
    made = [campaigns.create("large", NewCampaign(name=str(number))).id for number in range(16)]
    held = {kind: {f"{n:03}".ljust(128, "x"): "n" * 200 for n in range(500)} for kind in Kind}
    for campaign_id in made:
        fill(table, campaign_id, held, "large")
    seen: list[str] = []
    cursor = None
    while True:
        page = campaigns.list("large", 100, cursor)
        assert 4_500_000 < sum(len(campaign.json) for campaign in page.campaigns) < 5_000_000 or seen
        seen += [campaign.id for campaign in page.campaigns]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]


def fill(table: Table, campaign_id: str, held: dict[Kind, dict[str, str]], tenant: str = "acme") -> None:
    """Put associations into a campaign without going through 1,000 additions."""
    table.send(
        "update_item",
        Key=keys.campaign(tenant, campaign_id),
        UpdateExpression="SET sequences = :sequences, templates = :templates",
        ExpressionAttributeValues={
            f":{kind.plural}": {
                "M": {
                    id_: {
                        "M": {
                            "name": {"S": name},
                            "addedAt": {"S": f"2025-09-15T10:00:00.{int(id_[:3]):03}Z"},
                            "asOf": {"N": "1757930400000000"},
                        }
                    }
                    for id_, name in held[kind].items()
                }
            }
            for kind in Kind
        },
    )


def test_a_page_of_quotation_marks_ends_before_lambdas_limit(
    campaigns: CampaignStore, catalogue: CatalogueStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda hands on the body as a JSON string, in which each of them takes two bytes more than in the name."""
    monkeypatch.setattr(finding, "MAX_PAGE_BYTES", 50_000)
    for _ in range(20):
        campaigns.create("acme", NewCampaign(name='"' * 200, description='"' * 2000))
    page = campaigns.list("acme", 20, None)
    body = show_page(page).body
    assert page.next_cursor
    assert 35_000 < len(json.dumps(body)) <= 50_000 + 1000


def test_an_idempotency_key_creates_once_for_a_day(table: Table) -> None:
    clock = ManualClock()
    campaigns = CampaignStore(table, clock)
    launch, another = NewCampaign(name="Launch", description="D"), NewCampaign(name="Another")
    first, replayed = campaigns.create_with_key("acme", launch, "key")
    assert not replayed
    campaigns.update("acme", first.id, CampaignPatch(name="Changed since"), None)
    clock.advance(milliseconds=24 * 3600 * 1000 - 1000)
    assert campaigns.create_with_key("acme", launch, "key") == (first, True)
    with pytest.raises(Conflict):
        campaigns.create_with_key("acme", another, "key")
    campaigns.delete("acme", first.id, None)
    assert campaigns.create_with_key("acme", launch, "key") == (first, True)
    assert campaigns.create_with_key("acme", another, "another key").campaign.name == "Another"
    assert campaigns.create_with_key("globex", another, "key").campaign.name == "Another"
    clock.advance(milliseconds=1000)
    later, replayed = campaigns.create_with_key("acme", another, "key")
    assert (later.name, replayed) == ("Another", False)
    assert len(campaigns.list("acme", 20, None).campaigns) == 2
