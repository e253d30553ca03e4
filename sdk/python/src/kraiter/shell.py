"""What the command line and the MCP server have in common: settings, and errors that are told once."""

import os
import re

from kraiter.configuration import shown
from kraiter.errors import KraiterError

KEY, URL = "CAMPAIGNS_API_KEY", "CAMPAIGNS_BASE_URL"
_AT_FAULT = {"UNAUTHORISED": KEY, "FORBIDDEN": KEY, "NO_ANSWER": URL, "UNEXPECTED_ANSWER": URL}
# What moves, colours or reorders: C0 and C1 but for the line feed, line separators, bidirectional embeddings.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def missing_settings() -> str | None:
    """What to set before anything can be done."""
    missing = [name for name in (KEY, URL) if not os.environ.get(name)]
    return f"set {' and '.join(missing)} in the environment" if missing else None


def setting_at_fault(error: KraiterError, profile: tuple[str, str, str] | None = None) -> str | None:
    """The setting that is to blame, or may be, and what it is; of the key only its beginning.

    ``profile`` has a key, a URL and where both come from, where that is not the environment.
    """
    if not (name := _AT_FAULT.get(error.code)):
        return None
    if profile is None:
        value = os.environ.get(name, "")
        return f"{name} is {shown(value) if name == KEY else value}"
    key, url, source = profile
    return f"the key of {source} is {shown(key)}" if name == KEY else f"the URL of {source} is {url}"


def unsaid_details(error: KraiterError) -> list[str]:
    """The details that the message does not tell already, as it does where fields are not valid."""
    return [
        f"{each.field}: {each.message}" for each in error.details if f"{each.field} {each.message}" not in error.message
    ]


def without_controls(text: str) -> str:
    """Text that a terminal only shows, whoever wrote it."""
    return _CONTROL.sub("\ufffd", text)
