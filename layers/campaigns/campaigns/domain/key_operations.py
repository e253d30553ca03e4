"""What an operator may ask about API keys."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from campaigns.domain.tenants import TenantId


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
