"""The two inputs that make and change a campaign: what a client may send, as pydantic models."""

import re
from typing import Annotated, Any, Self

from pydantic import MISSING, AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from campaigns.domain.campaign import Status


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
