"""DELETE /api/campaigns/{id}/sequences/{seqId}"""

from campaigns.bootstrap import campaign_store
from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import NO_CONTENT, Response, endpoint
from campaigns.http.request import Request
from campaigns.store.campaigns import CampaignStore


def remove_sequence(request: Request, campaigns: CampaignStore) -> Response:
    """204, whether or not the campaign held the sequence."""
    campaigns.remove(request.tenant_id, request.path("id"), Kind.SEQUENCE, request.path("seqId"), request.if_match())
    return NO_CONTENT


handler = endpoint("DELETE /api/campaigns/{id}/sequences/{seqId}", remove_sequence, campaign_store())
