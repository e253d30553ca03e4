"""What each method does, as steps: requests to send and pauses to make.

The steps are the same whether they are taken with or without ``await``; ``kraiter.client`` takes them.
"""

import random
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from kraiter.errors import (
    IS_THE_URL_RIGHT,
    ConflictError,
    NoAnswerError,
    NotFoundError,
    UnexpectedAnswerError,
    error_of,
    retry_after,
    unexpected,
)
from kraiter.models import Campaign, Identity, Page, RawAnswer

FIRST_PAUSE, LONGEST_PAUSE, LONGEST_RETRY_AFTER = 0.25, 8.0, 60.0
"""Seconds; who is told to wait longer is told so, instead of waiting."""
_DOUBTFUL = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
"""Answers after which a write may have taken effect all the same."""

_ROOT = "/api/campaigns"
_ALWAYS_THERE = {"", "/whoami"}
"""Paths that the API answers whoever asks: who does not find them has not found the API."""


@dataclass(frozen=True)
class Send:
    """A request to send; the answer to this step is the response, or the exception that took its place."""

    method: str
    path: str
    params: dict[str, str | int] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """A pause of so many seconds."""

    seconds: float


T = TypeVar("T")
Answer = httpx.Response | httpx.RequestError | None
Steps = Generator[Send | Wait, Answer, T]


class _InDoubt(Exception):
    """An answer that may be due to an earlier attempt at the same."""


def whoami(retries: int) -> Steps[Identity]:
    """Whose key it is, and what it may do."""
    return _read((yield from _exchange(Send("GET", "/whoami"), retries)), Identity.from_json)


def request(
    method: str,
    path: str,
    params: dict[str, str | int] | None,
    json: Any,
    headers: dict[str, str] | None,
    retries: int,
) -> Steps[RawAnswer]:
    """Repeated in doubt where a repetition does no harm: not under a condition, a POST under its key alone."""
    if path.removeprefix(_ROOT)[:1] not in {"", "/", "?"} or not path.startswith(_ROOT):
        raise ValueError(f"path must begin with {_ROOT}")
    given = {name.lower(): _header(name, value) for name, value in (headers or {}).items()}
    harmless = "if-match" not in given and (method not in {"POST", "PATCH"} or "idempotency-key" in given)
    send = Send(method, path.removeprefix(_ROOT), params or {}, json, given)
    response = yield from _exchange(send, retries, repeat_in_doubt=harmless)
    body = _read(response, lambda found: found) if response.content else None
    return RawAnswer(response.status_code, response.headers, body)


def create(fields: dict[str, Any], idempotency_key: str | None, retries: int) -> Steps[Campaign]:
    """What is not empty of the fields; sent under a key, so that a repetition can't create twice."""
    return (yield from _create("", fields, idempotency_key, retries))


def clone(campaign_id: str, name: str | None, idempotency_key: str | None, retries: int) -> Steps[Campaign]:
    """Sent under a key, as a creation is."""
    return (yield from _create(_path(campaign_id, "clone"), {"name": name}, idempotency_key, retries))


def _create(path: str, fields: dict[str, Any], idempotency_key: str | None, retries: int) -> Steps[Campaign]:
    body = {name: value for name, value in fields.items() if value not in (None, [], {})}
    headers = _idempotency_key(idempotency_key)
    return _campaign((yield from _exchange(Send("POST", path, body=body, headers=headers), retries)))


def page(limit: int | None, cursor: str | None, retries: int) -> Steps[Page]:
    """One page of the list."""
    given: dict[str, str | int | None] = {"limit": limit, "cursor": cursor}
    params = {name: value for name, value in given.items() if value is not None}
    return _read(
        (yield from _exchange(Send("GET", "", params=params), retries)),
        lambda body: Page(tuple(map(Campaign.from_json, body["data"])), body["nextCursor"]),
    )


def get(campaign_id: str, retries: int) -> Steps[Campaign]:
    """One campaign."""
    return _campaign((yield from _exchange(Send("GET", _path(campaign_id)), retries)))


def update(campaign_id: str, patch: dict[str, Any], if_match: "Campaign | str | None", retries: int) -> Steps[Campaign]:
    """A JSON merge patch."""
    return (yield from _change("PATCH", _path(campaign_id), patch, if_match, retries))


