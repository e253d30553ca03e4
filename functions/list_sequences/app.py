"""GET /api/campaigns/catalogue/sequences"""

from campaigns.domain.campaign import Kind
from campaigns.domain.finding import ENTRY_QUERY
from campaigns.http.catalogue import show_entries
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.catalogue_reader import CatalogueReader


def list_sequences(request: Request, catalogue: CatalogueReader) -> Response:
    """200 with a page of the sequences that campaigns may hold, by id."""
    asked = request.query(ENTRY_QUERY)
    page = catalogue.list(request.tenant_id, Kind.SEQUENCE, asked.limit, asked.cursor, asked.q)
    return show_entries(page, request)


handler = endpoint(
    "GET /api/campaigns/catalogue/sequences", list_sequences, CatalogueReader(table()), needs="campaigns:read"
)
