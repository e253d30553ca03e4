"""The methods on the catalogue."""

from kraiter import finding
from kraiter._sync.pages import Listing
from kraiter._sync.subject import Subject
from kraiter.models import CatalogueEntry


class Catalogue(Subject):
    """What campaigns may hold, by id; other services own it. Every method may raise a ``KraiterError``."""

    def sequences(
        self, *, q: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Listing[CatalogueEntry]:
        """The sequences, by id: those with ``q`` in their names, in pages of ``limit``, from ``cursor`` on."""
        return self._entries("sequences", q, limit, cursor)

    def sequence(self, sequence_id: str) -> CatalogueEntry:
        """One sequence, with its ``campaign_count``: how many campaigns hold it, archived ones among them."""
        return self._do(finding.entry("sequences", sequence_id, self._retries))

    def templates(
        self, *, q: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Listing[CatalogueEntry]:
        """The templates, by id: those with ``q`` in their names, in pages of ``limit``, from ``cursor`` on."""
        return self._entries("templates", q, limit, cursor)

    def template(self, template_id: str) -> CatalogueEntry:
        """One template, with its ``campaign_count``: how many campaigns hold it, archived ones among them."""
        return self._do(finding.entry("templates", template_id, self._retries))

    def _entries(
        self, kind: finding.Kinds, q: str | None, limit: int | None, cursor: str | None
    ) -> Listing[CatalogueEntry]:
        return Listing(
            lambda after, most: self._do(finding.entries(kind, q, after, most, self._retries)), cursor, limit
        )
