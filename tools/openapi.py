"""Writes docs/openapi.json: the whole API, from the routes, docstrings and models of the functions themselves."""

import importlib.util
import json
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from campaigns.domain.campaign import ShownCampaign
from campaigns.domain.inputs import CAMPAIGN_PATCH, NEW_CAMPAIGN, CampaignPatch, NewCampaign
from campaigns.http.request import MAX_BODY_BYTES
from tools.schemas import EXAMPLE_ID, as_clients_know_it

ROOT = Path(__file__).parents[1]
FILES = (ROOT / "docs" / "openapi.json", ROOT / "functions" / "get_openapi" / "openapi.json")
"""Where it is read, and where it is served from."""


class CampaignPage(BaseModel):
    """A page of the list."""

    model_config = ConfigDict(extra="forbid")

    data: list[ShownCampaign]
    nextCursor: str | None = Field(description="Leads to the next page; null on the last one.")  # noqa: N815 - its name in JSON


class Detail(BaseModel):
    """A field that is to blame."""

    model_config = ConfigDict(extra="forbid")

    field: str
    message: str


class ErrorBody(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(description="Stable; made for programs.")
    message: str = Field(description="Made for people.")
    requestId: str = Field(description="As in X-Request-Id; name it when you ask for help.")  # noqa: N815 - its name in JSON
    details: list[Detail] = Field(default=[], description="Only where fields are to blame.")


class Error(BaseModel):
    """The envelope of every error."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorBody


class Operation(NamedTuple):
    """What a function's code does not say of itself in a form that can be read."""

    function: str
    summary: str
    success: int
    result: str | None
    errors: tuple[int, ...]
    body: str | None = None
    parameters: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


OPERATIONS = (
    Operation(
        "create_campaign",
        "Create a campaign",
        201,
        "Campaign",
        (400, 409, 413, 415),
        "NewCampaign",
        ("IdempotencyKey",),
        ("ETag", "Location", "Idempotent-Replayed"),
    ),
    Operation("list_campaigns", "List campaigns", 200, "CampaignPage", (400,), None, ("Limit", "Cursor")),
    Operation("get_campaign", "Get a campaign", 200, "Campaign", (404,), None, ("IfNoneMatch",), ("ETag",)),
    Operation(
        "update_campaign",
        "Update a campaign",
        200,
        "Campaign",
        (400, 404, 412, 413, 415),
        "CampaignPatch",
        ("IfMatch",),
        ("ETag",),
    ),
    Operation("delete_campaign", "Delete a campaign", 204, None, (400, 404, 412), None, ("IfMatch",)),
    Operation("add_sequence", "Add a sequence to a campaign", 200, "Campaign", (400, 404, 409), headers=("ETag",)),
    Operation("remove_sequence", "Remove a sequence from a campaign", 204, None, (400, 404, 412), None, ("IfMatch",)),
    Operation("add_template", "Add a template to a campaign", 200, "Campaign", (400, 404, 409), headers=("ETag",)),
    Operation("remove_template", "Remove a template from a campaign", 204, None, (400, 404, 412), None, ("IfMatch",)),
)
ALWAYS = (401, 403, 429, 500, 503, 504)
CODES = {
    400: ("VALIDATION_ERROR", "The request breaks a rule; `details` names the fields."),
    401: ("UNAUTHORISED", "The API key is missing, malformed, unknown or revoked."),
    403: ("FORBIDDEN", "The API key may not do that."),
    404: ("NOT_FOUND", "This tenant has no such campaign, sequence or template."),
    405: ("METHOD_NOT_ALLOWED", "The path answers other methods, which `Allow` names."),
    409: ("CONFLICT", "Already part of the campaign; or an idempotency key was used with another body."),
    412: ("PRECONDITION_FAILED", "The campaign is at another version than `If-Match` names."),
    413: ("PAYLOAD_TOO_LARGE", f"The body has more than {MAX_BODY_BYTES} bytes."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The body is not `application/json`."),
    429: ("RATE_LIMITED", "Too many requests; `Retry-After` says when to try again."),
    500: ("INTERNAL_ERROR", "A fault of the service."),
    503: ("UNAVAILABLE", "Try again after `Retry-After`. The request may have taken effect."),
    504: ("TIMEOUT", "There was no answer in time. The request may have taken effect."),
}
ETAG = r'"[1-9][0-9]{0,14}"'
PARAMETERS: dict[str, dict[str, Any]] = {
    "Id": {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The campaign.",
        "schema": {"type": "string", "pattern": "^cmp_[0-7][0123456789ABCDEFGHJKMNPQRSTVWXYZ]{25}$"},
        "example": EXAMPLE_ID,
    },
    "SeqId": {
        "name": "seqId",
        "in": "path",
        "required": True,
        "description": "The sequence, as the service that owns it names it.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[^\x00-\x1f\x7f-\x9f/]+$"},
        "example": "onboarding",
    },
    "TplId": {
        "name": "tplId",
        "in": "path",
        "required": True,
        "description": "The template, as the service that owns it names it.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[^\x00-\x1f\x7f-\x9f/]+$"},
        "example": "launch-announcement",
    },
    "Limit": {
        "name": "limit",
        "in": "query",
        "description": "How many campaigns a page has at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    },
    "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": "The `nextCursor` of the page before.",
        "schema": {"type": "string", "minLength": 1},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "The same key and body within 24 hours create one campaign and get the first answer again, with "
            "`Idempotent-Replayed: true`."
        ),
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
        },
        "example": "launch-2025-q4",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "Only if the campaign is still at the version with this `ETag`.",
        "schema": {"type": "string", "pattern": rf"^{ETAG}$"},
        "example": '"3"',
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "Answers 304 if the campaign is still at the version with this `ETag`.",
        "schema": {"type": "string"},
        "example": '"3"',
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "The request's id, in the logs too.",
        "schema": {"type": "string", "minLength": 1},
        "required": True,
    },
    "ETag": {
        "description": "The version of the campaign.",
        "schema": {"type": "string", "pattern": rf"^{ETAG}$"},
        "required": True,
    },
    "Location": {
        "description": "The campaign, relative to the URL of the request.",
        "schema": {"type": "string", "format": "uri-reference"},
        "required": True,
    },
    "Idempotent-Replayed": {
        "description": "That this is the first answer again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "minimum": 0},
        "required": True,
    },
}