def change_associations(
    campaign_id: str, body: dict[str, Any], if_match: "Campaign | str | None", retries: int
) -> Steps[Campaign]:
    """Several in and out at once."""
    return (yield from _change("POST", _path(campaign_id, "associations"), body, if_match, retries))


def set_associations(
    campaign_id: str, kind: str, ids: list[str], if_match: "Campaign | str | None", retries: int
) -> Steps[Campaign]:
    """Exactly these of one kind."""
    return (yield from _change("PUT", _path(campaign_id, f"{kind}s"), {"ids": ids}, if_match, retries))


def _change(
    method: str, path: str, body: dict[str, Any], if_match: "Campaign | str | None", retries: int
) -> Steps[Campaign]:
    """Repeated in doubt only without a condition: with one, a repetition could refuse its own success."""
    headers = _if_match(if_match)
    request = Send(method, path, body=body, headers=headers)
    return _campaign((yield from _exchange(request, retries, repeat_in_doubt=not headers)))


def delete(campaign_id: str, if_match: "Campaign | str | None", retries: int) -> Steps[None]:
    """A campaign that is gone after an attempt without an answer is what was asked for."""
    request = Send("DELETE", _path(campaign_id), headers=_if_match(if_match))
    try:
        _check_empty((yield from _exchange(request, retries)))
    except NotFoundError as error:
        if not isinstance(error.__cause__, _InDoubt):
            raise


def add(campaign_id: str, kind: str, association_id: str, retries: int) -> Steps[Campaign]:
    """What is part of the campaign after an attempt without an answer is what was asked for."""
    try:
        return _campaign((yield from _exchange(Send("POST", _path(campaign_id, f"{kind}s", association_id)), retries)))
    except ConflictError as error:
        if not isinstance(error.__cause__, _InDoubt):
            raise
        return (yield from get(campaign_id, retries))


def remove(
    campaign_id: str, kind: str, association_id: str, if_match: "Campaign | str | None", retries: int
) -> Steps[None]:
    """Repeated in doubt only without a condition, as an update is."""
    headers = _if_match(if_match)
    request = Send("DELETE", _path(campaign_id, f"{kind}s", association_id), headers=headers)
    _check_empty((yield from _exchange(request, retries, repeat_in_doubt=not headers)))


def _exchange(request: Send, retries: int, *, repeat_in_doubt: bool = True) -> Steps[httpx.Response]:
    """Send until it is answered for good, or ``retries`` repetitions are used up."""
    in_doubt: _InDoubt | None = None
    for attempt in range(retries + 1):
        answer = yield request
        if isinstance(answer, httpx.Response) and answer.is_success:
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
            in_doubt = _InDoubt("an earlier attempt got no clear answer")
        yield Wait(_jitter(attempt) if pause is None else pause)
    raise AssertionError("the last attempt returns or raises")


def _jitter(attempt: int) -> float:
    """Drawn evenly up to a bound that doubles: those who met do not meet again."""
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))  # noqa: S311 - no secret


def _campaign(response: httpx.Response) -> Campaign:
    return _read(response, lambda body: Campaign.from_json(body, response.headers.get("ETag")))


def _read(response: httpx.Response, make: Callable[[Any], T]) -> T:
    """What ``make`` makes of a success, which may come from somebody else where the base URL is wrong."""
    try:
        return make(response.json())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise unexpected(response) from error


def _check_empty(response: httpx.Response) -> None:
    """A success that has something to say is not the API's."""
    if response.status_code != HTTPStatus.NO_CONTENT:
        raise unexpected(response)


def _idempotency_key(given: str | None) -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4()) if given is None else _header("idempotency_key", given)}


def _header(name: str, value: str) -> str:
    """What can be sent as a header, and is not cut short on its way."""
    if not (value.isascii() and value.isprintable() and value == value.strip() and value):
        raise ValueError(f"{name} must be 1 or more printable ASCII characters, without spaces around them")
    return value


def _if_match(campaign: "Campaign | str | None") -> dict[str, str]:
    tag = campaign.etag if isinstance(campaign, Campaign) else campaign
    if isinstance(campaign, Campaign) and tag is None:
        raise ValueError("if_match: this campaign has no etag; get() it first")
    return {} if tag is None else {"If-Match": _header("if_match", tag)}


def _path(*segments: str) -> str:
    for segment in segments:
        # Clients and proxies take these out of a path, and the request would go elsewhere.
        if segment in {"", ".", ".."}:
            raise ValueError(f"an id must not be {segment!r}")
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)
