"""GET /api/campaigns/whoami"""

import json

from campaigns.domain.scopes import SCOPES
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request


def whoami(request: Request, _store: None) -> Response:
    """200 with the tenant, and the API key that the request came with: what it may do, and until when. Any key may."""
    caller = request.caller
    key = {
        "id": caller.get("keyId"),
        "name": caller.get("keyName"),
        "scopes": request.scopes or SCOPES,
        "expiresAt": caller.get("keyExpiresAt"),
    }
    return Response(200, json.dumps({"tenantId": request.tenant_id, "key": key}, ensure_ascii=False))


handler = endpoint("GET /api/campaigns/whoami", whoami, None, needs=None)
