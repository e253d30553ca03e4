"""Names and labels, as they are compared and sorted."""

from collections.abc import Iterable
from unicodedata import normalize


def folded(text: str) -> str:
    """``text`` without its case, so that what differs in nothing else is alike (Unicode's canonical caseless match)."""
    return normalize("NFC", normalize("NFC", text).casefold())


def sorted_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Each label once, as it was written first, in the order of what is left without their case."""
    first: dict[str, str] = {}
    for label in labels:
        first.setdefault(folded(label), label)
    return tuple(first[key] for key in sorted(first))
