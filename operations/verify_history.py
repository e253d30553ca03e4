"""Compares a tenant's history with its campaigns: every version has its event, and every end of one is told.

By key, strongly consistent, and only what cannot have been deleted for its age meanwhile.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from campaigns.domain.history import EventFilters
from campaigns.domain.identifiers import timestamp, utc_now
from campaigns.store import keys
from campaigns.store.history_reader import months
from campaigns.store.requests import history as requests
from campaigns.store.table import Item, Table


class Kept(NamedTuple):
    """An event, as far as it is compared."""

    id: str
    type: str
    version: int
    """Of the campaign after it, or before its deletion."""


def compare(table: Table, tenant_id: str, campaigns: dict[str, Item], since: datetime) -> tuple[int, set[str]]:
    """How many events there are since a moment, and where they and the campaigns (by id) differ.

    What was changed before that has its events only where it has.
    """
    begin = timestamp(since)
    feed = {
        event.id: campaign_id
        for month in months(timestamp(utc_now())[:7], begin[:7])
        for campaign_id, event, _ in _events(table, tenant_id, month, begin)
        if campaign_id is not None
    }
    differences: set[str] = set()
    count = 0
    for campaign_id in sorted({*campaigns, *feed.values()}):
        found = list(_events(table, tenant_id, campaign_id, begin))
        count += len(found)
        events = [event for _, event, _ in found]
        in_feed = {id_ for id_, of in feed.items() if of == campaign_id}
        for_feed = {event.id for _, event, by in found if by != "catalogue"}
        differences |= {f"{campaign_id}: {id_} is in the tenant's history alone" for id_ in in_feed - for_feed}
        differences |= {f"{campaign_id}: {id_} is in the campaign's history alone" for id_ in for_feed - in_feed}
        differences |= set(_of_campaign(campaign_id, campaigns.get(campaign_id), events, begin))
    return count, differences


def _of_campaign(campaign_id: str, campaign: Item | None, events: list[Kept], begin: str) -> Iterator[str]:
    """What differs between a campaign and its events, newest first."""
    is_deleted = bool(events) and events[0].type == "campaign.deleted"
    if campaign is None:
        if not is_deleted:
            yield f"{campaign_id}: is gone, and its history does not say so"
        return
    if is_deleted:
        yield f"{campaign_id}: is there, and its history says that it was deleted"
    told = {event.version for event in events if event.type != "campaign.deleted"}
    last = campaign["version"]
    if campaign["createdAt"] >= begin:
        first = 1
    else:
        first = min(told, default=last if campaign["updatedAt"] >= begin else last + 1)
    yield from (f"{campaign_id}: version {each} has no event" for each in range(first, last + 1) if each not in told)
    yield from (f"{campaign_id}: has an event of version {each}, and is at {last}" for each in told if each > last)


def _events(table: Table, tenant_id: str, of: str, begin: str) -> Iterator[tuple[str | None, Kept, str | None]]:
    """A history's events since a moment, newest first, each with its campaign and by whom it was."""
    low, high = keys.events_between(begin, "9999")
    for item in table.query(**requests.events(keys.events(tenant_id, of), low, high, EventFilters())):
        event: Any = json.loads(requests.unpack(item["event"]))
        campaign = event["campaign"]
        version = int(campaign["etag"].strip('"')) if campaign else 0
        yield campaign and campaign["id"], Kept(event["id"], event["type"], version), item.get("actor")
