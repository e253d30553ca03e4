"""API keys: what one looks like, what it may do, and until when."""

import re
import secrets
from dataclasses import dataclass
from typing import Final, NamedTuple
from zlib import crc32

MAX_ACTIVE_KEYS: Final = 10
"""How many keys of one tenant work at once, whatever the number of their secrets."""
VISIBLE_CHARACTERS: Final = 9
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_CHARACTERS: Final = 43
"""256 random bits."""
_CHECKSUM_CHARACTERS: Final = 6
_FIRST_FORM: Final = re.compile(r"kr_[A-Za-z0-9_-]{43}")
_FORM: Final = re.compile(r"kr_([A-Za-z0-9]{43})([A-Za-z0-9]{6})")


def new_raw_key() -> str:
    """A key that nobody has: ``kr_``, 43 random characters, and their checksum."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return f"kr_{random}{checksum(random)}"


def checksum(text: str) -> str:
    """The CRC-32 of an ASCII text, in six digits to the base of 62 (``0-9A-Za-z``), as scanners for secrets know it."""
    rest, digits = crc32(text.encode("ascii")), ""
    for _ in range(_CHECKSUM_CHARACTERS):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def may_be_issued(raw_key: str) -> bool:
    """Whether a text can be a key at all: one with its checksum, or one of the first form, which had none."""
    if form := _FORM.fullmatch(raw_key):
        return form[2] == checksum(form[1])
    return _FIRST_FORM.fullmatch(raw_key) is not None


class Holder(NamedTuple):
    """Whom a key lets in, and to what."""

    tenant_id: str
    key_id: str
    name: str | None
    scopes: tuple[str, ...]
    """Empty: all that there are, those to come included."""
    expires_at: str | None


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as an operator sees it: never the key itself."""

    tenant_id: str
    key_id: str
    name: str | None
    scopes: tuple[str, ...]
    prefix: str
    """The first characters of the key, to recognise it by."""
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    """To the hour."""
    revoked_at: str | None

    def shown(self) -> dict[str, object]:
        """What the operator is answered."""
        return {
            "tenantId": self.tenant_id,
            "keyId": self.key_id,
            "name": self.name,
            "scopes": list(self.scopes) or None,
            "prefix": self.prefix,
            "createdAt": self.created_at,
            "expiresAt": self.expires_at,
            "lastUsedAt": self.last_used_at,
            "revokedAt": self.revoked_at,
        }

    def works(self, now: str) -> bool:
        """Whether the key has neither been revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True, kw_only=True)
class IssuedKey(ApiKey):
    """A key at its creation or rotation, the only time that it is shown whole."""

    key: str

    def shown(self) -> dict[str, object]:
        """What the operator is answered, this once."""
        return super().shown() | {"key": self.key}
