"""GET /api/campaigns/{id}"""

from campaigns.http.endpoint import Response, endpoint, not_modified, show
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.campaigns import CampaignStore


def get_campaign(request: Request, campaigns: CampaignStore) -> Response:
    """200 with the campaign, or 304 where the client has it already."""
    campaign = campaigns.get(request.tenant_id, request.path("id"))
    return not_modified(campaign) if request.none_match(campaign.etag) else show(campaign)


handler = endpoint("GET /api/campaigns/{id}", get_campaign, CampaignStore(table()), needs="campaigns:read")
