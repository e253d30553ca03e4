"""Writes docs/openapi.json: the whole API, out of what stands beside each endpoint, and the models of the layer.

An endpoint's route is the docstring of its ``app.py``, its description that of its action; the rest is an OpenAPI
operation in its ``openapi.yaml``. What those refer to is in ``tools/openapi.yaml``.
"""

import json
import os
from functools import cache
from http import HTTPStatus
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from campaigns.domain.campaign import ShownCampaign
from campaigns.domain.catalogue import ShownEntry, ShownHeldEntry
from campaigns.domain.changes import ASSOCIATION_CHANGES, EXACT_IDS
from campaigns.domain.deliveries import ShownAttempt, ShownDelivery
from campaigns.domain.errors import LONGEST_NAME, MOST_DETAILS
from campaigns.domain.events import ShownEvent
from campaigns.domain.finding import ShownCount
from campaigns.domain.inputs import CAMPAIGN_PATCH, CLONE_OPTIONS, MAX_LIMIT, NEW_CAMPAIGN
from campaigns.domain.scopes import SCOPES, Scope
from campaigns.domain.webhook_inputs import ROTATION, new_webhook, webhook_patch
from campaigns.domain.webhooks import MAX_WEBHOOKS, ShownWebhook, ShownWebhookWithSecret
from campaigns.http.endpoint import DEPRECATIONS, NEEDED
from campaigns.http.request import MAX_BODY_BYTES
from tools.limits import LONGEST_CURSOR, LONGEST_ERROR, LONGEST_KEY_NAME, LONGEST_MESSAGE, TENANT, TIME, limited
from tools.schemas import as_clients_know_it

ROOT = Path(__file__).parents[1]
FUNCTIONS = ROOT / "functions"
SHARED = Path(__file__).with_suffix(".yaml")
FILES = (ROOT / "docs" / "openapi.json", FUNCTIONS / "get_openapi" / "openapi.json")
"""Where it is read, and where it is served from."""


NextCursor = Annotated[
    str | None, Field(max_length=LONGEST_CURSOR, description="Leads to the next page; null on the last one.")
]


def _limited_time(schema: dict[str, Any]) -> None:
    schema |= limited(schema, TIME)


class CampaignPage(BaseModel):
    """A page of the list."""

    model_config = ConfigDict(extra="forbid")

    data: list[ShownCampaign] = Field(max_length=MAX_LIMIT)
    nextCursor: NextCursor  # noqa: N815 - its name in JSON


class CallersKey(BaseModel):
    """The API key that a request came with."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=64)
    name: str | None = Field(max_length=LONGEST_KEY_NAME)
    scopes: list[Scope] = Field(
        max_length=len(SCOPES), description="What it may do; writing campaigns implies reading them."
    )
    expiresAt: str | None = Field(json_schema_extra=_limited_time)  # noqa: N815 - its name in JSON


class Caller(BaseModel):
    """Whom a request is made for."""

    model_config = ConfigDict(extra="forbid")

    tenantId: str = Field(json_schema_extra=TENANT)  # noqa: N815 - its name in JSON
    key: CallersKey


class EntryPage(BaseModel):
    """A page of the catalogue."""

    model_config = ConfigDict(extra="forbid")

    data: list[ShownEntry] = Field(max_length=MAX_LIMIT)
    nextCursor: NextCursor  # noqa: N815 - its name in JSON


class EventPage(BaseModel):
    """A page of the history."""

    model_config = ConfigDict(extra="forbid")

    data: list[ShownEvent] = Field(max_length=MAX_LIMIT)
    nextCursor: NextCursor  # noqa: N815 - its name in JSON


class WebhookPage(BaseModel):
    """All webhooks: they are few."""

    model_config = ConfigDict(extra="forbid")

    data: list[ShownWebhook] = Field(max_length=MAX_WEBHOOKS)
    nextCursor: None = Field(description="There is never a next page.")  # noqa: N815 - its name in JSON


class WebhookPayload(BaseModel):
    """What a webhook is sent."""

    type: str = Field(max_length=64, description="The name of an event, or `webhook.ping`.")
    timestamp: str = Field(json_schema_extra=TIME, description="When it happened.")
    data: dict[str, Any] = Field(
        description="As on the bus, with the numbers of sequences and templates in place of their lists. `truncated`: "
        "something was left out, so that all of it stays below 20 KB."
    )


class DeliveryPage(BaseModel):
    """A page of the log of a webhook."""

    model_config = ConfigDict(extra="forbid")

    data: list[ShownDelivery] = Field(max_length=MAX_LIMIT)
    nextCursor: NextCursor  # noqa: N815 - its name in JSON


class Detail(BaseModel):
    """A field that is to blame."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(max_length=LONGEST_NAME)
    message: str = Field(max_length=LONGEST_MESSAGE)


