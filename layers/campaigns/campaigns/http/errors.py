"""The one table from an error to what the client gets, and the envelope that it comes in.

The errors that API Gateway answers by itself have the same envelope in ``template.yaml`` (GatewayResponses).
"""

from collections.abc import Mapping
from typing import NamedTuple

from campaigns.domain.errors import (
    CampaignsError,
    Conflict,
    FieldError,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from campaigns.domain.scopes import Scope


class Unauthorised(CampaignsError):
    """The request did not pass the authorizer."""


class Forbidden(CampaignsError):
    """The key lacks the scope."""

    def __init__(self, needed: Scope) -> None:
        lacks = FieldError("scope", f"needs {needed}")
        super().__init__("This API key may not do that.", (lacks,))


class MethodNotAllowed(CampaignsError):
    """The path exists, the method does not."""

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This path answers {allowed}.")
        self.allowed = allowed


class PayloadTooLarge(CampaignsError):
    """The body is over the limit."""


class UnsupportedMediaType(CampaignsError):
    """The body is not ``application/json``."""


class Answer(NamedTuple):
    """A status and the code that goes with it."""

    status: int
    code: str


_ANSWERS: Mapping[type[CampaignsError], Answer] = {
    InvalidInput: Answer(400, "VALIDATION_ERROR"),
    Unauthorised: Answer(401, "UNAUTHORISED"),
    Forbidden: Answer(403, "FORBIDDEN"),
    NotFound: Answer(404, "NOT_FOUND"),
    MethodNotAllowed: Answer(405, "METHOD_NOT_ALLOWED"),
    Conflict: Answer(409, "CONFLICT"),
    PreconditionFailed: Answer(412, "PRECONDITION_FAILED"),
    PayloadTooLarge: Answer(413, "PAYLOAD_TOO_LARGE"),
    UnsupportedMediaType: Answer(415, "UNSUPPORTED_MEDIA_TYPE"),
    Unavailable: Answer(503, "UNAVAILABLE"),
}
INTERNAL_ERROR = Answer(500, "INTERNAL_ERROR")


def answer_to(error: Exception) -> Answer:
    """The status and code of an error; one that no client should see is an internal error."""
    return next((answer for kind, answer in _ANSWERS.items() if isinstance(error, kind)), INTERNAL_ERROR)


def envelope(error: Exception, request_id: str) -> dict[str, object]:
    """The body of an error. What went wrong inside stays inside."""
    body: dict[str, object] = {
        "code": answer_to(error).code,
        "message": error.message if isinstance(error, CampaignsError) else "Something went wrong on our side.",
        "requestId": request_id,
    }
    if isinstance(error, CampaignsError) and error.details:
        body["details"] = [detail._asdict() for detail in error.details]
    return {"error": body}


def headers_for(error: Exception) -> dict[str, str]:
    """What an error says in headers besides."""
    if isinstance(error, Unavailable):
        return {"Retry-After": "1"}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": error.allowed}
    return {}
