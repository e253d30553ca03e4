"""Labels, metadata and the archive, on every engine alike: in new campaigns, and in those of the first release."""

from typing import Any

import pytest

from campaigns.domain.errors import InvalidInput, PreconditionFailed
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.store import keys
from campaigns.store.table import Item, Table
from support.engines import counted_calls
from support.stores import CampaignStore

NEW = NewCampaign(name="Launch", labels=("emea", "Q4"), metadata={"crmId": "42", "a.b": "x"})


def item_of(table: Table, campaign_id: str) -> Item:
    item = table.get(keys.campaign("acme", campaign_id))
    assert item is not None
    return item


@pytest.fixture
def old_id(table: Table, campaigns: CampaignStore) -> str:
    """A campaign as the first release wrote it."""
    made = campaigns.create("acme", NewCampaign(name="Old"))
    table.send("update_item", Key=keys.campaign("acme", made.id), UpdateExpression="REMOVE metadata")
    assert not {"labels", "labelKeys", "metadata", "archivedAt"} & set(item_of(table, made.id))
    return made.id


def test_a_new_campaign_has_what_it_was_given(campaigns: CampaignStore, table: Table) -> None:
    made = campaigns.create("acme", NEW)
    assert (made.labels, made.metadata, made.archived_at) == (("emea", "Q4"), {"crmId": "42", "a.b": "x"}, None)
    assert made == campaigns.get("acme", made.id)
    assert item_of(table, made.id)["labelKeys"] == ["emea", "q4"]
    assert "labelKeys" not in item_of(table, campaigns.create("acme", NewCampaign(name="N")).id)


def test_labels_are_replaced_as_a_whole(campaigns: CampaignStore, table: Table) -> None:
    id_ = campaigns.create("acme", NEW).id
    changed = campaigns.update("acme", id_, CampaignPatch(labels=("Straße",)), None)
    assert (changed.labels, changed.version) == (("Straße",), 2)
    assert item_of(table, id_)["labelKeys"] == ["strasse"]
    assert campaigns.update("acme", id_, CampaignPatch(labels=("Straße",)), None) == changed
    cleared = campaigns.update("acme", id_, CampaignPatch(labels=()), None)
    assert (cleared.labels, cleared.version) == ((), 3)
    assert not {"labels", "labelKeys"} & set(item_of(table, id_))
    assert campaigns.update("acme", id_, CampaignPatch(labels=()), None) == cleared


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        ({"crmId": "43"}, {"crmId": "43", "a.b": "x"}),
        ({"new": "1"}, {"crmId": "42", "a.b": "x", "new": "1"}),
        ({"a.b": None}, {"crmId": "42"}),
        ({"a.b": None, "crmId": "7", "__proto__": ""}, {"crmId": "7", "__proto__": ""}),
        (None, {}),
        ({}, None),
        ({"crmId": "42"}, None),
        ({"never there": None}, None),
    ],
)
def test_metadata_are_merged_by_key(
    campaigns: CampaignStore, patch: dict[str, str | None] | None, after: dict[str, str] | None
) -> None:
    made = campaigns.create("acme", NEW)
    changed = campaigns.update("acme", made.id, CampaignPatch(metadata=patch), None)
    assert (changed.metadata, changed.version) == ((made.metadata, 1) if after is None else (after, 2))
    assert (changed.updated_at > made.updated_at) is (after is not None)
    assert campaigns.get("acme", made.id) == changed


def test_there_are_20_pairs_and_no_more(campaigns: CampaignStore, table: Table) -> None:
    id_ = campaigns.create("acme", NewCampaign(name="N", metadata={f"k{n}": "v" for n in range(19)})).id
    full = campaigns.update("acme", id_, CampaignPatch(metadata={"last": "v"}), None)
    assert len(full.metadata) == 20
    for patch in ({"more": "v"}, {"k0": None, "more": "v", "most": "v"}):
        with pytest.raises(InvalidInput, match="metadata must not have more than 20 pairs"):
            campaigns.update("acme", id_, CampaignPatch(name="Not this either", metadata=patch), None)
    assert campaigns.get("acme", id_) == full
    swapped: dict[str, str | None] = dict.fromkeys(full.metadata) | {f"new{n}": "v" for n in range(20)}
    with counted_calls(table.client) as calls:
        after = campaigns.update("acme", id_, CampaignPatch(metadata=swapped), {full.version})
    assert after.metadata == {f"new{n}": "v" for n in range(20)}
    assert (calls, after.version) == (["UpdateItem"] * 2, full.version + 1)
    assert campaigns.update("acme", id_, CampaignPatch(metadata={"new0": "v"}), None) == after
    with pytest.raises(PreconditionFailed):
        campaigns.update("acme", id_, CampaignPatch(metadata={"new0": "w"}), {full.version})


def test_archiving_is_a_change_that_happens_once(campaigns: CampaignStore, table: Table) -> None:
    id_ = campaigns.create("acme", NewCampaign(name="N")).id
    archived = campaigns.update("acme", id_, CampaignPatch(archived=True), None)
    assert (archived.archived_at, archived.version) == (archived.updated_at, 2)
    assert campaigns.update("acme", id_, CampaignPatch(archived=True), None) == archived
    renamed = campaigns.update("acme", id_, CampaignPatch(archived=True, name="M"), None)
    assert (renamed.archived_at, renamed.version) == (archived.archived_at, 3)
    back = campaigns.update("acme", id_, CampaignPatch(archived=False), None)
    assert (back.archived_at, back.version) == (None, 4)
    assert "archivedAt" not in item_of(table, id_)
    assert campaigns.update("acme", id_, CampaignPatch(archived=False), None) == back


@pytest.mark.parametrize("patch", [{"labels": ()}, {"metadata": None}, {"metadata": {"k": None}}, {"archived": False}])
def test_an_old_campaign_has_nothing_to_clear(campaigns: CampaignStore, old_id: str, patch: Any) -> None:
    before = campaigns.get("acme", old_id)
    assert (before.labels, before.metadata, before.archived_at) == ((), {}, None)
    assert campaigns.update("acme", old_id, patch, None) == before


def test_an_old_campaign_takes_all_that_is_new(campaigns: CampaignStore, table: Table, old_id: str) -> None:
    with counted_calls(table.client) as calls:
        after = campaigns.update("acme", old_id, CampaignPatch(metadata={"k": "v", "gone": None}), {1})
    assert (after.metadata, after.version, calls) == ({"k": "v"}, 2, ["UpdateItem"] * 2)
    with counted_calls(table.client) as calls:
        all_of_it = CampaignPatch(labels=("a",), metadata={"k": None, "l": "w"}, archived=True, name="New")
        after = campaigns.update("acme", old_id, all_of_it, None)
    assert (after.name, after.labels, after.metadata, after.version) == ("New", ("a",), {"l": "w"}, 3)
    assert (after.archived_at, calls) == (after.updated_at, ["UpdateItem"])


def test_merges_of_two_clients_do_not_undo_each_other(campaigns: CampaignStore, old_id: str) -> None:
    for id_ in (old_id, campaigns.create("acme", NEW).id):
        campaigns.update("acme", id_, CampaignPatch(metadata={"one": "1"}), None)
        both = campaigns.update("acme", id_, CampaignPatch(metadata={"two": "2"}), None)
        assert both.metadata.items() >= {"one": "1", "two": "2"}.items()
