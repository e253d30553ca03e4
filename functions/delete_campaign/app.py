"""DELETE /api/campaigns/{id}"""

from campaigns.http.endpoint import NO_CONTENT, Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.campaigns import CampaignStore


def delete_campaign(request: Request, campaigns: CampaignStore) -> Response:
    """204; the sequences and templates stay."""
    campaigns.delete(request.tenant_id, request.path("id"), request.if_match())
    return NO_CONTENT


handler = endpoint("DELETE /api/campaigns/{id}", delete_campaign, CampaignStore(table()), needs="campaigns:write")