class ErrorBody(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=64, description="Stable; made for programs.")
    message: str = Field(max_length=LONGEST_ERROR, description="Made for people.")
    requestId: str = Field(max_length=128, description="As in X-Request-Id; name it when you ask for help.")  # noqa: N815 - its name in JSON
    details: list[Detail] = Field(default=[], max_length=MOST_DETAILS, description="Only where fields are to blame.")


class Error(BaseModel):
    """The envelope of every error."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorBody


BODIES = {
    "NewCampaign": ("The body of a create request.", NEW_CAMPAIGN),
    "CampaignPatch": ("The body of an update request: a JSON merge patch with at least one field.", CAMPAIGN_PATCH),
    "AssociationChanges": ("What shall be part of a campaign, and what shall not.", ASSOCIATION_CHANGES),
    "ExactIds": ("All that a campaign shall hold of one kind, in this order.", EXACT_IDS),
    "CloneOptions": ("The body of a clone request.", CLONE_OPTIONS),
    "NewWebhook": ("The body of a request that makes a webhook.", new_webhook()),
    "WebhookPatch": ("The body of a request that changes a webhook: at least one field.", webhook_patch()),
    "Rotation": ("The body of a request for a new secret. The one before signs, too, for the grace.", ROTATION),
}
"""What clients send."""
WEBHOOKS = (
    ShownWebhook,
    ShownWebhookWithSecret,
    WebhookPage,
    ShownAttempt,
    ShownDelivery,
    DeliveryPage,
    WebhookPayload,
)
ANSWERS: tuple[Any, ...] = (
    ShownCampaign,
    CampaignPage,
    ShownCount,
    EntryPage,
    ShownHeldEntry,
    EventPage,
    Caller,
    Error,
    *WEBHOOKS,
)
"""What they get."""
ALWAYS = (401, 403, 429, 500, 503, 504)
"""Errors that every endpoint can answer with."""
CODES = {
    400: ("VALIDATION_ERROR", "The request breaks a rule; `details` names the fields."),
    401: ("UNAUTHORISED", "The API key is missing, malformed, unknown, expired or revoked."),
    403: ("FORBIDDEN", "The API key lacks the scope, which `details` names."),
    404: ("NOT_FOUND", "This tenant has no such campaign, sequence, template or webhook."),
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


class Endpoint(NamedTuple):
    """One function that answers requests with a key."""

    function: str
    method: str
    path: str
    description: str
    operation: dict[str, Any]
    """Its openapi.yaml."""
    needs: Scope | None
    """The scope that a key must have."""

    @property
    def route(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def id(self) -> str:
        """Its operation id: ``listCampaigns``."""
        first, *others = self.function.split("_")
        return first + "".join(map(str.title, others))


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """All of them, by path."""
    found = [_endpoint(path.parent.name) for path in FUNCTIONS.glob("*/openapi.yaml")]
    order = ["POST", "GET", "PUT", "PATCH", "DELETE"]
    return tuple(sorted(found, key=lambda each: (each.path, order.index(each.method))))


def _endpoint(function: str) -> Endpoint:
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    os.environ.setdefault("CAMPAIGNS_TABLE", "none")
    os.environ.setdefault("CAMPAIGNS_RATE_LIMIT_POLICY", "none")
    os.environ.setdefault("CAMPAIGNS_HISTORY_DAYS", "365")
    os.environ.setdefault("WEBHOOK_KEY_ID", "none")
    os.environ.setdefault("WEBHOOK_LOOPBACK", "off")
    for queue in ("DELIVERY", "SLOW_DELIVERY", "DEAD_LETTER"):
        os.environ.setdefault(f"{queue}_QUEUE_URL", "none")
    spec = spec_from_file_location(function, FUNCTIONS / function / "app.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(function)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    method, _, path = str(module.__doc__).partition(" ")
    operation = yaml.safe_load((FUNCTIONS / function / "openapi.yaml").read_text())
    return Endpoint(
        function, method, path, str(getattr(module, function).__doc__), operation, NEEDED[str(module.__doc__)]
    )


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    made: dict[str, Any] = yaml.safe_load(SHARED.read_text())
    del made["x-uncut"]
    components = made["components"]
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints():
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, components["parameters"])
    components["responses"] |= {_component(status): _error(status) for status in _used()}
    return made | {"paths": paths, "components": {"schemas": _schemas(), **components}}


def _schemas() -> Any:
    _, definitions = TypeAdapter.json_schemas(
        [(model.__name__, "validation", TypeAdapter(model)) for model in ANSWERS],
        ref_template="#/components/schemas/{model}",
    )
    bodies = {
        name: {"description": description, **GenerateJsonSchema().generate(expected.schema)}
        for name, (description, expected) in BODIES.items()
    }
    # Each under its name, or generated clients would have a class for each operation and status.
    errors = {_component(status): _error_schema(status) for status in _used()}
    return as_clients_know_it(bodies | definitions["$defs"]) | errors


def _operation(endpoint: Endpoint, parameters: dict[str, Any]) -> dict[str, Any]:
    in_path = [
        {"$ref": f"#/components/parameters/{name}"}
        for name, parameter in parameters.items()
        if f"{{{parameter['name']}}}" in endpoint.path
    ]
    always = {str(status): {"$ref": f"#/components/responses/{_component(status)}"} for status in ALWAYS}
    return {
        "operationId": endpoint.id,
        "description": endpoint.description + (f" Needs the scope `{endpoint.needs}`." if endpoint.needs else ""),
        "tags": ["Campaigns"],
        **({"security": [{"ApiKey": [endpoint.needs]}]} if endpoint.needs else {}),
        **({"deprecated": True} if endpoint.route in DEPRECATIONS else {}),
        **endpoint.operation,
        "parameters": in_path + endpoint.operation.get("parameters", []),
        "responses": endpoint.operation["responses"] | always,
    }


def _component(status: int) -> str:
    return CODES[status][0].title().replace("_", "")


def _used() -> list[int]:
    """The statuses of errors that an operation can answer with."""
    named = {int(status) for endpoint in endpoints() for status in endpoint.operation["responses"]}
    return sorted({*ALWAYS, *(status for status in named if status >= HTTPStatus.BAD_REQUEST)})


def _error_schema(status: int) -> dict[str, Any]:
    return {
        "description": CODES[status][1],
        "allOf": [
            {"$ref": "#/components/schemas/Error"},
            {"properties": {"error": {"properties": {"code": {"const": CODES[status][0]}}}}},
        ],
    }


def _error(status: int) -> dict[str, Any]:
    code, description = CODES[status]
    headers = ["X-Request-Id", "RateLimit-Policy", *(["Retry-After"] if status in {429, 503} else [])]
    example = {"error": {"code": code, "message": "...", "requestId": "0f7c1f0e-3c55-4c0e-9b52-6a4ad3a1d0f1"}}
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{_component(status)}"}, "example": example}
        },
    }


def text() -> str:
    """The document as its file holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file in FILES:
        file.write_text(text())
