"""What an operator may ask about API keys."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from campaigns.domain.identifiers import moment_of, timestamp, utc_now
from campaigns.domain.inputs import on_one_line
from campaigns.domain.scopes import Scope
from campaigns.domain.tenants import TenantId

MAX_GRACE_SECONDS = 604_800
DEFAULT_GRACE_SECONDS = 86_400

KeyId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), AfterValidator(on_one_line)
]


def _each_once(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) != len(scopes):
        raise PydanticCustomError("repeated", "must name each scope once")
    return scopes


_LAST = datetime.max.replace(tzinfo=UTC)


def _moment_to_come(value: Any) -> str:
    moment = moment_of(value)
    if moment is None or moment > _LAST:
        raise PydanticCustomError("moment", "must be an ISO 8601 time with its offset: 2027-01-31T00:00:00Z")
    if moment <= utc_now():
        raise PydanticCustomError("past", "must be in the future")
    return timestamp(moment)


Scopes = Annotated[list[Scope], Field(min_length=1), AfterValidator(_each_once)]
Expiry = Annotated[str, PlainValidator(_moment_to_come)]


class _Operation(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)

    tenant_id: TenantId


class CreateKey(_Operation):
    """Issue a key. Without scopes it may do all."""

    operation: Literal["create"]
    name: Name | None = None
    scopes: Scopes | None = None
    expires_at: Expiry | None = None


class ListKeys(_Operation):
    """List the keys that a tenant was ever issued."""

    operation: Literal["list"]


class _OfOneKey(_Operation):
    key_id: KeyId


class UpdateKey(_OfOneKey):
    """Change what is given; null takes a name, all limits of scope, or an expiry away."""

    operation: Literal["update"]
    name: Name | None = None
    scopes: Scopes | None = None
    expires_at: Expiry | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set & {"name", "scopes", "expires_at"}:
            raise PydanticCustomError("nothing", "must hold at least one of name, scopes, expiresAt")
        return self

    def changes(self) -> dict[str, str | list[str] | None]:
        """What was given, by the names that the table has for it."""
        named = {"name": "name", "scopes": "scopes", "expires_at": "notAfter"}
        return {named[field]: getattr(self, field) for field in named if field in self.model_fields_set}


class RotateKey(_OfOneKey):
    """Issue a new secret under the same id; the old one works for the grace."""

    operation: Literal["rotate"]
    grace_seconds: Annotated[int, Field(ge=0, le=MAX_GRACE_SECONDS)] = DEFAULT_GRACE_SECONDS


class RevokeKey(_OfOneKey):
    """End a key, with all its secrets."""

    operation: Literal["revoke"]


KeyOperation = Annotated[CreateKey | ListKeys | UpdateKey | RotateKey | RevokeKey, Field(discriminator="operation")]
