"""What docs/openapi.json says of answers."""

from functools import cache
from typing import Any

import jsonschema

from tools.openapi import document


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    schemas = document()["components"]["schemas"]
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


def check_documented(name: str, value: Any) -> None:
    """That a value is what the document says of its schema ``name``."""
    _validator(name).validate(value)


def is_documented(name: str, value: Any) -> bool:
    """Whether it is."""
    return bool(_validator(name).is_valid(value))
