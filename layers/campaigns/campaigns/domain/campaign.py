"""The campaign, and the two inputs that make and change one."""

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import MISSING, AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from campaigns.domain.errors import Conflict, InvalidInput
from campaigns.domain.identifiers import CampaignId, Timestamp

MAX_ASSOCIATIONS: Final = 500
"""How many sequences, and how many templates, one campaign holds at most."""

Status = Literal["draft", "active", "completed"]


def _without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise PydanticCustomError("control_characters", "must not contain control characters")
    return text


# Control characters break terminals and CSV exports; line breaks and tabs are welcome in a description. Format
# characters (emoji joiners, direction marks) stay: they belong to the text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = re.compile(r"[\t\n\r]")


def _on_one_line(text: str) -> str:
    if _LINE_BREAKS.search(text):
        raise PydanticCustomError("line_breaks", "must not contain line breaks or tabs")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_without_controls),
    AfterValidator(_on_one_line),
    Field(json_schema_extra={"pattern": r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"}),
]
Description = Annotated[
    str,
    StringConstraints(max_length=2000),
    AfterValidator(_without_controls),
    Field(json_schema_extra={"pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"}),
]


class Kind(StrEnum):
    """The two kinds of things that a campaign groups."""

    SEQUENCE = "sequence"
    TEMPLATE = "template"

    @property
    def plural(self) -> Literal["sequences", "templates"]:
        """The campaign's field that holds this kind."""
        return "sequences" if self is Kind.SEQUENCE else "templates"


class _Input(BaseModel):
    """A request body: no unknown fields, no conversions between types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NewCampaign(_Input):
    """The body of a create request."""

    name: Name = Field(examples=["Q4 Product Launch"])
    description: Description | None = Field(default=None, examples=["Everything around the launch in October"])


class CampaignPatch(_Input):
    """The body of an update request: a JSON merge patch with at least one field."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: Name | MISSING = Field(default=MISSING, examples=["Q4 Product Launch"])
    description: Description | MISSING | None = MISSING
    status: Status | MISSING = Field(default=MISSING, examples=["active"])

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("must hold at least one of name, description, status")
        return self

    def fields(self) -> dict[str, Any]:
        """The fields to set, by name; those that the patch leaves alone are absent."""
        return self.model_dump()


class Association(BaseModel):
    """A sequence or template of a campaign, under its current name."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(examples=["onboarding"])
    name: str = Field(examples=["Onboarding Sequence"])


class Campaign(BaseModel):
    """A campaign as clients see it, and its version, which they see as the ETag."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)

    id: CampaignId
    name: str = Field(examples=["Q4 Product Launch"])
    description: str | None
    status: Status
    sequences: tuple[Association, ...]
    """In the order in which they were added."""
    templates: tuple[Association, ...]
    """In the order in which they were added."""
    created_at: Timestamp
    updated_at: Timestamp
    version: int = Field(exclude=True)
    """Grows by one with every change."""

    def to_json(self) -> str:
        """The JSON text that clients receive."""
        return self.model_dump_json(by_alias=True)

    def associations(self, kind: Kind) -> tuple[Association, ...]:
        """Its sequences or its templates."""
        return self.sequences if kind is Kind.SEQUENCE else self.templates

    def holds(self, kind: Kind, association_id: str) -> bool:
        """Whether a sequence or template is part of the campaign."""
        return any(association.id == association_id for association in self.associations(kind))

    def with_association(self, kind: Kind, added: Association, at: str) -> "Campaign":
        """This campaign after ``added`` joined it at ``at``.

        Raises:
            Conflict: it is already part of the campaign.
            InvalidInput: the campaign is full.
        """
        held = self.associations(kind)
        if self.holds(kind, added.id):
            raise Conflict(f"The {kind} is already part of the campaign.")
        if len(held) >= MAX_ASSOCIATIONS:
            raise InvalidInput.of(kind.plural, f"must not hold more than {MAX_ASSOCIATIONS} {kind.plural}")
        return self.model_copy(update={kind.plural: (*held, added), "updated_at": at, "version": self.version + 1})
