"""GET /api/campaigns/events"""

from campaigns.domain.history import EVENT_QUERY
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import history_kept, table
from campaigns.store.history_reader import HistoryReader


def list_events(request: Request, history: HistoryReader) -> Response:
    """200 with a page of what happened to campaigns, newest first: what changed, and who changed it."""
    asked = request.query(EVENT_QUERY)
    page = history.list(request.tenant_id, asked.filters, asked.limit, asked.cursor)
    link = {} if page.next_cursor is None else {"Link": request.link_to(page.next_cursor)}
    cursor = "null" if page.next_cursor is None else f'"{page.next_cursor}"'
    return Response(200, f'{{"data":[{",".join(page.events)}],"nextCursor":{cursor}}}', link)


handler = endpoint(
    "GET /api/campaigns/events", list_events, HistoryReader(table(), history_kept()), needs="events:read"
)
