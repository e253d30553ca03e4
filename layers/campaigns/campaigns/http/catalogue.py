"""The catalogue, as it is answered."""

import json

from campaigns.domain.catalogue import Entry, EntryPage
from campaigns.domain.finding import Count
from campaigns.http.endpoint import Response
from campaigns.http.request import Request


def show_entries(page: EntryPage, request: Request) -> Response:
    """A page of entries, with a link to the next one."""
    link = {} if page.next_cursor is None else {"Link": request.link_to(page.next_cursor)}
    data = [entry.shown() for entry in page.entries]
    return Response(200, json.dumps({"data": data, "nextCursor": page.next_cursor}, ensure_ascii=False), link)


def show_held(entry: Entry, count: Count) -> Response:
    """An entry, and how many campaigns hold it."""
    return Response(200, json.dumps(entry.shown_with(count), ensure_ascii=False))
