"""GET /api/docs"""

import secrets
from pathlib import Path
from string import Template

import aws_lambda_powertools

from campaigns.http.endpoint import PUBLIC, Response, endpoint
from campaigns.http.request import Request

# Powertools ships Swagger UI; no other host is asked for it.
SWAGGER_UI = Path(aws_lambda_powertools.__file__).parent / "event_handler" / "openapi" / "swagger_ui"
PAGE = Template(Path(__file__).with_name("page.html").read_text()).safe_substitute(
    style=(SWAGGER_UI / "swagger-ui.min.css").read_text(), script=(SWAGGER_UI / "swagger-ui-bundle.min.js").read_text()
)


def get_docs(_request: Request, _store: None) -> Response:
    """200 with a page to read and try the API, for anybody. It runs the scripts that carry this answer's nonce only."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Response(200, PAGE.replace("%NONCE%", nonce), PUBLIC | headers)


handler = endpoint("GET /api/docs", get_docs, None, needs=None)
