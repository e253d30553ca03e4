"""GET /api/openapi.json"""

from pathlib import Path

from campaigns.http.endpoint import PUBLIC, Response, endpoint
from campaigns.http.request import Request

DOCUMENT = Path(__file__).with_name("openapi.json").read_text()


def get_openapi(_request: Request, _store: None) -> Response:
    """200 with the API's OpenAPI document, for anybody."""
    return Response(200, DOCUMENT, PUBLIC)


handler = endpoint("GET /api/openapi.json", get_openapi, None, needs=None)
