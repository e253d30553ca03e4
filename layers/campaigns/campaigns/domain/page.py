"""One page of a tenant's campaigns, and the cursor that leads to the next."""

import base64
import binascii
import hashlib
from typing import NamedTuple

from campaigns.domain.campaign import Campaign
from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import is_campaign_id

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_DIGEST_BYTES = 12


class Page(NamedTuple):
    """Campaigns, newest first, and the cursor of the page after them (None on the last page)."""

    campaigns: list[Campaign]
    next_cursor: str | None


def encode_cursor(tenant_id: str, last_id: str) -> str:
    """The opaque position just after campaign ``last_id`` in the list of ``tenant_id``.

    A position needs no campaign to be there, so a cursor survives the deletion of the one that it was made from.
    The digest ties it to its tenant and shows truncation; it is no secret, since a cursor opens nothing that the
    tenant's own list would not show.
    """
    return base64.urlsafe_b64encode(_digest(tenant_id, last_id) + last_id.encode()).rstrip(b"=").decode()


def decode_cursor(tenant_id: str, cursor: str) -> str:
    """The campaign id that ``cursor`` stands just after.

    Raises:
        InvalidInput: it is not a cursor that this tenant was given.
    """
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, last_id = packed[:_DIGEST_BYTES], packed[_DIGEST_BYTES:].decode("ascii")
    except (binascii.Error, ValueError):
        digest, last_id = b"", ""
    if not is_campaign_id(last_id) or digest != _digest(tenant_id, last_id):
        raise InvalidInput.of("cursor", "must be the nextCursor of an earlier page")
    return last_id


def _digest(tenant_id: str, last_id: str) -> bytes:
    return hashlib.sha256(f"{tenant_id}#{last_id}".encode()).digest()[:_DIGEST_BYTES]
