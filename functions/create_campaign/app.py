"""POST /api/campaigns"""

from campaigns.domain.inputs import NEW_CAMPAIGN
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.campaigns import CampaignStore


def create_campaign(request: Request, campaigns: CampaignStore) -> Response:
    """201 with the new campaign, a draft; or once more with the one that the same idempotency key has made."""
    tenant_id, new, key = request.tenant_id, request.body(NEW_CAMPAIGN), request.idempotency_key()
    campaign, replayed = (
        (campaigns.create(tenant_id, new), False) if key is None else campaigns.create_with_key(tenant_id, new, key)
    )
    # Relative to the URL of the request, so that it is right behind any stage, domain or base path.
    headers = {"Location": f"../api/campaigns/{campaign.id}"} | ({"Idempotent-Replayed": "true"} if replayed else {})
    return show(campaign, 201, headers)


handler = endpoint("POST /api/campaigns", create_campaign, CampaignStore(table()), needs="campaigns:write")
