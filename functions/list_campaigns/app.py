"""GET /api/campaigns"""

from campaigns.domain.inputs import LIST_QUERY
from campaigns.http.endpoint import Response, endpoint, show_page
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.finding import CampaignFinder


def list_campaigns(request: Request, campaigns: CampaignFinder) -> Response:
    """200 with a page of campaigns, newest first."""
    page = request.query(LIST_QUERY)
    return show_page(campaigns.list(request.tenant_id, page.limit, page.cursor))


handler = endpoint("GET /api/campaigns", list_campaigns, CampaignFinder(table()), needs="campaigns:read")
