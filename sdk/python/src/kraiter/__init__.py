"""The Campaigns API: group email sequences and templates into campaigns.

>>> from kraiter import Kraiter
>>> with Kraiter(api_key="kr_...", base_url="https://...") as kraiter:
...     campaign = kraiter.campaigns.create(name="Q4 Product Launch")
"""

from kraiter.campaigns import AsyncCampaignList, AsyncCampaigns, CampaignList, Campaigns
from kraiter.client import AsyncKraiter, Kraiter
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
from kraiter.models import Association, Campaign, Contents, Identity, Key, Page, RawAnswer, Status

__all__ = [
    "Association",
    "AsyncCampaignList",
    "AsyncCampaigns",
    "AsyncKraiter",
    "Campaign",
    "CampaignList",
    "Campaigns",
    "ConflictError",
    "Contents",
    "Detail",
    "ForbiddenError",
    "GatewayTimeoutError",
    "Identity",
    "InternalError",
    "Key",
    "Kraiter",
    "KraiterError",
    "MethodNotAllowedError",
    "NoAnswerError",
    "NotFoundError",
    "Page",
    "PayloadTooLargeError",
    "PreconditionFailedError",
    "RateLimitedError",
    "RawAnswer",
    "Status",
    "UnauthorisedError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "__version__",
]
