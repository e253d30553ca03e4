"""Names, as they are compared and sorted."""

from unicodedata import normalize


def folded(text: str) -> str:
    """``text`` without its case, so that what differs in nothing else is alike (Unicode's canonical caseless match)."""
    return normalize("NFC", normalize("NFC", text).casefold())
