"""What clients may send, and the errors that name the field and say what would be right.

Schemas of pydantic's core, without the models above it: those cost every cold start nearly half of what botocore does
(docs/performance.md). docs/openapi.json is made from the same schemas.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn, TypedDict, get_args

from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    PydanticCustomError,
    SchemaValidator,
    ValidationError,
    core_schema,
)

from campaigns.domain.campaign import Status
from campaigns.domain.errors import FieldError, InvalidInput

_MESSAGES = {
    "dict_type": "must be a JSON object",
    "extra_forbidden": "is not a known field",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "missing": "is required",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} character, besides white space",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "union_tag_invalid": "must be one of {expected_tags}",
    "union_tag_not_found": "is required",
}


class Input[Value]:
    """What a client may send: an object with these fields and no others. Types are not converted."""

    def __init__(
        self,
        make: Callable[..., Value],
        required: Mapping[str, CoreSchema],
        optional: Mapping[str, CoreSchema],
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """``make`` takes the fields by name; ``more`` is what the JSON schema says besides."""
        fields = {name: core_schema.typed_dict_field(field) for name, field in required.items()}
        fields |= {name: core_schema.typed_dict_field(field, required=False) for name, field in optional.items()}
        self.schema = core_schema.typed_dict_schema(
            fields,
            strict=True,
            extra_behavior="forbid",
            metadata={"pydantic_js_updates": {"additionalProperties": False, **(more or {})}},
        )
        self._make = make
        self._validator = SchemaValidator(self.schema)

    def parse(self, value: Any) -> Value:
        """``value`` as what the fields make.

        Raises:
            InvalidInput: it breaks a rule; every field to blame is named.
        """
        return self._make(**parse(self._validator.validate_python, value))

    def parse_json(self, text: bytes) -> Value:
        """The value that a JSON text stands for, likewise."""
        return self.parse(parse_json(text))


def parse[Model](validate: Callable[[Any], Model], value: Any) -> Model:
    """``value`` as what ``validate`` of a pydantic model or type adapter makes of it.

    Raises:
        InvalidInput: it breaks the model's rules; every field to blame is named.
    """
    try:
        return validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InvalidInput.of_fields(map(_field_error, found)) from error


def parse_json(text: str | bytes) -> Any:
    """The value that a JSON text stands for.

    Raises:
        InvalidInput: it is no JSON in UTF-8, names a field twice, or holds what JSON has no word for (NaN).
    """
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise InvalidInput.of("body", "must be UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput.of("body", "must be valid JSON") from error


def _field_error(error: ErrorDetails) -> FieldError:
    field = ".".join(str(part) for part in error["loc"]) or "body"
    context = error.get("ctx", {})
    if error["type"].startswith("union_tag"):
        field = str(context["discriminator"]).strip("'")
    template = _MESSAGES.get(error["type"])
    message = template.format(**context) if template else error["msg"].removeprefix("Value error, ")
    return FieldError(field, message)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise InvalidInput.of(name, "must be given once")
        fields[name] = value
    return fields


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)


# Control characters break terminals and CSV exports; line breaks and tabs are welcome in a description. Format
# characters (emoji joiners, direction marks) stay: they belong to the text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = re.compile(r"[\t\n\r]")
MAX_NAME = 200
MAX_LIMIT = 100
NAME_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
"""What ``on_one_line`` lets pass, and is not all white space."""


class NewCampaign(NamedTuple):
    """The body of a create request."""

    name: str
    description: str | None = None


class CampaignPatch(TypedDict, total=False):
    """The body of an update request: a JSON merge patch with at least one field."""

    name: str
    description: str | None
    status: Status


class ListQuery(NamedTuple):
    """The query of a list request."""

    limit: int = 20
    cursor: str | None = None


def _without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise PydanticCustomError("control_characters", "must not contain control characters")
    return text


def on_one_line(text: str) -> str:
    """The text of a name."""
    if _LINE_BREAKS.search(text):
        raise PydanticCustomError("line_breaks", "must not contain line breaks or tabs")
    return _without_controls(text)


def _patch(**fields: Any) -> CampaignPatch:
    if not fields:
        raise InvalidInput.of("body", "must hold at least one of name, description, status")
    patch: Any = fields
    return patch  # type: ignore[no-any-return]


def _whole_number(value: Any) -> Any:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise PydanticCustomError("whole_number", "must be a whole number from 1 to {most}", {"most": MAX_LIMIT})
    return int(value)


_NAME = core_schema.no_info_after_validator_function(
    on_one_line,
    core_schema.str_schema(strip_whitespace=True, min_length=1, max_length=MAX_NAME),
    metadata={
        "pydantic_js_updates": {
            "pattern": NAME_PATTERN,
            "examples": ["Q4 Product Launch"],
        }
    },
)
_DESCRIPTION = core_schema.nullable_schema(
    core_schema.no_info_after_validator_function(
        _without_controls,
        core_schema.str_schema(max_length=2000),
        metadata={
            "pydantic_js_updates": {
                "pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
                "examples": ["Everything around the launch in October"],
            }
        },
    )
)
NEW_CAMPAIGN = Input(NewCampaign, {"name": _NAME}, {"description": _DESCRIPTION})
CAMPAIGN_PATCH = Input(
    _patch,
    {},
    {"name": _NAME, "description": _DESCRIPTION, "status": core_schema.literal_schema(list(get_args(Status)))},
    {"minProperties": 1},
)
LIST_QUERY = Input(
    ListQuery,
    {},
    {
        "limit": core_schema.no_info_before_validator_function(
            _whole_number, core_schema.int_schema(ge=1, le=MAX_LIMIT)
        ),
        "cursor": core_schema.str_schema(),
    },
)
