"""POST /api/campaigns"""

from campaigns.bootstrap import campaign_store
from campaigns.domain.campaign import NewCampaign
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.store.campaigns import CampaignStore


def create_campaign(request: Request, campaigns: CampaignStore) -> Response:
    """201 with the new campaign, a draft."""
    campaign = campaigns.create(request.tenant_id, request.body(NewCampaign))
    # Relative to the URL of the request, so that it is right behind any stage, domain or base path.
    return show(campaign, 201, {"Location": f"../api/campaigns/{campaign.id}"})


handler = endpoint("POST /api/campaigns", create_campaign, campaign_store())
