"""GET /api/campaigns"""

from campaigns.domain.finding import LIST_QUERY
from campaigns.http.endpoint import Response, endpoint, show_page
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.finding import CampaignFinder


def list_campaigns(request: Request, campaigns: CampaignFinder) -> Response:
    """200 with a page of the campaigns that are what the parameters ask for, in the order that they ask for."""
    asked = request.query(LIST_QUERY)
    if asked.ids is not None:
        return show_page(campaigns.those(request.tenant_id, asked.ids), request)
    return show_page(campaigns.list(request.tenant_id, asked.limit, asked.cursor, asked.query), request)


handler = endpoint("GET /api/campaigns", list_campaigns, CampaignFinder(table()), needs="campaigns:read")
