"""The history, as it is written: from the table's stream, by the one reader of it that also fills the bus."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from campaigns.domain.actors import Author
from campaigns.domain.history import Recorded
from campaigns.store import keys
from campaigns.store.items import author_in
from campaigns.store.requests import history as requests
from campaigns.store.table import Table

type CampaignOf = tuple[str, str]
"""A tenant, and one of its campaigns."""


class HistoryWriter:
    """The histories of all tenants. What is written twice is there once."""

    def __init__(self, table: Table, kept: timedelta) -> None:
        """``kept`` is how long an event is kept after it occurred."""
        self._table = table
        self._kept = kept

    def record(self, events: Iterable[Recorded]) -> None:
        """Write events. One round trip for each 25 items, two for most events."""
        self._table.put_all(item for event in events for item in requests.items(event, self._expiry(event)))

    def deleted_by(self, campaigns: Iterable[CampaignOf]) -> Mapping[CampaignOf, Author]:
        """Who deleted these campaigns, where that was noted. One round trip for each 100; none for none.

        The transaction that deletes writes the note, and may have done one and not yet the other.
        """
        asked = list(dict.fromkeys(campaigns))
        notes = self._table.get_settled(keys.deletion(*each) for each in asked)
        return {
            each: author_in(note["changedBy"])
            for each, note in zip(asked, notes, strict=True)
            if note is not None and note["changedBy"] is not None
        }

    def _expiry(self, event: Recorded) -> int:
        return int((datetime.fromisoformat(event.occurred_at) + self._kept).timestamp())
