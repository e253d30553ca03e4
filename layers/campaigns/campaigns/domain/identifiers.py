"""Ids, cursors and timestamps.

Ids and timestamps are made when they are needed, never at import, which a function's environments may share.
"""

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.domain.errors import InvalidInput

Clock = Callable[[], datetime]

ID_LENGTH = 30
"""Of a campaign's id, in characters."""
MAX_ID_LENGTH = 128
"""Of a sequence's or template's."""

_PREFIX = "cmp_"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, as in the ULID specification
_CAMPAIGN_ID = re.compile(rf"{_PREFIX}[0-7][{_ALPHABET}]{{25}}", re.ASCII)
_DELIVERY_ID = re.compile(rf"dlv_[0-7][{_ALPHABET}]{{25}}", re.ASCII)
_WEBHOOK_ID = re.compile(rf"wh_[0-7][{_ALPHABET}]{{25}}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR_DIGEST_BYTES = 12
_FORBIDDEN_IN_IDS = re.compile(r"[\x00-\x1f\x7f-\x9f/\ud800-\udfff]")


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def new_campaign_id(now: datetime) -> str:
    """``cmp_`` and a ULID: ids sort by creation."""
    return new_id(_PREFIX, now)


def new_id(prefix: str, now: datetime) -> str:
    """A prefix and a ULID: ids sort by creation.

    The first 10 of the ULID's 80 random bits hold the microseconds within the millisecond, so that ids made by one
    process in the same millisecond still sort; RFC 9562 (section 6.2, method 3) does the same for UUIDv7.
    """
    milliseconds, microseconds = divmod((now - _EPOCH) // timedelta(microseconds=1), 1000)
    return _id(prefix, (milliseconds << 80) | (microseconds << 70) | secrets.randbits(70))


def ids_between(first: int, last: int) -> tuple[str, str]:
    """The least and the greatest id of campaigns made from one millisecond since 1970 to another."""
    return _campaign_id(first << 80), _campaign_id((last << 80) | ((1 << 80) - 1))


def id_at(prefix: str, moment: datetime, rest: int) -> str:
    """A prefix and the ULID of a moment, whose 80 other bits are given."""
    return _id(prefix, ((moment - _EPOCH) // timedelta(milliseconds=1) << 80) | rest)


def _campaign_id(value: int) -> str:
    return _id(_PREFIX, value)


def _id(prefix: str, value: int) -> str:
    return prefix + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -5, -5))


def is_campaign_id(text: str) -> bool:
    """Whether ``text`` could be the id of a campaign."""
    return _CAMPAIGN_ID.fullmatch(text) is not None


def is_webhook_id(text: str) -> bool:
    """Whether ``text`` could be the id of a webhook."""
    return _WEBHOOK_ID.fullmatch(text) is not None


def is_delivery_id(text: str) -> bool:
    """Whether ``text`` could be the id of a delivery."""
    return _DELIVERY_ID.fullmatch(text) is not None


def is_association_id(text: str) -> bool:
    """Whether ``text`` could be the id of a sequence or template: 1-128 characters, no control characters, no ``/``."""
    return 1 <= len(text) <= MAX_ID_LENGTH and _FORBIDDEN_IN_IDS.search(text) is None


def encode_cursor(tenant_id: str, position: str, query: str = "") -> str:
    """The opaque place just after ``position`` in a list of ``tenant_id``: in the plain one, or what ``query`` finds.

    A position needs nothing to be there, so a cursor survives the deletion of what it was made from. The digest ties it
    to its tenant and query and shows truncation; it is no secret, since a cursor opens nothing that the tenant's own
    lists would not show.
    """
    return base64.urlsafe_b64encode(_digest(tenant_id, position, query) + position.encode()).rstrip(b"=").decode()


def decode_cursor(tenant_id: str, cursor: str, query: str = "") -> str:
    """The position that ``cursor`` stands just after.

    Raises:
        InvalidInput: it is not a cursor that this tenant was given for this query.
    """
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, position = packed[:_CURSOR_DIGEST_BYTES], packed[_CURSOR_DIGEST_BYTES:].decode()
    except (binascii.Error, ValueError):
        digest, position = b"", ""
    if digest != _digest(tenant_id, position, query):
        raise bad_cursor()
    return position


def bad_cursor() -> InvalidInput:
    """The refusal of a cursor."""
    return InvalidInput.of("cursor", "must be the nextCursor of an earlier page of the same list")


def _digest(tenant_id: str, position: str, query: str) -> bytes:
    # Cursors of the plain list are as they were when there was no other. No tenant's id begins as the JSON does.
    bound = json.dumps([tenant_id, query, position]) if query else f"{tenant_id}#{position}"
    return hashlib.sha256(bound.encode()).digest()[:_CURSOR_DIGEST_BYTES]


def timestamp(moment: datetime) -> str:
    """``moment`` in UTC with milliseconds, as the API shows it: ``2025-09-15T10:00:00.000Z``. Sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment_of(value: Any) -> datetime | None:
    """The moment that ``value`` names in ISO 8601 with its offset; None where it is no such text.

    In UTC it may be out of the years 1 to 9999.
    """
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def strictly_after(earlier: str, moment: datetime) -> str:
    """``moment`` as a timestamp, or a millisecond after ``earlier`` where clocks or haste put it no later than that."""
    return max(timestamp(moment), timestamp(datetime.fromisoformat(earlier) + timedelta(milliseconds=1)))
