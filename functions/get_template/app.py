"""GET /api/campaigns/catalogue/templates/{tplId}"""

from campaigns.domain.campaign import Kind
from campaigns.http.catalogue import show_held
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.catalogue_reader import CatalogueReader


def get_template(request: Request, catalogue: CatalogueReader) -> Response:
    """200 with the template, and how many campaigns hold it."""
    entry, count = catalogue.get(request.tenant_id, Kind.TEMPLATE, request.path("tplId"))
    return show_held(entry, count)


handler = endpoint(
    "GET /api/campaigns/catalogue/templates/{tplId}", get_template, CatalogueReader(table()), needs="campaigns:read"
)
