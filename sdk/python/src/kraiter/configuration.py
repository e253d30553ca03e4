"""What a client is made with: a key and an address, as arguments or from the environment, and its patience."""

import inspect
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import httpx

from kraiter.observing import OnRequest, OnResponse

__version__ = "1.0.0"
_KEY = re.compile(r"kr_[A-Za-z0-9_-]+")
_WITH_CHECKSUM = re.compile(r"kr_([A-Za-z0-9]{43})([A-Za-z0-9]{6})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LONGEST_TIMEOUT = 86_400
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN = {"authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"}
"""Headers that the client sends itself."""
_OF_METHODS = {"idempotency-key", "if-match", "if-none-match"}
"""Headers that decide what may be repeated: they are arguments of methods, or go with one ``request()``."""


@dataclass(frozen=True)
class Configuration:
    """Checked here, so that a mistake shows at once and under its name. No message repeats a key or a header."""

    api_key: str = field(repr=False)
    base_url: str
    timeout: float = 30.0
    max_retries: int = 3
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    on_request: OnRequest | None = None
    on_response: OnResponse | None = None
    answers: list[httpx.Response] | None = field(default=None, repr=False)
    """Where answers are kept, if anywhere."""

    @classmethod
    def of(cls, api_key: str | None, base_url: str | None) -> "Configuration":
        """What is not given is read from the environment."""
        return cls(_checked_key(api_key), _checked_url(base_url))

    def but(self, *, headers: Mapping[str, str] | None = None, **given: Any) -> "Configuration":
        """The same with what is given, None left out, and with more headers."""
        changed = {name: value for name, value in given.items() if value is not None}
        return replace(self, headers={**self.headers, **checked_headers(headers, _OWN | _OF_METHODS)}, **changed)

    def __post_init__(self) -> None:
        if not (isinstance(self.timeout, int | float) and 0 < self.timeout <= _LONGEST_TIMEOUT):
            raise ValueError("timeout must be a number of seconds, above 0, up to a day")
        if not isinstance(self.max_retries, int) or self.max_retries < 0:
            raise ValueError("max_retries must not be negative, nor a fraction")
        for name, hook in {"on_request": self.on_request, "on_response": self.on_response}.items():
            if hook is not None and (not callable(hook) or inspect.iscoroutinefunction(hook)):
                raise TypeError(f"{name} must be a function, and none with await")

    def __str__(self) -> str:
        return f"api_key='{shown(self.api_key)}', base_url='{self.base_url}'"


def shown(api_key: str) -> str:
    """Enough of a key to tell it from others."""
    return f"{api_key[:5]}…"


def checked_headers(given: Mapping[str, str] | None, refused: set[str] = _OWN) -> dict[str, str]:
    """Headers that a caller adds, under lower-case names."""
    for name in given or {}:
        if not (isinstance(name, str) and _HEADER_NAME.fullmatch(name)):
            raise ValueError("headers must have names of letters, digits and -")
        if name.lower() in refused:
            raise ValueError(f"headers must not have {name}: the client, or an argument of a method, says it")
    return {name.lower(): header(f"headers: {name}", value) for name, value in (given or {}).items()}


def header(name: str, value: str) -> str:
    """What can be sent as a header, and is not cut short on its way."""
    whole = isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()
    if not (whole and value):
        raise ValueError(f"{name} must be 1 or more printable ASCII characters, without spaces around them")
    return value


def _checked_key(given: str | None) -> str:
    key, name = _given(given, "api_key", "CAMPAIGNS_API_KEY")
    if not _KEY.fullmatch(key):
        raise ValueError(f"{name} must be an API key: kr_, then letters, digits, - and _, with no space or line break")
    if (parts := _WITH_CHECKSUM.fullmatch(key)) and parts[2] != _checksum(parts[1]):
        raise ValueError(f"{name} is no API key: its last characters do not fit the others; was it copied whole?")
    return key


def _checksum(text: str) -> str:
    """The CRC-32 in six digits to the base of 62."""
    rest, digits = crc32(text.encode("ascii")), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = _DIGITS[digit] + digits
    return digits


def _checked_url(given: str | None) -> str:
    text, name = _given(given, "base_url", "CAMPAIGNS_BASE_URL")
    if not _is_base_url(text):
        raise ValueError(
            f"{name} must be the URL of the API (https://...), such that with /api/campaigns after it, it is the list"
        )
    return text.rstrip("/")


def _is_base_url(text: str) -> bool:
    """Without user, query and fragment: the key would not be sent, or the path end elsewhere."""
    try:
        url = urlsplit(text)
        _ = url.port  # raises where it is none
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        return False
    whole = text.isprintable() and not set(text) & set(" ?#@\\")
    return (
        whole
        and url.scheme in {"http", "https"}
        and bool(url.hostname)
        and not text.rstrip("/").endswith("/api/campaigns")
    )


def _given(value: str | None, argument: str, variable: str) -> tuple[str, str]:
    """A setting, and the name of the place that it came from."""
    if value is not None:
        return value, argument
    if found := os.environ.get(variable):
        return found, variable
    raise ValueError(f"give {argument}, or set {variable} in the environment")
