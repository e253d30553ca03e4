"""GET /api/docs"""

import hashlib
import re
from base64 import b64encode
from pathlib import Path

import aws_lambda_powertools

from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.http.static import Static

# Powertools ships Swagger UI; no other host is asked for it.
SWAGGER_UI = Path(aws_lambda_powertools.__file__).parent / "event_handler" / "openapi" / "swagger_ui"
PAGE = Path(__file__).with_name("page.html").read_text()
LIBRARY = (SWAGGER_UI / "swagger-ui-bundle.min.js").read_text()
STYLE = (SWAGGER_UI / "swagger-ui.min.css").read_text()


def allowed(script: str) -> str:
    """A script as a policy names it."""
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


(START,) = re.findall(r"<script>(\n.+?)</script>", PAGE, re.DOTALL)
POLICY = (
    f"default-src 'none'; script-src {allowed(LIBRARY)} {allowed(START)}; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DOCS = Static(
    PAGE.replace("$style", STYLE).replace("$library", LIBRARY),
    {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY},
)


def get_docs(request: Request, _store: None) -> Response:
    """200 with a page to read and try the API, for anybody. It runs its own two scripts only."""
    return DOCS.answer(request)


handler = endpoint("GET /api/docs", get_docs, None, needs=None)
