"""POST /api/campaigns"""

from campaigns.domain.inputs import NEW_CAMPAIGN
from campaigns.http.endpoint import Response, endpoint, show_created
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.creation import CreationStore


def create_campaign(request: Request, campaigns: CreationStore) -> Response:
    """201 with the new campaign, a draft; or once more with the one that the same idempotency key has made."""
    tenant_id, new, key = request.tenant_id, request.body(NEW_CAMPAIGN), request.idempotency_key()
    campaign, replayed = (
        (campaigns.create(tenant_id, new), False) if key is None else campaigns.create_with_key(tenant_id, new, key)
    )
    return show_created(campaign, f"../api/campaigns/{campaign.id}", replayed=replayed)


handler = endpoint("POST /api/campaigns", create_campaign, CreationStore(table()), needs="campaigns:write")
