"""Ids, timestamps and cursors."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import (
    decode_cursor,
    encode_cursor,
    is_association_id,
    is_campaign_id,
    new_campaign_id,
    strictly_after,
    timestamp,
)

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(MOMENTS, min_size=2, max_size=20, unique=True))
def test_ids_sort_by_creation(moments: list[datetime]) -> None:
    ids = [new_campaign_id(moment) for moment in sorted(moments)]
    assert ids == sorted(ids)
    assert all(map(is_campaign_id, ids))


def test_ids_of_one_moment_differ() -> None:
    now = datetime(2025, 9, 15, 10, tzinfo=UTC)
    ids = {new_campaign_id(now) for _ in range(1000)}
    assert len(ids) == 1000
    # The time is the ULID's first ten characters, as any ULID library reads it.
    assert {id_[:14] for id_ in ids} == {"cmp_01K56D2A80"}


@given(MOMENTS)
def test_timestamps_sort_as_text_and_have_milliseconds(moment: datetime) -> None:
    assert timestamp(moment) < timestamp(moment + timedelta(milliseconds=1))
    assert len(timestamp(moment)) == len("2025-09-15T10:00:00.000Z")
    assert datetime.fromisoformat(timestamp(moment)) <= moment


def test_timestamps_are_in_utc() -> None:
    moment = datetime(2025, 9, 15, 12, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2025-09-15T10:00:00.000Z"


@given(MOMENTS, MOMENTS)
def test_updates_move_strictly_forward(earlier: datetime, now: datetime) -> None:
    moved = strictly_after(timestamp(earlier), now)
    assert moved > timestamp(earlier)
    assert moved >= timestamp(now)


@given(MOMENTS, st.text(max_size=20))
def test_a_cursor_leads_back_to_where_it_was_made(moment: datetime, tenant_id: str) -> None:
    campaign_id = new_campaign_id(moment)
    assert decode_cursor("acme", encode_cursor("acme", campaign_id)) == campaign_id
    if tenant_id != "acme":
        with pytest.raises(InvalidInput):
            decode_cursor(tenant_id, encode_cursor("acme", campaign_id))


@given(st.text() | st.binary().map(lambda junk: junk.hex()))
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(InvalidInput, match="cursor must be the nextCursor of an earlier page"):
        decode_cursor("acme", text)


@pytest.mark.parametrize("text", ["", "cmp_", "cmp_01K564RQ20ILOU0000000000000", "CMP_01K564RQ200000000000000000"])
def test_what_is_no_campaign_id(text: str) -> None:
    assert not is_campaign_id(text)
    assert not is_campaign_id("cmp_81K564RQ200000000000000000")  # beyond 128 bits
    assert not is_campaign_id("cmp_01K564RQ200000000000000000\n")


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="/"), min_size=1, max_size=128)
)
def test_association_ids_are_free_form(text: str) -> None:
    assert is_association_id(text)
    assert not is_association_id(text + "/")
    assert not is_association_id(text + "\x85")
