"""The history on every engine: pages of it, by what is asked for, over months, each tenant's its own."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.domain.actors import CATALOGUE, SCHEDULE, Author
from campaigns.domain.errors import InvalidInput
from campaigns.domain.finding import ALWAYS
from campaigns.domain.history import EVENT_QUERY, EventFilters, Recorded
from campaigns.domain.identifiers import encode_cursor, timestamp
from campaigns.store import history_reader
from campaigns.store.history import HistoryWriter
from campaigns.store.history_reader import HistoryReader
from campaigns.store.requests.history import pack
from campaigns.store.table import Table
from support.authors import WORDY, author
from support.billing import billed
from support.engines import counted_calls
from tools.capacity import HISTORY_UNITS

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
KEPT = timedelta(days=365)
A, B = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAW"


def happened(
    days_ago: float,
    campaign: str | None = A,
    type_: str = "campaign.updated",
    by: Author | None = None,
    tenant: str = "acme",
    number: int = 0,
    text: str = "",
) -> Recorded:
    at = timestamp(NOW - timedelta(days=days_ago))
    record_id = hashlib.sha256(f"{at} {campaign} {type_}".encode()).hexdigest()[:32]
    shown = json.dumps({"id": f"evt_{record_id}_{number}", "at": at, "campaign": campaign, "type": type_, "text": text})
    return Recorded(tenant, campaign, type_, at, record_id, number, by or author(), pack(shown))


@pytest.fixture
def writer(table: Table) -> HistoryWriter:
    return HistoryWriter(table, KEPT)


@pytest.fixture
def reader(table: Table) -> HistoryReader:
    return HistoryReader(table, KEPT, lambda: NOW)


def pages(reader: HistoryReader, filters: EventFilters, limit: int, tenant: str = "acme") -> Iterator[list[Any]]:
    cursor = None
    while True:
        page = reader.list(tenant, filters, limit, cursor)
        yield [json.loads(each) for each in page.events]
        cursor = page.next_cursor
        if cursor is None:
            return


def found(reader: HistoryReader, filters: EventFilters = EventFilters(), tenant: str = "acme") -> list[Any]:  # noqa: B008
    """All that is found, the same however many a page has."""
    (whole,) = list(pages(reader, filters, 100, tenant)) or [[]]
    for limit in (1, 3):
        in_pages = list(pages(reader, filters, limit, tenant))
        assert [each for page in in_pages for each in page] == whole
        assert all(len(page) == limit for page in in_pages[:-1])
    return whole


def test_newest_first_over_months(writer: HistoryWriter, reader: HistoryReader) -> None:
    """February had 28 days; New Year's Eve and the first day of a month are nobody's but their own."""
    days = [0, 14.4999, 14.5, 14.50001, 15, 42.5, 42.6, 74.5, 74.6, 100, 200, 364.9]
    writer.record(happened(each, (A, B)[number % 2]) for number, each in enumerate(days))
    events = found(reader)
    assert [each["at"] for each in events] == [timestamp(NOW - timedelta(days=each)) for each in days]
    assert {each["at"][:7] for each in events} >= {"2026-03", "2026-02", "2026-01", "2025-12", "2025-03"}
    assert [each["campaign"] for each in found(reader, EventFilters(campaign=A))] == [A] * 6


def test_what_is_written_again_is_there_once(writer: HistoryWriter, reader: HistoryReader) -> None:
    for _ in range(2):
        writer.record([happened(1), happened(1, B), happened(1, number=1)])
    assert len(found(reader)) == 3


def test_events_of_one_change_stay_in_their_order(writer: HistoryWriter, reader: HistoryReader) -> None:
    writer.record(happened(1, number=number) for number in range(12))
    numbers = [int(each["id"].rpartition("_")[2]) for each in found(reader, EventFilters(campaign=A))]
    assert numbers == list(range(11, -1, -1))


def test_what_is_asked_for(writer: HistoryWriter, reader: HistoryReader) -> None:
    writer.record(
        [
            happened(1, A, "campaign.created", author("key_1")),
            happened(2, A, "campaign.updated", author("key_2")),
            happened(40, B, "campaign.deleted", author("key_1")),
            happened(41, B, "campaign.updated", SCHEDULE),
            happened(42, B, "campaign.updated", CATALOGUE),
            happened(43, None, "sequence.updated", CATALOGUE),
        ]
    )

    def days_ago(**filters: Any) -> list[int]:
        return [
            round((NOW - datetime.fromisoformat(each["at"])).total_seconds() / 86_400)
            for each in found(reader, EventFilters(**filters))
        ]

    assert days_ago() == [1, 2, 40, 41, 43]
    assert days_ago(types=("campaign.created", "campaign.deleted")) == [1, 40]
    assert days_ago(actor="key_1") == [1, 40]
    assert days_ago(actor="schedule") == [41]
    assert days_ago(actor="catalogue") == [43]
    assert days_ago(actor="catalogue", campaign=B) == [42]
    assert days_ago(actor="key_gone") == []
    assert days_ago(types=("campaign.updated",), actor="key_2", campaign=A) == [2]
    moment = int((NOW - timedelta(days=40)).timestamp() * 1_000_000)
    assert days_ago(span=ALWAYS.between(moment, None)) == [1, 2]
    assert days_ago(span=ALWAYS.between(moment - 1, None)) == [1, 2, 40]
    assert days_ago(span=ALWAYS.between(None, moment)) == [41, 43]
    assert days_ago(span=ALWAYS.between(None, moment + 1)) == [40, 41, 43]
    assert days_ago(span=ALWAYS.between(moment - 1, moment + 1), campaign=B) == [40]
    assert days_ago(span=ALWAYS.between(moment, moment)) == []
    assert days_ago(campaign="cmp_unknown") == []
    assert days_ago(campaign="2026-03") == []


def test_each_tenant_sees_its_own(writer: HistoryWriter, reader: HistoryReader) -> None:
    writer.record(happened(1, tenant=tenant, text=tenant) for tenant in ("acme", "globex", "acme-2"))
    for tenant in ("acme", "globex", "acme-2"):
        for filters in (EventFilters(), EventFilters(campaign=A)):
            assert [each["text"] for each in found(reader, filters, tenant)] == [tenant]
    assert found(reader, tenant="nobody") == []


def test_what_is_older_than_it_is_kept_is_not_shown(table: Table, writer: HistoryWriter, reader: HistoryReader) -> None:
    """TTL deletes within days, not at once."""
    writer.record([happened(364), happened(366), happened(400), happened(500)])
    assert len(found(reader)) == len(found(reader, EventFilters(campaign=A))) == 1
    assert len(found(HistoryReader(table, timedelta(days=450), lambda: NOW))) == 3


def test_each_item_has_its_end(table: Table, writer: HistoryWriter) -> None:
    writer.record([happened(10)])
    items = table.send("scan")["Items"]
    assert {item["PK"]["S"] for item in items} == {f"TENANT#acme#EVENTS#{A}", "TENANT#acme#EVENTS#2026-03"}
    expiry = NOW - timedelta(days=10) + KEPT
    assert {int(item["expiresAt"]["N"]) for item in items} == {int(expiry.timestamp())}


def test_a_cursor_belongs_to_its_tenant_and_query(writer: HistoryWriter, reader: HistoryReader) -> None:
    writer.record(happened(each) for each in range(5))
    cursor = reader.list("acme", EventFilters(), 2, None).next_cursor
    assert cursor
    others: list[tuple[str, EventFilters]] = [
        ("globex", EventFilters()),
        ("acme", EventFilters(campaign=A)),
        ("acme", EventFilters(types=("campaign.updated",))),
        ("acme", EventFilters(actor="key_1")),
        ("acme", EventFilters(span=ALWAYS.between(1, None))),
    ]
    for tenant, filters in others:
        with pytest.raises(InvalidInput, match="cursor"):
            reader.list(tenant, filters, 2, cursor)
    for place in ("", "x", "2026-03", "2026-03-15T12:00:00.000Z#" + "x" * 2000, "9999-99-99T99:99:99.999Z#\n"):
        with pytest.raises(InvalidInput, match="cursor"):
            reader.list("acme", EventFilters(), 2, encode_cursor("acme", place, str(EventFilters())))
    invented = encode_cursor("acme", "2026-03-14T00:00:00.000Z#x", str(EventFilters()))
    assert len(reader.list("acme", EventFilters(), 9, invented).events) == 3


def test_what_comes_while_one_turns_pages_disturbs_nobody(writer: HistoryWriter, reader: HistoryReader) -> None:
    writer.record(happened(each) for each in range(1, 40, 3))
    first = reader.list("acme", EventFilters(), 4, None)
    writer.record([happened(0), happened(0.5, B)])
    rest = reader.list("acme", EventFilters(), 100, first.next_cursor)
    assert [json.loads(each)["at"] for each in (*first.events, *rest.events)] == [
        timestamp(NOW - timedelta(days=each)) for each in range(1, 40, 3)
    ]


def test_a_page_ends_before_it_is_too_large(
    writer: HistoryWriter, reader: HistoryReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_reader, "MAX_PAGE_BYTES", 5_000)
    writer.record(happened(each, text="x" * 1_000) for each in range(10))
    assert [len(page) for page in pages(reader, EventFilters(), 100)] == [4, 4, 2]
    writer.record([happened(11, text="x" * 10_000)])
    assert [len(page) for page in pages(reader, EventFilters(), 100)] == [4, 4, 2, 1]


def test_a_search_goes_on_where_its_budget_ended(
    writer: HistoryWriter, reader: HistoryReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be short or empty then, and its cursor goes on, over the ends of months, too."""
    monkeypatch.setattr(history_reader, "BUDGET", 1)
    writer.record(happened(each) for each in range(0, 70, 7))
    writer.record([happened(71, B, "campaign.deleted")])
    several = list(pages(reader, EventFilters(types=("campaign.deleted",)), 100))
    assert len(several) > 3
    assert [(each["campaign"], each["type"]) for page in several for each in page] == [(B, "campaign.deleted")]


