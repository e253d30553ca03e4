"""From what is sent to values, with errors that name the field and say what would be right.

Schemas of pydantic's core, without the models above it: those cost every cold start nearly half of what botocore does
(docs/performance.md). docs/openapi.json is made from the same schemas.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    SchemaValidator,
    ValidationError,
    core_schema,
)

from campaigns.domain.errors import FieldError, InvalidInput

_MESSAGES = {
    "bool_type": "must be true or false",
    "dict_type": "must be a JSON object",
    "extra_forbidden": "is not a known {what}",
    "greater_than_equal": "must be at least {ge}",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "is required",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entry",
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

    def parse(self, value: Any, what: str = "field") -> Value:
        """``value`` as what the fields make. ``what`` is what errors call them.

        Raises:
            InvalidInput: it breaks a rule; every field to blame is named.
        """
        return self._make(**parse(self._validator.validate_python, value, what))

    def parse_json(self, text: bytes) -> Value:
        """The value that a JSON text stands for, likewise."""
        return self.parse(parse_json(text))


def parse[Model](validate: Callable[[Any], Model], value: Any, what: str = "field") -> Model:
    """``value`` as what ``validate`` of a pydantic model or type adapter makes of it.

    Raises:
        InvalidInput: it breaks the model's rules; every field to blame is named.
    """
    try:
        return validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InvalidInput.of_fields(_field_error(each, what) for each in found) from error


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


def _field_error(error: ErrorDetails, what: str) -> FieldError:
    field = ".".join(map(str, _place(error))) if error["loc"] else "body"
    context = {"what": what, **error.get("ctx", {})}
    if error["type"].startswith("union_tag"):
        field = str(context["discriminator"]).strip("'")
    template = _MESSAGES.get(error["type"])
    message = template.format(**context) if template else error["msg"].removeprefix("Value error, ")
    return FieldError(field, message)


def _place(error: ErrorDetails) -> tuple[int | str, ...]:
    # Where not a value but its key is to blame, pydantic adds "[key]", which a client may call a field or a key, too.
    *place, last = error["loc"]
    is_of_a_key = last == "[key]" and error["type"] in {"metadata_key", "string_unicode"} and len(place) > 1
    return tuple(place) if is_of_a_key else error["loc"]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise InvalidInput.of(name, "must be given once")
        fields[name] = value
    return fields


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)
