"""POST /api/campaigns/{id}/sequences/{seqId}"""

from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.associations import AssociationStore


def add_sequence(request: Request, associations: AssociationStore) -> Response:
    """200 with the campaign, which now holds the sequence."""
    return show(associations.add(request.tenant_id, request.path("id"), Kind.SEQUENCE, request.path("seqId")))


handler = endpoint(
    "POST /api/campaigns/{id}/sequences/{seqId}", add_sequence, AssociationStore(table()), needs="campaigns:write"
)
