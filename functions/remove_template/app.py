"""DELETE /api/campaigns/{id}/templates/{tplId}"""

from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import NO_CONTENT, Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.associations import AssociationStore


def remove_template(request: Request, associations: AssociationStore) -> Response:
    """204, whether or not the campaign held the template."""
    associations.remove(request.tenant_id, request.path("id"), Kind.TEMPLATE, request.path("tplId"), request.if_match())
    return NO_CONTENT


handler = endpoint(
    "DELETE /api/campaigns/{id}/templates/{tplId}", remove_template, AssociationStore(table()), needs="campaigns:write"
)
