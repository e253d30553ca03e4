"""DynamoDB does what was asked and its answer is lost: the client's own retry must not make a wrong answer of it.

On DynamoDB Local, which knows client request tokens.
"""

from collections.abc import Callable

import pytest

from campaigns.domain.campaign import CampaignPatch, Kind, NewCampaign
from campaigns.domain.errors import NotFound, PreconditionFailed, Unavailable
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.campaigns import CampaignStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import deleted, named
from support.engines import lost_answers


@pytest.fixture(params=[1, 2])
def times(request: pytest.FixtureRequest) -> int:
    """How many answers in a row are lost; the third attempt gets through."""
    return int(request.param)


@pytest.fixture
def store(real_table: Table) -> CampaignStore:
    CatalogueStore(real_table).follow(named("onboarding", "Onboarding"))
    return CampaignStore(real_table)


def test_create_makes_one_campaign(store: CampaignStore, real_table: Table, times: int) -> None:
    with lost_answers(real_table.client, "PutItem", times) as lost:
        made = store.create("acme", NewCampaign(name="Launch"))
    assert len(lost) == times
    assert store.list("acme", 20, None).campaigns == [made]


def test_update_is_its_own_success(store: CampaignStore, real_table: Table, times: int) -> None:
    made = store.create("acme", NewCampaign(name="Launch"))
    with lost_answers(real_table.client, "UpdateItem", times) as lost:
        changed = store.update("acme", made.id, CampaignPatch(name="New"), {made.version})
    assert len(lost) == times
    assert (changed.name, changed.version) == ("New", 2)
    assert store.get("acme", made.id) == changed
    with pytest.raises(PreconditionFailed):
        store.update("acme", made.id, CampaignPatch(name="Newer"), {made.version})


def test_delete_is_no_404(store: CampaignStore, real_table: Table, times: int) -> None:
    made = store.create("acme", NewCampaign(name="Launch"))
    with lost_answers(real_table.client, "TransactWriteItems", times) as lost:
        store.delete("acme", made.id, {made.version})
    assert len(lost) == times
    with pytest.raises(NotFound):
        store.delete("acme", made.id, None)


def test_add_is_no_conflict(store: CampaignStore, real_table: Table, times: int) -> None:
    made = store.create("acme", NewCampaign(name="Launch"))
    with lost_answers(real_table.client, "TransactWriteItems", times) as lost:
        held = store.add("acme", made.id, Kind.SEQUENCE, "onboarding")
    assert len(lost) == times
    assert [each.id for each in held.sequences] == ["onboarding"]
    assert store.get("acme", made.id) == held


def test_remove_happens_once(store: CampaignStore, real_table: Table, times: int) -> None:
    made = store.create("acme", NewCampaign(name="Launch"))
    held = store.add("acme", made.id, Kind.SEQUENCE, "onboarding")
    with lost_answers(real_table.client, "TransactWriteItems", times) as lost:
        store.remove("acme", made.id, Kind.SEQUENCE, "onboarding")
    assert len(lost) == times
    assert store.get("acme", made.id).version == held.version + 1


def test_the_fan_out_happens_once(store: CampaignStore, real_table: Table, times: int) -> None:
    made = store.create("acme", NewCampaign(name="Launch"))
    held = store.add("acme", made.id, Kind.SEQUENCE, "onboarding")
    for number, announcement in enumerate((named("onboarding", "New", 1), deleted("onboarding", 2)), 1):
        with (
            lost_answers(real_table.client, "PutItem", times) as lost_puts,
            lost_answers(real_table.client, "TransactWriteItems", times) as lost_transactions,
        ):
            CatalogueStore(real_table).follow(announcement)
        assert (len(lost_puts), len(lost_transactions)) == (times, times)
        assert store.get("acme", made.id).version == held.version + number


def test_a_key_is_issued_and_counted_once(real_table: Table, times: int) -> None:
    api_keys = ApiKeyStore(real_table)
    with lost_answers(real_table.client, "TransactWriteItems", times) as lost:
        issued = api_keys.issue("acme")
    assert len(lost) == times
    assert api_keys.tenant_of(issued.key) == "acme"
    assert [key.key_id for key in api_keys.list("acme")] == [issued.key_id]


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "GetItem", "TransactWriteItems"])
def test_no_answer_at_all_is_unavailable(store: CampaignStore, real_table: Table, operation: str) -> None:
    made = store.create("acme", NewCampaign(name="Launch"))
    calls: dict[str, Callable[[], object]] = {
        "PutItem": lambda: store.create("acme", NewCampaign(name="Launch")),
        "UpdateItem": lambda: store.update("acme", made.id, CampaignPatch(name="New"), None),
        "GetItem": lambda: store.get("acme", made.id),
        "TransactWriteItems": lambda: store.delete("acme", made.id, None),
    }
    with lost_answers(real_table.client, operation, times=3) as lost, pytest.raises(Unavailable):
        calls[operation]()
    assert len(lost) == 3
