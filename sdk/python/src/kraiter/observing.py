"""What a client tells of its requests and answers: to hooks, and to the log ``kraiter``. Never keys or secrets."""

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

logger = logging.getLogger("kraiter")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
_SECRET = re.compile(r"(kr_|whsec_)[\w%+/=-]+")


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """A request that is about to be sent. Headers and body are not told: they have secrets."""

    method: str
    url: str
    attempt: int
    """1, and one more with each repetition."""


@dataclass(frozen=True, slots=True)
class ResponseInfo:
    """What became of a request."""

    request: RequestInfo
    seconds: float
    status_code: int | None
    """None where no answer came."""
    headers: Mapping[str, str]
    """By name, without regard to case; empty where no answer came."""
    request_id: str | None
    error: str | None
    """What kind of failure took the answer's place."""


OnRequest = Callable[[RequestInfo], None]
OnResponse = Callable[[ResponseInfo], None]


def follow_environment() -> None:
    """Log as much as ``KRAITER_LOG`` says; to stderr, unless the program has a place for its logs."""
    wanted = os.environ.get("KRAITER_LOG", "").lower()
    if not wanted:
        return
    if wanted not in _LEVELS:
        raise ValueError("KRAITER_LOG must be debug or info")
    logger.setLevel(_LEVELS[wanted])
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        logger.addHandler(handler)


def tell_request(request: httpx.Request, attempt: int, hook: OnRequest | None) -> RequestInfo:
    """Before an attempt."""
    info = RequestInfo(request.method, told(str(request.url)), attempt)
    logger.debug("%s %s (attempt %d, %d bytes)", info.method, info.url, attempt, len(request.content))
    _call(hook, info)
    return info


def tell_response(
    request: RequestInfo, answer: httpx.Response | httpx.RequestError, seconds: float, hook: OnResponse | None
) -> None:
    """After an attempt."""
    if isinstance(answer, httpx.Response):
        request_id = answer.headers.get("X-Request-Id")
        info = ResponseInfo(request, seconds, answer.status_code, answer.headers, request_id, None)
    else:
        info = ResponseInfo(request, seconds, None, {}, None, type(answer).__name__)
    what, id_ = info.status_code or info.error, told(info.request_id or "none")
    logger.info("%s %s: %s in %.0f ms (request %s)", request.method, request.url, what, seconds * 1000, id_)
    _call(hook, info)


def tell_pause(seconds: float) -> None:
    """Before a repetition."""
    logger.info("again in %.2f s", seconds)


def told(text: str) -> str:
    """Text that can stand in a line of a log, whoever wrote it: without control characters, keys and secrets."""
    shown = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return _SECRET.sub(r"\1…", shown)


def _call(hook: Callable[[Any], None] | None, info: RequestInfo | ResponseInfo) -> None:
    """A hook looks on: what fails in it is logged, and changes nothing about the call."""
    if hook is None:
        return
    try:
        hook(info)
    except Exception:
        logger.exception("a hook failed; the call goes on")
