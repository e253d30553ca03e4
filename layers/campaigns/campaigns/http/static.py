"""What is the same for everybody and for as long as the function lives: compressed, and not sent to who has it."""

import hashlib
import os
import zlib
from base64 import b64encode
from functools import cached_property

from campaigns.domain.errors import NotFound
from campaigns.http.endpoint import Response
from campaigns.http.request import Request


class Static:
    """A text, and the headers that go with it."""

    def __init__(self, text: str, headers: dict[str, str]) -> None:
        self._text = text
        # Weak: it names the text, however the answer is encoded.
        self._tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        caching = {"Cache-Control": "public, max-age=300", "ETag": f"W/{self._tag}", "Vary": "Accept-Encoding"}
        self._headers = headers | caching

    def answer(self, request: Request) -> Response:
        """200 with the text, by gzip for whoever takes that, or 304 for whoever has it; 404 where it is left out."""
        if os.environ.get("CAMPAIGNS_DOCUMENTATION") == "false":
            raise NotFound("There is no such route.")
        if request.none_match(self._tag):
            return Response(304, headers=self._headers)
        if request.accepts_gzip:
            return Response(200, self._compressed, self._headers | {"Content-Encoding": "gzip"}, is_base64=True)
        return Response(200, self._text, self._headers)

    @cached_property
    def _compressed(self) -> str:
        """In base64: a function's answer is JSON."""
        return b64encode(zlib.compress(self._text.encode(), wbits=31)).decode()
