"""What clients may send about webhooks, field by field."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict, get_args

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from campaigns.domain.deliveries import Status
from campaigns.domain.errors import InvalidInput
from campaigns.domain.inputs import DEFAULT_LIMIT, DESCRIPTION, PAGE, once_each
from campaigns.domain.parsing import Input
from campaigns.domain.webhook_urls import MAX_URL, BadUrl, read_url
from campaigns.domain.webhooks import EVENT_NAMES

MAX_GRACE = 604_800
DEFAULT_GRACE = 86_400


class NewWebhook(NamedTuple):
    """The body of a request that makes a webhook."""

    url: str
    events: Sequence[str]
    description: str | None = None


class WebhookPatch(TypedDict, total=False):
    """The body of a request that changes one: at least one field."""

    url: str
    events: Sequence[str]
    description: str | None
    enabled: bool


class Rotation(NamedTuple):
    """The body of a request for a new secret."""

    graceSeconds: int = DEFAULT_GRACE  # noqa: N815 - its name in JSON


class DeliveryQuery(NamedTuple):
    """The parameters of a list of deliveries."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    status: Status | None = None


def _url(*, loopback: bool) -> CoreSchema:
    def check(url: str) -> str:
        try:
            read_url(url, loopback=loopback)
        except BadUrl as error:
            raise PydanticCustomError("url", "{what}", {"what": str(error)}) from error
        return url

    return core_schema.no_info_after_validator_function(
        check,
        core_schema.str_schema(),
        metadata={
            "pydantic_js_updates": {
                "maxLength": MAX_URL,
                "pattern": r"^https://[A-Za-z0-9.-]+(:443|:8443)?([/?][A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?$",
                "examples": ["https://hooks.example.com/campaigns"],
            }
        },
    )


def _patch(**fields: Any) -> WebhookPatch:
    if not fields:
        raise InvalidInput.of("body", "must hold at least one of url, events, description, enabled")
    patch: Any = fields
    return patch  # type: ignore[no-any-return]


_EVENTS = core_schema.no_info_after_validator_function(
    once_each,
    core_schema.list_schema(core_schema.literal_schema(list(EVENT_NAMES)), min_length=1, max_length=len(EVENT_NAMES)),
    metadata={"pydantic_js_updates": {"uniqueItems": True, "examples": [["campaign.*"]]}},
)


def new_webhook(*, loopback: bool = False) -> Input[NewWebhook]:
    """The body of a request that makes a webhook; ``loopback`` as in ``read_url``."""
    return Input(NewWebhook, {"url": _url(loopback=loopback), "events": _EVENTS}, {"description": DESCRIPTION})


def webhook_patch(*, loopback: bool = False) -> Input[WebhookPatch]:
    """The body of a request that changes one."""
    fields = {"url": _url(loopback=loopback), "events": _EVENTS, "description": DESCRIPTION}
    return Input(_patch, {}, {**fields, "enabled": core_schema.bool_schema(strict=True)}, {"minProperties": 1})


DELIVERY_QUERY = Input(DeliveryQuery, {}, {**PAGE, "status": core_schema.literal_schema(list(get_args(Status)))})
ROTATION = Input(
    Rotation,
    {},
    {
        "graceSeconds": core_schema.int_schema(
            strict=True, ge=0, le=MAX_GRACE, metadata={"pydantic_js_updates": {"format": "int32"}}
        )
    },
)
