"""GET /api/campaigns"""

from campaigns.bootstrap import campaign_store
from campaigns.http.endpoint import Response, endpoint, show_page
from campaigns.http.request import ListQuery, Request
from campaigns.store.campaigns import CampaignStore


def list_campaigns(request: Request, campaigns: CampaignStore) -> Response:
    """200 with a page of campaigns, newest first."""
    query = request.query(ListQuery)
    return show_page(campaigns.list(request.tenant_id, query.limit, query.cursor))


handler = endpoint("GET /api/campaigns", list_campaigns, campaign_store())