_EXAMPLE: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "name": "Q4 Product Launch",
    "description": "Everything around the launch in October",
    "status": "active",
    "sequences": [{"id": "onboarding", "name": "Onboarding Sequence"}],
    "templates": [{"id": "launch-announcement", "name": "Launch Announcement"}],
    "createdAt": "2025-09-15T10:00:00.000Z",
    "updatedAt": "2025-09-16T08:30:00.000Z",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "Campaign": _EXAMPLE,
    "CampaignPage": {"data": [_EXAMPLE], "nextCursor": None},
    "NewCampaign": {name: _EXAMPLE[name] for name in ("name", "description")},
    "CampaignPatch": {"status": "active"},
}


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        method, path, description = _route(operation.function)
        paths.setdefault(path, {})[method] = _operation(operation, path, description)
    models: tuple[Any, ...] = (ShownCampaign, CampaignPage, Error)
    _, definitions = TypeAdapter.json_schemas(
        [(model.__name__, "validation", TypeAdapter(model)) for model in models],
        ref_template="#/components/schemas/{model}",
    )
    bodies = {
        made.__name__: {"description": str(made.__doc__), **GenerateJsonSchema().generate(expected.schema)}
        for made, expected in ((NewCampaign, NEW_CAMPAIGN), (CampaignPatch, CAMPAIGN_PATCH))
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Campaigns",
            "version": "1.0.0",
            "description": "Groups email sequences and templates into campaigns.",
            "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        },
        "servers": [{"url": "..", "description": "The API that serves this document."}],
        "security": [{"ApiKey": []}],
        "tags": [{"name": "Campaigns", "description": "Campaigns, and what is part of them."}],
        "paths": paths,
        "components": {
            "schemas": as_clients_know_it(bodies | definitions["$defs"]),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": {CODES[status][0].title().replace("_", ""): _error(status) for status in _used()},
            "securitySchemes": {
                "ApiKey": {"type": "http", "scheme": "bearer", "description": "An API key: `kr_` and 43 characters."}
            },
        },
    }


def _route(function: str) -> tuple[str, str, str]:
    """Method, path and description, as the function's own code gives them."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    os.environ.setdefault("CAMPAIGNS_TABLE", "none")
    spec = importlib.util.spec_from_file_location(function, ROOT / "functions" / function / "app.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(function)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    method, _, path = str(module.__doc__).partition(" ")
    return method.lower(), path, str(getattr(module, function).__doc__)


def _operation(operation: Operation, path: str, description: str) -> dict[str, Any]:
    named = [name for name in ("Id", "SeqId", "TplId") if f"{{{PARAMETERS[name]['name']}}}" in path]
    schema = {"$ref": f"#/components/schemas/{operation.result}"}
    content = {"application/json": {"schema": schema, "example": EXAMPLES.get(str(operation.result))}}
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *operation.headers)}
    first_word, *others = operation.function.split("_")
    made: dict[str, Any] = {
        "operationId": first_word + "".join(map(str.title, others)),
        "summary": operation.summary,
        "description": description,
        "tags": ["Campaigns"],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in (*named, *operation.parameters)],
        "responses": {
            str(operation.success): {
                "description": HTTPStatus(operation.success).phrase,
                "headers": headers,
                **({"content": content} if operation.result else {}),
            }
        },
    }
    if "IfNoneMatch" in operation.parameters:
        made["responses"]["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase, "headers": headers}
    for status in (*operation.errors, *ALWAYS):
        name = CODES[status][0].title().replace("_", "")
        made["responses"][str(status)] = {"$ref": f"#/components/responses/{name}"}
    if operation.body:
        media = {"schema": {"$ref": f"#/components/schemas/{operation.body}"}, "example": EXAMPLES[operation.body]}
        made["requestBody"] = {"required": True, "content": {"application/json": media}}
    return made


def _used() -> list[int]:
    """The statuses of errors that an operation can answer with."""
    return sorted({*ALWAYS, *(status for operation in OPERATIONS for status in operation.errors)})


def _error(status: int) -> dict[str, Any]:
    code, description = CODES[status]
    headers = ["X-Request-Id", *(["Retry-After"] if status in {429, 503} else [])]
    example = {"error": {"code": code, "message": "...", "requestId": "0f7c1f0e-3c55-4c0e-9b52-6a4ad3a1d0f1"}}
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Error"},
            {"properties": {"error": {"properties": {"code": {"const": code}}}}},
        ]
    }
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def text() -> str:
    """The document as its file holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file in FILES:
        file.write_text(text())
