"""The Campaigns API: group email sequences and templates into campaigns.

>>> from kraiter import Kraiter
>>> with Kraiter(api_key="kr_...", base_url="https://...") as kraiter:
...     campaign = kraiter.campaigns.create(name="Q4 Product Launch")
"""

from kraiter._async.campaigns import AsyncCampaigns
from kraiter._async.catalogue import AsyncCatalogue
from kraiter._async.client import AsyncKraiter
from kraiter._async.events import AsyncEvents
from kraiter._async.pages import AsyncListing, AsyncPage
from kraiter._async.webhooks import AsyncWebhooks
from kraiter._sync.campaigns import Campaigns
from kraiter._sync.catalogue import Catalogue
from kraiter._sync.client import Kraiter
from kraiter._sync.events import Events
from kraiter._sync.pages import Listing, Page
from kraiter._sync.webhooks import Webhooks
from kraiter.configuration import __version__
from kraiter.errors import (
    ConflictError,
    Detail,
    ForbiddenError,
    GatewayTimeoutError,
    InternalError,
    KraiterError,
    MethodNotAllowedError,
    NoAnswerError,
    NotFoundError,
    PayloadTooLargeError,
    PreconditionFailedError,
    RateLimitedError,
    UnauthorisedError,
    UnavailableError,
    UnexpectedAnswerError,
    UnsupportedMediaTypeError,
    ValidationError,
)
from kraiter.history import Actor, Change, Event, Origin
from kraiter.model import Time
from kraiter.models import (
    Association,
    Campaign,
    CatalogueEntry,
    Contents,
    Count,
    Filters,
    Identity,
    Key,
    ParsedAnswer,
    RawAnswer,
    Sort,
    Status,
)
from kraiter.observing import RequestInfo, ResponseInfo
from kraiter.webhooks import Attempt, Delivery, Webhook, WebhookEvent, WebhookVerificationError, unwrap

__all__ = [
    "Actor",
    "Association",
    "AsyncCampaigns",
    "AsyncCatalogue",
    "AsyncEvents",
    "AsyncKraiter",
    "AsyncListing",
    "AsyncPage",
    "AsyncWebhooks",
    "Attempt",
    "Campaign",
    "Campaigns",
    "Catalogue",
    "CatalogueEntry",
    "Change",
    "ConflictError",
    "Contents",
    "Count",
    "Delivery",
    "Detail",
    "Event",
    "Events",
    "Filters",
    "ForbiddenError",
    "GatewayTimeoutError",
    "Identity",
    "InternalError",
    "Key",
    "Kraiter",
    "KraiterError",
    "Listing",
    "MethodNotAllowedError",
    "NoAnswerError",
    "NotFoundError",
    "Origin",
    "Page",
    "ParsedAnswer",
    "PayloadTooLargeError",
    "PreconditionFailedError",
    "RateLimitedError",
    "RawAnswer",
    "RequestInfo",
    "ResponseInfo",
    "Sort",
    "Status",
    "Time",
    "UnauthorisedError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "Webhook",
    "WebhookEvent",
    "WebhookVerificationError",
    "Webhooks",
    "__version__",
    "unwrap",
]
