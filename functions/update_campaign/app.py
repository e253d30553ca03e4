"""PATCH /api/campaigns/{id}"""

from campaigns.domain.inputs import CAMPAIGN_PATCH
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.campaigns import CampaignStore


def update_campaign(request: Request, campaigns: CampaignStore) -> Response:
    """200 with the campaign after the merge patch."""
    patch = request.body(CAMPAIGN_PATCH)
    return show(campaigns.update(request.tenant_id, request.path("id"), patch, request.if_match()))


handler = endpoint("PATCH /api/campaigns/{id}", update_campaign, CampaignStore(table()), needs="campaigns:write")
