"""What the client's own methods, and those on campaigns, do, as steps."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from kraiter.configuration import checked_headers
from kraiter.errors import ConflictError, NotFoundError
from kraiter.exchange import (
    ROOT,
    InDoubt,
    Send,
    Steps,
    check_empty,
    exchange,
    idempotency_header,
    if_match_header,
    path_to,
    read,
)
from kraiter.models import Campaign, Identity, RawAnswer

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_PATH = re.compile(rf"{ROOT}([/?][^\s#\\]*)?")
_DOTS = re.compile(r"/(\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
"""Segments by which clients and proxies leave a path."""


def whoami(retries: int) -> Steps[Identity]:
    """Whose key it is, and what it may do."""
    return read((yield from exchange(Send("GET", "/whoami"), retries)), Identity.from_json)


def request(
    method: str,
    path: str,
    params: dict[str, str | int] | None,
    json: Any,
    headers: Mapping[str, str] | None,
    retries: int,
) -> Steps[RawAnswer]:
    """Repeated in doubt where a repetition does no harm: not under a condition, a POST under its key alone."""
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}")
    way, _, query = path.partition("?")
    if not (_PATH.fullmatch(path) and path.isprintable()) or _DOTS.search(way):
        raise ValueError(f"path must begin with {ROOT} and lead below it, without spaces, # and \\")
    if query and params:
        raise ValueError("give the query in path or as params, not both")
    given = checked_headers(headers)
    harmless = "if-match" not in given and (method not in {"POST", "PATCH"} or "idempotency-key" in given)
    send = Send(method, path.removeprefix(ROOT), params or {}, json, given)
    response = yield from exchange(send, retries, repeat_in_doubt=harmless)
    return RawAnswer(response.status_code, response.headers, body_of(response))


def body_of(response: httpx.Response) -> Any:
    """What a success says, out of JSON; None where it says nothing."""
    return read(response, lambda found: found) if response.content else None


def create(fields: dict[str, Any], idempotency_key: str | None, retries: int) -> Steps[Campaign]:
    """What is not empty of the fields; sent under a key, so that a repetition can't create twice."""
    return (yield from _create("", fields, idempotency_key, retries))


def clone(campaign_id: str, name: str | None, idempotency_key: str | None, retries: int) -> Steps[Campaign]:
    """Sent under a key, as a creation is."""
    return (yield from _create(path_to(campaign_id, "clone"), {"name": name}, idempotency_key, retries))


def _create(path: str, fields: dict[str, Any], idempotency_key: str | None, retries: int) -> Steps[Campaign]:
    body = {name: value for name, value in fields.items() if value not in (None, [], {})}
    headers = idempotency_header(idempotency_key)
    return campaign_of((yield from exchange(Send("POST", path, body=body, headers=headers), retries)))


def get(campaign_id: str, retries: int) -> Steps[Campaign]:
    """One campaign."""
    return campaign_of((yield from exchange(Send("GET", path_to(campaign_id)), retries)))


def update(campaign_id: str, patch: dict[str, Any], if_match: "Campaign | str | None", retries: int) -> Steps[Campaign]:
    """A JSON merge patch."""
    return (yield from _change("PATCH", path_to(campaign_id), patch, if_match, retries))


def change_associations(
    campaign_id: str, body: dict[str, Any], if_match: "Campaign | str | None", retries: int
) -> Steps[Campaign]:
    """Several in and out at once."""
    return (yield from _change("POST", path_to(campaign_id, "associations"), body, if_match, retries))


def set_associations(
    campaign_id: str, kind: str, ids: list[str], if_match: "Campaign | str | None", retries: int
) -> Steps[Campaign]:
    """Exactly these of one kind."""
    return (yield from _change("PUT", path_to(campaign_id, f"{kind}s"), {"ids": ids}, if_match, retries))


def _change(
    method: str, path: str, body: dict[str, Any], if_match: "Campaign | str | None", retries: int
) -> Steps[Campaign]:
    """Repeated in doubt only without a condition: with one, a repetition could refuse its own success."""
    headers = if_match_header(if_match)
    request = Send(method, path, body=body, headers=headers)
    return campaign_of((yield from exchange(request, retries, repeat_in_doubt=not headers)))


def delete(campaign_id: str, if_match: "Campaign | str | None", retries: int) -> Steps[None]:
    """A campaign that is gone after an attempt without an answer is what was asked for."""
    request = Send("DELETE", path_to(campaign_id), headers=if_match_header(if_match))
    try:
        check_empty((yield from exchange(request, retries)))
    except NotFoundError as error:
        if not isinstance(error.__cause__, InDoubt):
            raise


def add(campaign_id: str, kind: str, association_id: str, retries: int) -> Steps[Campaign]:
    """What is part of the campaign after an attempt without an answer is what was asked for."""
    try:
        return campaign_of(
            (yield from exchange(Send("POST", path_to(campaign_id, f"{kind}s", association_id)), retries))
        )
    except ConflictError as error:
        if not isinstance(error.__cause__, InDoubt):
            raise
        return (yield from get(campaign_id, retries))


def remove(
    campaign_id: str, kind: str, association_id: str, if_match: "Campaign | str | None", retries: int
) -> Steps[None]:
    """Repeated in doubt only without a condition, as an update is."""
    headers = if_match_header(if_match)
    request = Send("DELETE", path_to(campaign_id, f"{kind}s", association_id), headers=headers)
    check_empty((yield from exchange(request, retries, repeat_in_doubt=not headers)))


def campaign_of(response: httpx.Response) -> Campaign:
    """A campaign. Services of before say its version in the header alone."""
    return read(response, lambda body: Campaign.from_json({"etag": response.headers.get("ETag"), **body}))