def test_calls(table: Table, writer: HistoryWriter, reader: HistoryReader) -> None:
    with counted_calls(table.client) as calls:
        writer.record([happened(1)])
    assert calls == ["BatchWriteItem"]
    with counted_calls(table.client) as calls:
        reader.list("acme", EventFilters(campaign=A), 20, None)
    assert calls == ["Query"]
    with counted_calls(table.client) as calls:
        reader.list("acme", EventFilters(), 20, None)
    assert calls == ["Query"] * 13  # from tomorrow's month to that of a year ago
    writer.record(happened(0.01, number=number) for number in range(21))
    with counted_calls(table.client) as calls:
        assert reader.list("acme", EventFilters(), 20, None).next_cursor
    assert len(calls) == 1


def test_a_change_takes_two_write_units(real_table: Table) -> None:
    """With a name, a description, an author of many words and what else a campaign usually has."""
    campaign = {
        "id": A, "name": "Q4 Product Launch", "description": "Everything around the launch in October",
        "status": "active", "labels": ["emea", "q4"], "metadata": {"crmId": "42"},
        "sequences": [{"id": f"sequence-{number}", "name": f"Sequence {number}"} for number in range(5)],
        "templates": [{"id": f"template-{number}", "name": f"Template {number}"} for number in range(5)],
        "startsAt": None, "endsAt": None, "archivedAt": None,
        "createdAt": "2025-09-15T10:00:00.000Z", "updatedAt": "2025-09-15T10:00:30.000Z", "etag": '"3"',
    }  # fmt: skip
    event = {
        "id": "evt_1f0e3dad99908345f7439f8ffabdffc4_0", "type": "campaign.updated", "tenantId": "acme",
        "occurredAt": "2025-09-15T10:00:30.000Z", "campaign": campaign, "actor": WORDY.actor, "request": WORDY.request,
        "changes": [{"field": "name", "from": "Q3 Product Launch", "to": "Q4 Product Launch"}],
    }  # fmt: skip
    change = happened(1, by=WORDY)._replace(packed=pack(json.dumps(event)))
    with billed(real_table) as bill:
        HistoryWriter(real_table, KEPT).record([change])
    assert (bill.read, bill.write) == (0, HISTORY_UNITS)


@pytest.mark.parametrize(
    ("query", "blamed"),
    [
        ({"type": "campaign.*"}, "type"),
        ({"type": "campaign.renamed"}, "type"),
        ({"type": "campaign.updated,"}, "type"),
        ({"type": "campaign.updated,campaign.updated"}, "type"),
        ({"type": ""}, "type"),
        ({"actor": ""}, "actor"),
        ({"actor": "x" * 129}, "actor"),
        ({"campaign": ""}, "campaign"),
        ({"after": "yesterday"}, "after"),
        ({"before": "2026-03-15T12:00:00"}, "before"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"since": "2026-03-15T12:00:00Z"}, "since"),
    ],
)
def test_bad_parameters_are_named(query: dict[str, str], blamed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        EVENT_QUERY.parse(query, "parameter")
    assert [each.field for each in refused.value.details] == [blamed]


def test_what_means_the_same_is_the_same() -> None:
    one = EVENT_QUERY.parse({"type": "campaign.deleted,campaign.updated", "after": "2026-03-15T12:00:00Z"})
    other = EVENT_QUERY.parse({"type": "campaign.updated, campaign.deleted", "after": "2026-03-15T13:00:00+01:00"})
    assert one == other
