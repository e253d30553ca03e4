"""What a client is made with: a key and an address, as arguments or from the environment, and its patience."""

import math
import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zlib import crc32

import httpx

__version__ = "1.0.0"
_KEY = re.compile(r"kr_[A-Za-z0-9_-]+")
_WITH_CHECKSUM = re.compile(r"kr_([A-Za-z0-9]{43})([A-Za-z0-9]{6})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Configuration:
    """Checked here, so that a mistake shows at once and under its name."""

    api_key: str = field(repr=False)
    base_url: str
    timeout: float
    max_retries: int

    @classmethod
    def of(cls, api_key: str | None, base_url: str | None, timeout: float, max_retries: int) -> "Configuration":
        """What is not given is read from the environment. No message repeats a key, nor what stands in an address."""
        if not (isinstance(timeout, int | float) and 0 < timeout < math.inf):
            raise ValueError("timeout must be a number of seconds")
        if max_retries < 0:
            raise ValueError("max_retries must not be negative")
        return cls(_checked_key(api_key), _checked_url(base_url), timeout, max_retries)

    def __str__(self) -> str:
        return f"api_key='{shown(self.api_key)}', base_url='{self.base_url}'"


def shown(api_key: str) -> str:
    """Enough of a key to tell it from others."""
    return f"{api_key[:5]}…"


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
