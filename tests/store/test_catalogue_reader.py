"""The catalogue, as clients read it."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import InvalidInput, NotFound
from campaigns.domain.finding import Count
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.store import catalogue_reader
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.catalogue_reader import CatalogueReader
from campaigns.store.table import Table
from support.catalogue import deleted, named
from support.engines import counted_calls
from support.stores import CampaignStore


@pytest.fixture
def reader(table: Table) -> CatalogueReader:
    catalogue = CatalogueStore(table)
    for id_ in ("b", "a#x", "ä", "gone", "c"):
        catalogue.follow(named(id_, f"Straße {id_}"))
    catalogue.follow(deleted("gone", 1))
    catalogue.follow(named("z", "Template", kind=Kind.TEMPLATE))
    catalogue.follow(named("secret", "Straße", tenant="globex"))
    return CatalogueReader(table)


def pages(reader: CatalogueReader, limit: int, text: str | None = None) -> Iterator[list[str]]:
    cursor = None
    for _ in range(20):
        page = reader.list("acme", Kind.SEQUENCE, limit, cursor, text)
        yield [entry.id for entry in page.entries]
        cursor = page.next_cursor
        if cursor is None:
            return
    pytest.fail("the pages do not end")


def test_it_is_listed_by_id_without_what_is_deleted(reader: CatalogueReader) -> None:
    assert list(pages(reader, 10)) == [["a#x", "b", "c", "ä"]]
    assert list(pages(reader, 3)) == [["a#x", "b", "c"], ["ä"]]
    assert list(pages(reader, 2)) == [["a#x", "b"], ["c", "ä"]]
    assert list(pages(reader, 1, "STRASSE C".casefold())) == [["c"]]
    assert list(pages(reader, 1, "nothing")) == [[]]
    shown = reader.list("acme", Kind.TEMPLATE, 1, None).entries[0].shown()
    assert shown == {"id": "z", "name": "Template", "updatedAt": "2025-09-15T10:00:00.000Z"}


def test_a_page_that_has_read_a_megabyte_may_be_short(reader: CatalogueReader) -> None:
    with patch.object(catalogue_reader, "BUDGET", 0):
        assert [id_ for page in pages(reader, 1, "strasse c") for id_ in page] == ["c"]


def test_a_cursor_is_of_its_list(reader: CatalogueReader) -> None:
    cursor = reader.list("acme", Kind.SEQUENCE, 1, None).next_cursor
    for tenant, kind, text in (
        ("globex", Kind.SEQUENCE, None),
        ("acme", Kind.TEMPLATE, None),
        ("acme", Kind.SEQUENCE, "a"),
    ):
        with pytest.raises(InvalidInput, match="cursor"):
            reader.list(tenant, kind, 1, cursor, text)


def test_an_entry_says_how_many_campaigns_hold_it(table: Table, reader: CatalogueReader) -> None:
    campaigns = CampaignStore(table)
    ids = [campaigns.create("acme", NewCampaign(name=str(number))).id for number in range(4)]
    for id_ in ids[:3]:
        campaigns.add("acme", id_, Kind.SEQUENCE, "b")
    campaigns.update("acme", ids[0], CampaignPatch(archived=True), None)
    campaigns.delete("acme", ids[1], None)  # Its membership is still there: that follows from the stream.
    with counted_calls(table.client) as calls:
        entry, count = reader.get("acme", Kind.SEQUENCE, "b")
    assert entry.shown_with(count)["campaignCount"] == {"count": 2, "precision": "exact"}
    assert calls == ["GetItem", "Query", "BatchGetItem"]
    assert reader.get("acme", Kind.SEQUENCE, "ä")[1] == Count(0, "exact")


@pytest.mark.parametrize("id_", ["gone", "secret", "unknown", "", "a/b", "z"])
def test_what_is_unknown_or_deleted_is_not_found(reader: CatalogueReader, id_: str) -> None:
    with pytest.raises(NotFound, match="no such sequence"):
        reader.get("acme", Kind.SEQUENCE, id_)
