"""PUT /api/campaigns/{id}/templates"""

from campaigns.domain.campaign import Kind
from campaigns.domain.changes import EXACT_IDS
from campaigns.domain.contents import exactly
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.changes import ChangeStore


def set_templates(request: Request, changes: ChangeStore) -> Response:
    """200 with the campaign, which now holds exactly these templates, in this order."""
    wish = exactly(Kind.TEMPLATE, request.body(EXACT_IDS))
    return show(changes.change(request.tenant_id, request.path("id"), wish, request.if_match()))


handler = endpoint("PUT /api/campaigns/{id}/templates", set_templates, ChangeStore(table()), needs="campaigns:write")
