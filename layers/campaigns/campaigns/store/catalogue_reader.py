"""The catalogue, as clients read it: what their campaigns may hold, and how many do."""

from typing import Any

from campaigns.domain.campaign import Kind
from campaigns.domain.catalogue import Entry, EntryPage
from campaigns.domain.finding import Count, Filters
from campaigns.domain.identifiers import bad_cursor, decode_cursor, encode_cursor, is_association_id
from campaigns.domain.names import folded
from campaigns.store import keys
from campaigns.store.finding import CampaignFinder
from campaigns.store.items import check_association_id, no_such
from campaigns.store.requests import finding as requests
from campaigns.store.searching import BUDGET, SPARE
from campaigns.store.table import Table


class CatalogueReader:
    """The sequences and templates of all tenants, by id. Every read is strongly consistent."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._campaigns = CampaignFinder(table)

    def list(self, tenant_id: str, kind: Kind, limit: int, cursor: str | None, text: str | None = None) -> EntryPage:
        """``limit`` entries, after ``cursor``, whose folded names contain ``text``. One round trip.

        A few, up to a megabyte in all, where much that is read is deleted, or called otherwise.

        Raises:
            InvalidInput: the cursor is not one that this tenant was given for this list.
        """
        bound = f"{kind.plural} {text or ''}"
        start = None if cursor is None else self._start(tenant_id, kind, decode_cursor(tenant_id, cursor, bound))
        entries: list[Entry] = []
        units = 0.0
        while True:
            some = {"Limit": limit + 1 + SPARE} if text is None else {}
            looked = self._table.look(**requests.entries(tenant_id, kind, start), **some)
            for item in looked.items:
                entry = Entry(keys.association_id_of(item["SK"]), item["name"], item["asOf"])
                if text is None or text in folded(entry.name):
                    if len(entries) == limit:
                        return EntryPage(entries, encode_cursor(tenant_id, entries[-1].id, bound))
                    entries.append(entry)
            units, start = units + looked.units, looked.last
            if start is None:
                return EntryPage(entries, None)
            if units >= BUDGET:
                reached = keys.association_id_of(start["SK"]["S"])
                return EntryPage(entries, encode_cursor(tenant_id, reached, bound))

    def get(self, tenant_id: str, kind: Kind, association_id: str) -> tuple[Entry, Count]:
        """One entry, and how many campaigns hold it. Two round trips, and one for each 100 campaigns.

        Raises:
            NotFound: the tenant has no such sequence or template.
        """
        check_association_id(kind, association_id)
        item = self._table.get(keys.catalogue_entry(tenant_id, kind, association_id))
        if item is None or "deletedAt" in item:
            raise no_such(kind)
        held = Filters(held=((kind, association_id),), archived=None)
        return Entry(association_id, item["name"], item["asOf"]), self._campaigns.count(tenant_id, held)

    def _start(self, tenant_id: str, kind: Kind, after: str) -> Any:
        if not is_association_id(after):
            raise bad_cursor()
        return keys.catalogue_entry(tenant_id, kind, after)
