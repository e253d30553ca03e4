"""From an action to a Lambda handler: one place for logs, errors and headers."""

import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from campaigns.domain.campaign import Campaign, Page
from campaigns.domain.errors import CampaignsError, Unavailable
from campaigns.domain.scopes import Scope, allows
from campaigns.http.errors import Forbidden, answer_to, envelope, headers_for
from campaigns.http.request import Request
from campaigns.runtime import deadline
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_SECONDS = 1.0
"""What is left of an invocation for the answer itself, so that it comes from here and not from Lambda's time-out."""

type Event = dict[str, Any]
type Handler = Callable[[Event, "LambdaContext"], dict[str, Any]]


class Response(NamedTuple):
    """What an endpoint answers. ``body`` is JSON text, unless a header says otherwise; bytes come in base64."""

    status: int
    body: str | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 - never written to
    is_base64: bool = False


NO_CONTENT = Response(204)


def show(campaign: Campaign, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A campaign, under its ETag."""
    return Response(status, campaign.json, {"ETag": campaign.etag, **(headers or {})})


def show_created(campaign: Campaign, location: str, *, replayed: bool) -> Response:
    """A campaign that was made, now or, ``replayed``, by an earlier request with the same idempotency key.

    ``location`` is relative to the URL of the request, so that it is right behind any stage, domain or base path.
    """
    return show(campaign, 201, {"Location": location} | ({"Idempotent-Replayed": "true"} if replayed else {}))


def not_modified(campaign: Campaign) -> Response:
    """That the client has this campaign already."""
    return Response(304, headers={"ETag": campaign.etag})


def show_page(page: Page, request: Request | None = None) -> Response:
    """A page of campaigns, with a link to the next one where ``request`` asked for this one."""
    return show_list((campaign.json for campaign in page.campaigns), page.next_cursor, request)


def show_list(shown: Iterable[str], next_cursor: str | None, request: Request | None = None) -> Response:
    """A page of what is JSON already, with a link to the next one where ``request`` asked for this one."""
    cursor = "null" if next_cursor is None else f'"{next_cursor}"'
    link = {} if request is None or next_cursor is None else {"Link": request.link_to(next_cursor)}
    return Response(200, f'{{"data":[{",".join(shown)}],"nextCursor":{cursor}}}', link)


class Deprecation(NamedTuple):
    """That a route goes away, as its answers say: by RFC 9745 since when, by RFC 8594 when it ends."""

    since: datetime
    sunset: datetime
    link: str
    """Where it stands what takes its place."""

    @property
    def headers(self) -> dict[str, str]:
        """``Deprecation``, ``Sunset`` and ``Link``."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.sunset, usegmt=True),
            "Link": f'<{self.link}>; rel="deprecation"; type="text/html"',
        }


DEPRECATIONS: dict[str, Deprecation] = {}
"""By route. What docs/versions.md promises holds for each."""

NEEDED: dict[str, Scope | None] = {}
"""By route, the scope that its endpoint needs; of the functions that are loaded."""


def endpoint[Store](
    route: str, action: Callable[[Request, Store], Response], store: Store, *, needs: Scope | None
) -> Handler:
    """The Lambda handler of ``route``, which answers with what ``action`` makes of the request and ``store``.

    ``needs`` is the scope that the API key must have; None asks for none. It is refused here and not by the
    authorizer, whose policy API Gateway caches for the whole stage.

    Every answer has ``X-Request-Id`` and ``RateLimit-Policy``; every error comes in the envelope; every request leaves
    one log line.
    """
    NEEDED[route] = needs
    always = {"RateLimit-Policy": os.environ["CAMPAIGNS_RATE_LIMIT_POLICY"]}
    if route in DEPRECATIONS:
        always |= DEPRECATIONS[route].headers
    keeps_addresses = os.environ.get("CAMPAIGNS_HISTORY_KEEPS_ADDRESSES") != "false"

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: Event, context: "LambdaContext") -> dict[str, Any]:
        request = Request(event)
        logger.append_keys(requestId=request.request_id, route=route, tenantId=request.tenant_id_or_none)
        author = request.author(keeps_address=keeps_addresses)
        seconds = min(deadline.DEFAULT_SECONDS, context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)
        with deadline.answer_within(seconds), working_for(request.tenant_id_or_none, author) as work:
            try:
                _check_scope(request, needs)
                response = action(request, store)
            except CampaignsError as error:
                if isinstance(error, Unavailable):
                    logger.warning("unavailable", reason=repr(error.__cause__))
                response = _refusal(error, request)
            except Exception as error:
                logger.exception("failed")
                response = _refusal(error, request)
        logger.info(
            "answered",
            status=response.status,
            databaseAttempts=work.database_attempts,
            databaseMilliseconds=round(work.database_seconds * 1000, 1),
        )
        return _proxy_response(response, request, always)

    return handler


def _check_scope(request: Request, needs: Scope | None) -> None:
    if needs is not None and not allows(request.scopes, needs):
        raise Forbidden(needs)


def _refusal(error: Exception, request: Request) -> Response:
    return Response(
        answer_to(error).status, json.dumps(envelope(error, request.request_id), ensure_ascii=False), headers_for(error)
    )


def _proxy_response(response: Response, request: Request, always: dict[str, str]) -> dict[str, Any]:
    headers = {"X-Request-Id": request.request_id, "Cache-Control": "private, no-cache", **always}
    if response.body is not None:
        headers |= {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}
    links = [some["Link"] for some in (always, response.headers) if "Link" in some]
    body = "" if request.is_head else response.body or ""
    return {
        "statusCode": response.status,
        "headers": headers | response.headers | ({"Link": ", ".join(links)} if links else {}),
        "body": body,
        "isBase64Encoded": response.is_base64,
    }
