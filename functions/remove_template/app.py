"""DELETE /api/campaigns/{id}/templates/{tplId}"""

from campaigns.bootstrap import campaign_store
from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import NO_CONTENT, Response, endpoint
from campaigns.http.request import Request
from campaigns.store.campaigns import CampaignStore


def remove_template(request: Request, campaigns: CampaignStore) -> Response:
    """204, whether or not the campaign held the template."""
    campaigns.remove(request.tenant_id, request.path("id"), Kind.TEMPLATE, request.path("tplId"), request.if_match())
    return NO_CONTENT


handler = endpoint("DELETE /api/campaigns/{id}/templates/{tplId}", remove_template, campaign_store())
