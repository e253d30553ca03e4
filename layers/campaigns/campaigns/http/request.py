"""What an endpoint reads of a request."""

import base64
import binascii
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from campaigns.domain.actors import Author, readable
from campaigns.domain.errors import FieldError, InvalidInput
from campaigns.http.errors import PayloadTooLarge, Unauthorised, UnsupportedMediaType

if TYPE_CHECKING:
    from campaigns.domain.parsing import Input

MAX_BODY_BYTES = 65_536
"""More than twice what the longest name and description take, with every character escaped."""
_JSON = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?\s*(;\s*)?', re.IGNORECASE)
_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_ENTITY_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_ENTITY_TAGS = re.compile(rf"{_ENTITY_TAG}(?:[ \t]*,[ \t]*{_ENTITY_TAG}){{0,49}}")


class Request:
    """One API Gateway proxy event, read with the contract's rules."""

    def __init__(self, event: dict[str, Any]) -> None:
        self._event = event
        given = event.get("multiValueHeaders") or {}
        self._headers: dict[str, list[str]] = {name.lower(): values for name, values in given.items()}

    @property
    def request_id(self) -> str:
        """API Gateway's id of the request: the extended one, since a client's header can choose the other."""
        return str(self._event["requestContext"]["extendedRequestId"])

    @property
    def is_head(self) -> bool:
        """Whether the client wants the headers of an answer alone."""
        return bool(self._event["httpMethod"] == "HEAD")

    @property
    def accepts_gzip(self) -> bool:
        """Whether the client takes a compressed answer."""
        return bool(_GZIP.search(self._header("accept-encoding")))

    @property
    def tenant_id(self) -> str:
        """The tenant that the authorizer found for the API key."""
        if self.tenant_id_or_none is None:
            raise Unauthorised("Send a valid API key: Authorization: Bearer kr_...")
        return self.tenant_id_or_none

    @property
    def tenant_id_or_none(self) -> str | None:
        """The same on a route that needs no key."""
        return self.caller.get("tenantId")

    @property
    def caller(self) -> dict[str, str]:
        """What the authorizer says of the API key (functions/authorize); nothing on a route that needs no key."""
        return self._event["requestContext"].get("authorizer") or {}

    @property
    def scopes(self) -> list[str]:
        """What the API key may do; nothing named means all."""
        return self.caller.get("scopes", "").split()

    def author(self, *, keeps_address: bool = True) -> Author | None:
        """Who asks, and how; None on a route that needs no key.

        The address is the one that API Gateway was reached from: ``X-Forwarded-For`` is anybody's to write.
        """
        if self.tenant_id_or_none is None:
            return None
        identity = self._event["requestContext"].get("identity") or {}
        return Author(
            {"type": "api_key", "id": self.caller.get("keyId"), "name": self.caller.get("keyName")},
            {
                "id": self.request_id,
                "ip": identity.get("sourceIp") if keeps_address else None,
                "userAgent": readable(identity.get("userAgent")),
            },
        )

    @property
    def resource(self) -> str:
        """The resource of the API that the path belongs to (``/api/campaigns/{id}``), whatever stands before it."""
        return str(self._event["resource"])

    def path(self, name: str) -> str:
        """A path parameter, percent-decoded once: a REST API passes it as the client wrote it.

        Bytes that are no UTF-8 become lone surrogates, which no id may hold: such an id is not found.
        """
        return unquote(self._event["pathParameters"][name], errors="surrogateescape")

    def query[Value](self, expected: "Input[Value]") -> Value:
        """The query string as what is expected."""
        given: dict[str, list[str]] = self._event.get("multiValueQueryStringParameters") or {}
        repeated = [FieldError(name, "must be given once") for name, values in given.items() if len(values) > 1]
        if repeated:
            raise InvalidInput.of_fields(repeated)
        return expected.parse({name: values[0] for name, values in given.items()}, "parameter")

    def link_to(self, cursor: str) -> str:
        """The link to the page at ``cursor`` of what the query asks for, relative to the URL of this request."""
        given: dict[str, list[str]] = self._event.get("multiValueQueryStringParameters") or {}
        return f'<?{urlencode({**given, "cursor": cursor}, doseq=True)}>; rel="next"'

    def body[Value](self, expected: "Input[Value]", *, may_be_absent: bool = False) -> Value:
        """The JSON body as what is expected. It must be there, be marked as JSON, and be no larger than it may.

        Where it ``may_be_absent``, none is an empty object.
        """
        raw = self._raw_body()
        if not raw and may_be_absent:
            return expected.parse({})
        if not raw:
            raise InvalidInput.of("body", "must be a JSON object")
        if not _JSON.fullmatch(self._header("content-type")):
            raise UnsupportedMediaType("Send the body as Content-Type: application/json, in UTF-8.")
        if len(raw) > MAX_BODY_BYTES:
            raise PayloadTooLarge(f"The body must have at most {MAX_BODY_BYTES} bytes.")
        return expected.parse_json(raw)

    def idempotency_key(self) -> str | None:
        """The key that says which creations are one and the same; None where the client sends none."""
        match self._headers.get("idempotency-key", []):
            case []:
                return None
            case [key] if _IDEMPOTENCY_KEY.fullmatch(key):
                return key
        raise InvalidInput.of("Idempotency-Key", "must be 1-255 printable ASCII characters, given once")

    def if_match(self) -> Collection[int] | None:
        """The versions that the client accepts; None where it accepts any (no header, or ``*``)."""
        header = self._entity_tags("If-Match", "*")
        if header == "*":
            return None
        # A weak tag never matches here (RFC 9110, section 13.1.1), nor does one that this service does not make.
        versions = {int(tag) for tag in re.findall(r'(?<!W/)"([1-9][0-9]{0,14})"', header)}
        return versions or {0}

    def none_match(self, entity_tag: str) -> bool:
        """Whether the client already has what ``entity_tag`` names."""
        if "if-none-match" not in self._headers:
            return False
        header = self._entity_tags("If-None-Match")
        return header == "*" or entity_tag in re.findall(r'"[^"]*"', header)

    def _entity_tags(self, name: str, default: str = "") -> str:
        """A header that lists ETags, or is ``*``."""
        header = self._header(name.lower(), default)
        if header != "*" and not _ENTITY_TAGS.fullmatch(header):
            raise InvalidInput.of(name, 'must be * or at most 50 ETags, each in quotes: "3"')
        return header

    def _header(self, name: str, default: str = "") -> str:
        """A header's value, the values of repeated ones joined as HTTP has it."""
        return ", ".join(self._headers.get(name, [default])).strip()

    def _raw_body(self) -> bytes:
        body = self._event.get("body") or ""
        if not self._event.get("isBase64Encoded"):
            return str(body).encode(errors="surrogatepass")
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInput.of("body", "must be valid base64 where it is marked so") from error
