"""GET /api/campaigns/catalogue/templates"""

from campaigns.domain.campaign import Kind
from campaigns.domain.finding import ENTRY_QUERY
from campaigns.http.catalogue import show_entries
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.catalogue_reader import CatalogueReader


def list_templates(request: Request, catalogue: CatalogueReader) -> Response:
    """200 with a page of the templates that campaigns may hold, by id."""
    asked = request.query(ENTRY_QUERY)
    page = catalogue.list(request.tenant_id, Kind.TEMPLATE, asked.limit, asked.cursor, asked.q)
    return show_entries(page, request)


handler = endpoint(
    "GET /api/campaigns/catalogue/templates", list_templates, CatalogueReader(table()), needs="campaigns:read"
)
