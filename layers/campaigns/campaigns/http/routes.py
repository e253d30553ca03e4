"""Which methods the API's resources answer, for those who use another."""

from collections.abc import Mapping

_ASSOCIATION = "POST, DELETE"
ALLOWED: Mapping[str, str] = {
    "/api/docs": "GET, HEAD",
    "/api/openapi.json": "GET, HEAD",
    "/api/campaigns": "GET, HEAD, POST",
    "/api/campaigns/{id}": "GET, HEAD, PATCH, DELETE",
    "/api/campaigns/{id}/sequences/{seqId}": _ASSOCIATION,
    "/api/campaigns/{id}/templates/{tplId}": _ASSOCIATION,
}
"""By resource, as API Gateway names it, the ``Allow`` header."""
