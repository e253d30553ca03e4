"""API keys."""

from dataclasses import dataclass
from typing import Final

MAX_ACTIVE_KEYS: Final = 10
"""How many keys of one tenant work at once."""


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as an operator sees it: never the key itself."""

    tenant_id: str
    key_id: str
    prefix: str
    """The first characters of the key, to recognise it by."""
    created_at: str
    revoked_at: str | None

    def shown(self) -> dict[str, str | None]:
        """What the operator is answered."""
        return {
            "tenantId": self.tenant_id,
            "keyId": self.key_id,
            "prefix": self.prefix,
            "createdAt": self.created_at,
            "revokedAt": self.revoked_at,
        }


@dataclass(frozen=True, kw_only=True)
class IssuedKey(ApiKey):
    """A key at its creation, the only time that it is shown whole."""

    key: str

    def shown(self) -> dict[str, str | None]:
        """What the operator is answered, this once."""
        return super().shown() | {"key": self.key}
