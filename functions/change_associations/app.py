"""POST /api/campaigns/{id}/associations"""

from campaigns.domain.changes import ASSOCIATION_CHANGES
from campaigns.http.endpoint import Response, endpoint, show
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.changes import ChangeStore


def change_associations(request: Request, changes: ChangeStore) -> Response:
    """200 with the campaign, of which all that was to be added is part, and nothing that was to be removed."""
    wish = request.body(ASSOCIATION_CHANGES)
    return show(changes.change(request.tenant_id, request.path("id"), wish, request.if_match()))


handler = endpoint(
    "POST /api/campaigns/{id}/associations", change_associations, ChangeStore(table()), needs="campaigns:write"
)
