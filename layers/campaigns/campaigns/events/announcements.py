"""What other services announce of their sequences and templates, read and checked."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from campaigns.domain.campaign import Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import is_association_id, moment_of, utc_now
from campaigns.domain.inputs import MAX_NAME, NAME_PATTERN, on_one_line
from campaigns.domain.parsing import parse, parse_json
from campaigns.domain.tenants import TenantId

MOST_AHEAD = timedelta(days=1)
"""The newest announcement wins: one of a far future would keep out all that come after it."""


def _checked_id(text: str) -> str:
    if not is_association_id(text):
        raise PydanticCustomError("id", "must be 1-128 characters, no control characters, no '/'")
    return text


def _checked_moment(value: Any) -> datetime:
    moment = moment_of(value)
    if moment is None:
        raise PydanticCustomError("moment", "must be an ISO 8601 time with its offset: 2025-09-15T10:00:00.000Z")
    if moment > utc_now() + MOST_AHEAD:
        raise PydanticCustomError("moment", "must not be more than a day ahead")
    return moment


class Deleted(BaseModel):
    """The detail of ``sequence.deleted`` and ``template.deleted``. Unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel)

    tenant_id: TenantId
    id: Annotated[str, StringConstraints(strict=True), AfterValidator(_checked_id)]
    updated_at: Annotated[
        datetime, PlainValidator(_checked_moment), WithJsonSchema({"type": "string", "format": "date-time"})
    ]


class Named(Deleted):
    """The detail of ``created`` and ``updated``. Unknown fields are ignored."""

    name: Annotated[
        str,
        StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=MAX_NAME),
        AfterValidator(on_one_line),
        Field(json_schema_extra={"pattern": NAME_PATTERN}),
    ]


class _Envelope(BaseModel):
    """The parts of EventBridge's envelope that are read besides the detail."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    source: Literal["kraiter.sequences", "kraiter.templates"]
    detail_type: Literal[
        "sequence.created",
        "sequence.updated",
        "sequence.deleted",
        "template.created",
        "template.updated",
        "template.deleted",
    ]


class _OfName(_Envelope):
    detail: Named


class _OfDeletion(_Envelope):
    detail: Deleted


def read_announcement(body: str) -> Announcement:
    """The announcement in an EventBridge event, as SQS delivers it.

    Raises:
        InvalidInput: it is no such event, or a malformed one.
    """
    event = parse_json(body)
    envelope = parse(_Envelope.model_validate, event)
    subject, _, verb = envelope.detail_type.partition(".")
    kind = Kind(subject)
    if envelope.source != f"kraiter.{kind.plural}":
        raise InvalidInput.of("detail-type", f"must not be {envelope.detail_type} from {envelope.source}")
    if verb == "deleted":
        gone = parse(_OfDeletion.model_validate, event).detail
        return Announcement(gone.tenant_id, kind, gone.id, None, gone.updated_at)
    named = parse(_OfName.model_validate, event).detail
    return Announcement(named.tenant_id, kind, named.id, named.name, named.updated_at)
