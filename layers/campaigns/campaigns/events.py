"""The events that reach the service: announcements from other services, and its own table's stream."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from campaigns.domain.campaign import Kind, Name
from campaigns.domain.catalogue import Announcement
from campaigns.domain.errors import InvalidInput
from campaigns.domain.identifiers import TenantId, is_association_id
from campaigns.domain.validation import parse, parse_json
from campaigns.store import keys


def _checked_id(text: str) -> str:
    if not is_association_id(text):
        raise PydanticCustomError("id", "must be 1-128 characters, no control characters, no '/'")
    return text


class _Detail(BaseModel):
    """What is announced. Unknown fields are ignored: the services that announce may grow."""

    model_config = ConfigDict(alias_generator=to_camel)

    tenant_id: TenantId
    id: Annotated[str, AfterValidator(_checked_id)]
    name: Name | None = None
    updated_at: AwareDatetime


class _Announced(BaseModel):
    """The parts of EventBridge's envelope that are read."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    source: Literal["kraiter.sequences", "kraiter.templates"]
    detail_type: Annotated[str, StringConstraints(pattern=r"^(sequence|template)\.(created|updated|deleted)$")]
    detail: _Detail


def read_announcement(body: str) -> Announcement:
    """The announcement in an EventBridge event, as SQS delivers it.

    Raises:
        InvalidInput: it is no such event, or a malformed one.
    """
    event = parse(_Announced, parse_json(body))
    subject, _, verb = event.detail_type.partition(".")
    kind, detail = Kind(subject), event.detail
    if event.source != f"kraiter.{kind.plural}":
        raise InvalidInput.of("detail-type", f"must not be {event.detail_type} from {event.source}")
    if verb != "deleted" and detail.name is None:
        raise InvalidInput.of("detail.name", "is required")
    name = None if verb == "deleted" else detail.name
    return Announcement(detail.tenant_id, kind, detail.id, name, detail.updated_at)


class Deletion(NamedTuple):
    """A campaign that was deleted, and the ids of what it held."""

    tenant_id: str
    campaign_id: str
    held: dict[Kind, Collection[str]]


def read_deletion(record: dict[str, Any]) -> Deletion:
    """The deleted campaign in a record of the table's stream (``REMOVE``, with the old image)."""
    image = record["dynamodb"]["OldImage"]
    return Deletion(
        tenant_id=keys.tenant_id_of(image["PK"]["S"]),
        campaign_id=image["id"]["S"],
        held={kind: image[kind.plural]["M"].keys() for kind in Kind},
    )
