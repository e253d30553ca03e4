"""Which methods the API's paths answer, for those who use another."""

import re

_METHODS_BY_PATH = (
    (re.compile(r"/api/(docs|openapi\.json)/?"), "GET"),
    (re.compile(r"/api/campaigns/?"), "GET, POST"),
    (re.compile(r"/api/campaigns/[^/]+/?"), "GET, PATCH, DELETE"),
    (re.compile(r"/api/campaigns/[^/]+/(sequences|templates)/[^/]+/?"), "POST, DELETE"),
)


def allowed_methods(path: str) -> str | None:
    """The methods of a path, as the ``Allow`` header lists them; None for a path that does not exist."""
    return next((methods for pattern, methods in _METHODS_BY_PATH if pattern.fullmatch(path)), None)
