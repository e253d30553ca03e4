"""POST /api/campaigns/{id}/clone"""

from campaigns.domain.inputs import CLONE_OPTIONS
from campaigns.http.endpoint import Response, endpoint, show_created
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.clones import CloneStore


def clone_campaign(request: Request, clones: CloneStore) -> Response:
    """201 with the clone, a draft; or once more with the one that the same idempotency key has made."""
    options, key = request.body(CLONE_OPTIONS, may_be_absent=True), request.idempotency_key()
    made = clones.clone(request.tenant_id, request.path("id"), options, key)
    return show_created(made.campaign, f"../../../api/campaigns/{made.campaign.id}", replayed=made.replayed)


handler = endpoint("POST /api/campaigns/{id}/clone", clone_campaign, CloneStore(table()), needs="campaigns:write")
