"""POST /api/campaigns/{id}/templates/{tplId}"""

from campaigns.bootstrap import campaign_store
from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.store.campaigns import CampaignStore


def add_template(request: Request, campaigns: CampaignStore) -> Response:
    """200 with the campaign, which now holds the template."""
    return show(campaigns.add(request.tenant_id, request.path("id"), Kind.TEMPLATE, request.path("tplId")))


handler = endpoint("POST /api/campaigns/{id}/templates/{tplId}", add_template, campaign_store())
