"""POST /api/campaigns/{id}/templates/{tplId}"""

from campaigns.domain.campaign import Kind
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.associations import AssociationStore


def add_template(request: Request, associations: AssociationStore) -> Response:
    """200 with the campaign, which now holds the template."""
    return show(associations.add(request.tenant_id, request.path("id"), Kind.TEMPLATE, request.path("tplId")))


handler = endpoint(
    "POST /api/campaigns/{id}/templates/{tplId}", add_template, AssociationStore(table()), needs="campaigns:write"
)
