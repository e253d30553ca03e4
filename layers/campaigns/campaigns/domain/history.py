"""What ever happened to campaigns, and how a client asks for it."""

import json
from typing import Any, NamedTuple

from pydantic_core import core_schema

from campaigns.domain.actors import Author
from campaigns.domain.event_types import RECORDED_TYPES
from campaigns.domain.finding import ALWAYS, MOMENT, Span, some_of
from campaigns.domain.inputs import DEFAULT_LIMIT, PAGE
from campaigns.domain.parsing import Input


class Recorded(NamedTuple):
    """An event as the history keeps it."""

    tenant_id: str
    campaign_id: str | None
    """None: it is about a sequence or template, wherever that is held, or a webhook."""
    type: str
    occurred_at: str
    record_id: str
    """Of the stream's record that it is from."""
    number: int
    """Among the events of that record."""
    author: Author | None
    packed: bytes
    """What clients see of it."""

    @property
    def by(self) -> str | None:
        """Whom it is found by: the id of an API key, or what else made the change."""
        actor = self.author and self.author.actor
        return actor and (actor["id"] or actor["type"])

    @property
    def follows_from_catalogue(self) -> bool:
        """Whether it is one of many that one announcement led to. That itself is told once."""
        return self.campaign_id is not None and self.by == "catalogue"


class EventFilters(NamedTuple):
    """What an event must be to be found: all of it."""

    campaign: str | None = None
    types: tuple[str, ...] = ()
    """One of these; any where there is none."""
    actor: str | None = None
    span: Span = ALWAYS

    def __str__(self) -> str:
        """What a cursor is bound to."""
        return f"events {json.dumps(self)}"


class EventQuery(NamedTuple):
    """The parameters of a request for the history."""

    filters: EventFilters
    limit: int
    cursor: str | None


class EventPage(NamedTuple):
    """Events, newest first, as clients see them, and the cursor of the page after them (None on the last page)."""

    events: list[str]
    """In JSON."""
    next_cursor: str | None


def _event_query(
    campaign: str | None = None,
    type: tuple[str, ...] = (),  # noqa: A002 - its name in the query
    actor: str | None = None,
    after: int | None = None,
    before: int | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> EventQuery:
    return EventQuery(EventFilters(campaign, type, actor, ALWAYS.between(after, before)), limit, cursor)


_NAMED: Any = core_schema.str_schema(min_length=1, max_length=128)
EVENT_QUERY = Input(
    _event_query,
    {},
    {
        **PAGE,
        "campaign": _NAMED,
        "type": some_of(RECORDED_TYPES),
        "actor": _NAMED,
        "after": MOMENT,
        "before": MOMENT,
    },
)
