"""What an endpoint reads of a request by a schema; endpoints without such input do not load any."""

import re
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError, core_schema

from campaigns.domain.errors import FieldError, InvalidInput
from campaigns.domain.page import DEFAULT_LIMIT, MAX_LIMIT
from campaigns.domain.validation import Input, parse_json
from campaigns.http.request import Request


class ListQuery(NamedTuple):
    """The query of the list."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


def _whole_number(value: Any) -> Any:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise PydanticCustomError("whole_number", "must be a whole number from 1 to {most}", {"most": MAX_LIMIT})
    return int(value)


_LIMIT = core_schema.no_info_before_validator_function(_whole_number, core_schema.int_schema(ge=1, le=MAX_LIMIT))
LIST_QUERY = Input(ListQuery, {}, {"limit": _LIMIT, "cursor": core_schema.str_schema()})


def query[Value](request: Request, expected: Input[Value]) -> Value:
    """The query string as what is expected."""
    given = request.parameters
    repeated = [FieldError(name, "must be given once") for name, values in given.items() if len(values) > 1]
    if repeated:
        raise InvalidInput.of_fields(repeated)
    return expected.parse({name: values[0] for name, values in given.items()})


def body[Value](request: Request, expected: Input[Value]) -> Value:
    """The JSON body as what is expected."""
    return expected.parse(parse_json(request.json_body()))
