"""API keys, and what an operator may ask about them."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from campaigns.domain.identifiers import TenantId

MAX_ACTIVE_KEYS: Final = 10
"""How many keys of one tenant work at once."""


class _Operation(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)

    tenant_id: TenantId


class CreateKey(_Operation):
    """Issue a key."""

    operation: Literal["create"]


class ListKeys(_Operation):
    """List the keys that a tenant was ever issued."""

    operation: Literal["list"]


class RevokeKey(_Operation):
    """End a key."""

    operation: Literal["revoke"]
    key_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]


KeyOperation = Annotated[CreateKey | ListKeys | RevokeKey, Field(discriminator="operation")]


class ApiKey(BaseModel):
    """A key as an operator sees it: never the key itself."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)

    tenant_id: str
    key_id: str
    prefix: str
    """The first characters of the key, to recognise it by."""
    created_at: str
    revoked_at: str | None


class IssuedKey(ApiKey):
    """A key at its creation, the only time that it is shown whole."""

    key: str
