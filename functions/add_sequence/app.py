"""POST /api/campaigns/{id}/sequences/{seqId}"""

from campaigns.bootstrap import campaign_store
from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.store.campaigns import CampaignStore


def add_sequence(request: Request, campaigns: CampaignStore) -> Response:
    """200 with the campaign, which now holds the sequence."""
    return show(campaigns.add(request.tenant_id, request.path("id"), Kind.SEQUENCE, request.path("seqId")))


handler = endpoint("POST /api/campaigns/{id}/sequences/{seqId}", add_sequence, campaign_store())
