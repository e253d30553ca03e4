"""GET /api/openapi.json"""

from pathlib import Path

from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.static import Static

DOCUMENT = Static(Path(__file__).with_name("openapi.json").read_text(), {})


def get_openapi(request: Request, _store: None) -> Response:
    """200 with the API's OpenAPI document, for anybody."""
    return DOCUMENT.answer(request)


handler = endpoint("GET /api/openapi.json", get_openapi, None, needs=None)
