"""An exchange with the API, as steps: requests to send and pauses to make.

The steps are the same whether they are taken with or without ``await``; the clients take them.
"""

import random
import uuid
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from kraiter.configuration import header
from kraiter.errors import (
    IS_THE_URL_RIGHT,
    NoAnswerError,
    NotFoundError,
    UnexpectedAnswerError,
    error_of,
    retry_after,
    unexpected,
)
from kraiter.models import Campaign

FIRST_PAUSE, LONGEST_PAUSE, LONGEST_RETRY_AFTER = 0.25, 8.0, 60.0
"""Seconds; who is told to wait longer is told so, instead of waiting."""
_DOUBTFUL = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
"""Answers after which a write may have taken effect all the same."""

ROOT = "/api/campaigns"
_ALWAYS_THERE = {"", "/whoami", "/count", "/catalogue/sequences", "/catalogue/templates"}
"""Paths that the API answers whoever asks: who does not find them has not found the API."""


@dataclass(frozen=True)
class Send:
    """A request to send; the answer to this step is the response, or the exception that took its place."""

    method: str
    path: str
    params: dict[str, str | int] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    attempt: int = 1


@dataclass(frozen=True)
class Wait:
    """A pause of so many seconds."""

    seconds: float


T = TypeVar("T")
C = TypeVar("C")
Answer = httpx.Response | httpx.RequestError | None
Steps = Generator[Send | Wait, Answer, T]
Take = Callable[[Steps[Any]], Any]
AsyncTake = Callable[[Steps[Any]], Awaitable[Any]]
Use = Callable[[C], T]
"""Something done with a client."""
AsyncUse = Callable[[C], Awaitable[T]]
Found = tuple[tuple[T, ...], str | None]
"""Some of what was found, and the cursor of what comes after it."""
Fetch = Callable[[str | None, int | None], Found[T]]
"""What comes after a cursor, at most so many."""
AsyncFetch = Callable[[str | None, int | None], Awaitable[Found[T]]]


class InDoubt(Exception):
    """An answer that may be due to an earlier attempt at the same."""


def exchange(request: Send, retries: int, *, repeat_in_doubt: bool = True) -> Steps[httpx.Response]:
    """Send until it is answered for good, or ``retries`` repetitions are used up."""
    in_doubt: InDoubt | None = None
    for attempt in range(retries + 1):
        answer = yield replace(request, attempt=attempt + 1)
        # Not modified is what was asked for, by who sent a condition with request().
        if isinstance(answer, httpx.Response) and (answer.is_success or answer.status_code == HTTPStatus.NOT_MODIFIED):
            return answer
        last = attempt == retries
        if isinstance(answer, httpx.Response):
            doubtful = answer.status_code in _DOUBTFUL
            again = (doubtful and repeat_in_doubt) or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
            asked = retry_after(answer)
            if last or not again or (asked or 0) > LONGEST_RETRY_AFTER:
                error = error_of(answer)
                if isinstance(error, NotFoundError) and request.path in _ALWAYS_THERE and not error.details:
                    raise unexpected(answer) from error
                raise error from in_doubt
            # A little more, so that not all come back at the same moment.
            pause = None if asked is None else asked + _jitter(0)
        elif isinstance(answer, httpx.DecodingError):
            raise UnexpectedAnswerError(
                "UNEXPECTED_ANSWER", f"The server's answer can't be decoded; {IS_THE_URL_RIGHT}"
            ) from answer
        else:
            # Where no connection was made, nothing can have been done.
            doubtful = not isinstance(answer, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            if last or (doubtful and not repeat_in_doubt):
                what = type(answer).__name__
                raise NoAnswerError("NO_ANSWER", f"No answer came from the server ({what}).") from answer
            pause = None
        if doubtful:
            in_doubt = InDoubt("an earlier attempt got no clear answer")
        yield Wait(_jitter(attempt) if pause is None else pause)
    raise AssertionError("the last attempt returns or raises")


def _jitter(attempt: int) -> float:
    """Drawn evenly up to a bound that doubles: those who met do not meet again."""
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))  # noqa: S311 - no secret


def read(response: httpx.Response, make: Callable[[Any], T]) -> T:
    """What ``make`` makes of a success, which may come from somebody else where the base URL is wrong."""
    try:
        return make(response.json())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise unexpected(response) from error


def check_empty(response: httpx.Response) -> None:
    """A success that has something to say is not the API's."""
    if response.status_code != HTTPStatus.NO_CONTENT:
        raise unexpected(response)


def idempotency_header(given: str | None) -> dict[str, str]:
    """A key of its own, unless one is given."""
    return {"Idempotency-Key": str(uuid.uuid4()) if given is None else header("idempotency_key", given)}


def if_match_header(campaign: "Campaign | str | None") -> dict[str, str]:
    """The condition that the campaign is still as it was seen."""
    tag = campaign.etag if isinstance(campaign, Campaign) else campaign
    if isinstance(campaign, Campaign) and tag is None:
        raise ValueError("if_match: this campaign has no etag; get() it first")
    return {} if tag is None else {"If-Match": header("if_match", tag)}


def path_to(*segments: str) -> str:
    """The path below the list, of ids and words."""
    for segment in segments:
        # Clients and proxies take these out of a path, and the request would go elsewhere.
        if segment in {"", ".", ".."}:
            raise ValueError(f"an id must not be {segment!r}")
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)
