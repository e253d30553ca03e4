"""Every path and method that no other endpoint answers."""

from campaigns.domain.errors import NotFound
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.errors import MethodNotAllowed
from campaigns.http.request import Request
from campaigns.http.routes import ALLOWED


def unknown_route(request: Request, _store: None) -> Response:
    """405 where the path exists, else 404."""
    if allowed := ALLOWED.get(request.resource):
        raise MethodNotAllowed(allowed)
    raise NotFound("There is no such route.")


handler = endpoint("ANY /{proxy+}", unknown_route, None)
