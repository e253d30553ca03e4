"""What an endpoint reads of a request as a pydantic model; endpoints without such input do not load pydantic."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from campaigns.domain.errors import FieldError, InvalidInput
from campaigns.domain.page import DEFAULT_LIMIT, MAX_LIMIT
from campaigns.domain.validation import parse, parse_json
from campaigns.http.request import Request


def _whole_number(value: Any) -> Any:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise PydanticCustomError("whole_number", "must be a whole number from 1 to {most}", {"most": MAX_LIMIT})
    return int(value)


class ListQuery(BaseModel):
    """The query of the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, BeforeValidator(_whole_number), Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: str | None = None


def query[Model: BaseModel](request: Request, model: type[Model]) -> Model:
    """The query string as ``model``."""
    given = request.parameters
    repeated = [FieldError(name, "must be given once") for name, values in given.items() if len(values) > 1]
    if repeated:
        raise InvalidInput.of_fields(repeated)
    return parse(model.model_validate, {name: values[0] for name, values in given.items()})


def body[Model: BaseModel](request: Request, model: type[Model]) -> Model:
    """The JSON body as ``model``."""
    return parse(model.model_validate, parse_json(request.json_body()))
