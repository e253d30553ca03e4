"""Every path and method that no other endpoint answers."""

import json
from pathlib import Path

from campaigns.domain.errors import NotFound
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.errors import MethodNotAllowed
from campaigns.http.request import Request

ALLOWED: dict[str, str] = json.loads(Path(__file__).with_name("routes.json").read_text())
"""By path, as API Gateway names it, the methods that it answers (tools/routes.py)."""


def unknown_route(request: Request, _store: None) -> Response:
    """405 where the path exists, else 404."""
    if allowed := ALLOWED.get(request.resource):
        raise MethodNotAllowed(allowed)
    raise NotFound("There is no such route.")


handler = endpoint("ANY /{proxy+}", unknown_route, None, needs=None)
