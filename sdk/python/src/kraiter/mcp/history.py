"""The tool that tells who changed what."""

from typing import Any

from typing_extensions import TypedDict  # Before Python 3.12, schemas are made of no other.

from kraiter import AsyncKraiter, Event
from kraiter.mcp.tools import READS, Tool


class ShownActor(TypedDict):
    """Who made a change: an API key, or, without id and name, the catalogue or a schedule."""

    type: str
    id: str | None
    name: str | None


class ShownOrigin(TypedDict):
    """The HTTP request behind a change."""

    id: str
    ip: str | None
    userAgent: str | None


class ShownSubject(TypedDict):
    """A campaign after a change, or before its deletion."""

    id: str
    name: str
    status: str


class ShownEvent(TypedDict):
    """Something that happened; ``campaign`` is null where a sequence or template changed in all that hold it."""

    id: str
    type: str
    occurredAt: str
    campaign: ShownSubject | None
    changes: list[dict[str, Any]]
    actor: ShownActor | None
    request: ShownOrigin | None


class ShownEvents(TypedDict):
    """What happened, newest first; ``nextCursor`` leads to what happened before and is null on the last page."""

    data: list[ShownEvent]
    nextCursor: str | None


def add_tools(tool: Tool, kraiter: AsyncKraiter) -> None:
    """The one."""

    @tool("List what happened to campaigns", READS)
    async def list_campaign_events(
        campaign: str | None = None,
        type: list[str] | None = None,  # noqa: A002 - as the API calls it
        actor: str | None = None,
        after: str | None = None,
        before: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ShownEvents:
        """Tell who changed what in campaigns, newest first: limit (1-100, 20 unless given) events.

        campaign: an id (cmp_...), deleted ones included. type: has one of these: campaign.created, campaign.updated,
        campaign.deleted, campaign.sequence_added, campaign.sequence_removed, campaign.template_added,
        campaign.template_removed, sequence.updated, sequence.deleted, template.updated, template.deleted,
        webhook.disabled. actor: the id
        of an API key, or catalogue, or schedule. after, before: times in ISO 8601 with an offset. A rename in the
        catalogue is one event; what it did to a campaign is told with campaign alone. cursor: the nextCursor of a page
        with the same parameters; any page may be short, the last one has null.
        """
        listing = kraiter.events.list(
            campaign=campaign,
            type=type or None,
            actor=actor,
            after=after,
            before=before,
            limit=limit,
            cursor=cursor,
        )
        page = await listing.first_page()
        return {"data": [shown(each) for each in page.data], "nextCursor": page.next_cursor}


def shown(event: Event) -> ShownEvent:
    """An event without all that its campaign holds: ``get_campaign`` tells that."""
    body: Any = event.to_json()
    campaign = body["campaign"]
    subject = campaign and {name: campaign[name] for name in ("id", "name", "status")}
    found: Any = {name: body[name] for name in ShownEvent.__annotations__} | {"campaign": subject}
    return found  # type: ignore[no-any-return]
