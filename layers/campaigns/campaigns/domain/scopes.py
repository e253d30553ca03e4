"""What an API key may do."""

from collections.abc import Collection
from typing import Final, Literal, get_args

Scope = Literal["campaigns:read", "campaigns:write", "events:read", "webhooks:write"]
"""Writing campaigns implies reading them."""
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)


def allows(scopes: Collection[str], needed: Scope) -> bool:
    """Whether a key with these scopes may do what needs that one. A key without any may do all."""
    return not scopes or needed in scopes or (needed == "campaigns:read" and "campaigns:write" in scopes)
