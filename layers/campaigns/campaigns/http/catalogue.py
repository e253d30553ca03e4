"""The catalogue, as it is answered."""

import json

from campaigns.domain.catalogue import Entry, EntryPage
from campaigns.domain.finding import Count
from campaigns.http.endpoint import Response, show_list
from campaigns.http.request import Request


def show_entries(page: EntryPage, request: Request) -> Response:
    """A page of entries, with a link to the next one."""
    shown = (json.dumps(entry.shown(), ensure_ascii=False) for entry in page.entries)
    return show_list(shown, page.next_cursor, request)


def show_held(entry: Entry, count: Count) -> Response:
    """An entry, and how many campaigns hold it."""
    return Response(200, json.dumps(entry.shown_with(count), ensure_ascii=False))
