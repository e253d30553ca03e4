"""DELETE /api/campaigns/{id}/sequences/{seqId}"""

from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import NO_CONTENT, Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.associations import AssociationStore


def remove_sequence(request: Request, associations: AssociationStore) -> Response:
    """204, whether or not the campaign held the sequence."""
    associations.remove(request.tenant_id, request.path("id"), Kind.SEQUENCE, request.path("seqId"), request.if_match())
    return NO_CONTENT


handler = endpoint(
    "DELETE /api/campaigns/{id}/sequences/{seqId}", remove_sequence, AssociationStore(table()), needs="campaigns:write"
)
