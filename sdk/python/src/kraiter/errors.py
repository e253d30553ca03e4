"""One class per code that the API answers errors with."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, ClassVar

import httpx

IS_THE_URL_RIGHT = "is the base URL right?"


@dataclass(frozen=True, slots=True)
class Detail:
    """A field that is to blame, and what would be right."""

    field: str
    message: str


class KraiterError(Exception):
    """A call that did not succeed."""

    codes: ClassVar[dict[str, type["KraiterError"]]] = {}

    def __init__(
        self,
        code: str,
        message: str,
        status_code: int | None = None,
        request_id: str | None = None,
        details: tuple[Detail, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        """``status_code`` and ``request_id`` are None where no answer came; ``retry_after`` is in seconds."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status_code = status_code
        self.request_id = request_id
        self.details = details
        self.retry_after = retry_after

    def __init_subclass__(cls, code: str) -> None:
        """Say which code a class stands for."""
        cls.codes[code] = cls

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ValidationError(KraiterError, code="VALIDATION_ERROR"):
    """The request is not valid; ``details`` names the fields (400)."""


class UnauthorisedError(KraiterError, code="UNAUTHORISED"):
    """The API key is missing, unknown or revoked (401)."""


class ForbiddenError(KraiterError, code="FORBIDDEN"):
    """The key does not permit this (403)."""

    @property
    def scope(self) -> str | None:
        """The scope that the key lacks, where the API says so."""
        told = (each.message.removeprefix("needs ") for each in self.details if each.field == "scope")
        return next(told, None)


class NotFoundError(KraiterError, code="NOT_FOUND"):
    """There is no such campaign, sequence or template (404)."""


class MethodNotAllowedError(KraiterError, code="METHOD_NOT_ALLOWED"):
    """The path exists, the method does not (405)."""


class ConflictError(KraiterError, code="CONFLICT"):
    """It is already part of the campaign, or the idempotency key was used with another body (409)."""


class PreconditionFailedError(KraiterError, code="PRECONDITION_FAILED"):
    """The campaign has changed since the version that ``if_match`` names (412)."""


class PayloadTooLargeError(KraiterError, code="PAYLOAD_TOO_LARGE"):
    """The body is over the limit (413)."""


class UnsupportedMediaTypeError(KraiterError, code="UNSUPPORTED_MEDIA_TYPE"):
    """The body is not JSON (415)."""


class RateLimitedError(KraiterError, code="RATE_LIMITED"):
    """Too many requests; the client has waited and tried again, and it was not enough (429)."""


class InternalError(KraiterError, code="INTERNAL_ERROR"):
    """Something went wrong on the server's side (500)."""


class UnavailableError(KraiterError, code="UNAVAILABLE"):
    """The service could not answer; whether a write took effect may not be known (503)."""


class GatewayTimeoutError(KraiterError, code="TIMEOUT"):
    """The service took too long; whether a write took effect is not known (504)."""


class NoAnswerError(KraiterError, code="NO_ANSWER"):
    """No answer came at all; whether a write took effect is not known."""


class UnexpectedAnswerError(KraiterError, code="UNEXPECTED_ANSWER"):
    """An answer that the API did not write; the base URL may be wrong."""


def error_of(response: httpx.Response) -> KraiterError:
    """The error that an answer stands for, even where a proxy wrote it instead of the API."""
    try:
        error = response.json()["error"]
        details = tuple(Detail(each["field"], each["message"]) for each in error.get("details", []))
        code, message = str(error["code"]), str(error["message"])
        request_id = error.get("requestId")
    except (ValueError, KeyError, TypeError, AttributeError):
        if response.status_code in _ONLY_WITH_ENVELOPE or response.status_code < HTTPStatus.BAD_REQUEST:
            return unexpected(response)
        code, details, request_id = _OF_A_PROXY.get(response.status_code, "INTERNAL_ERROR"), (), None
        message = f"The server answered {response.status_code} without saying why."
    kind: Any = KraiterError.codes.get(code, KraiterError)
    request_id = request_id or response.headers.get("X-Request-Id")
    error_: KraiterError = kind(code, message, response.status_code, request_id, details, retry_after(response))
    return error_


def unexpected(response: httpx.Response) -> UnexpectedAnswerError:
    """The error that an answer is which the API has not written."""
    return UnexpectedAnswerError(
        "UNEXPECTED_ANSWER",
        f"The server answered {response.status_code}, but not as the API does; {IS_THE_URL_RIGHT}",
        response.status_code,
        response.headers.get("X-Request-Id"),
    )


def retry_after(response: httpx.Response) -> float | None:
    """Seconds from now, out of a header that may have a date; None where it says nothing."""
    header = response.headers.get("Retry-After", "")
    if header.isdecimal():
        return float(header)
    try:
        return max((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds(), 0)
    except (ValueError, TypeError, OverflowError):
        return None


_ONLY_WITH_ENVELOPE = {400, 401, 403, 404, 405, 409, 412, 415}
"""Without it, these are somebody else's, and say nothing of a campaign or a key."""
_OF_A_PROXY: dict[int, str] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "PAYLOAD_TOO_LARGE",
    HTTPStatus.TOO_MANY_REQUESTS: "RATE_LIMITED",
    HTTPStatus.BAD_GATEWAY: "UNAVAILABLE",
    HTTPStatus.SERVICE_UNAVAILABLE: "UNAVAILABLE",
    HTTPStatus.GATEWAY_TIMEOUT: "TIMEOUT",
}
