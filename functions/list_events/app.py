"""GET /api/campaigns/events"""

from campaigns.domain.history import EVENT_QUERY
from campaigns.http.endpoint import Response, endpoint, show_list
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import history_kept, table
from campaigns.store.history_reader import HistoryReader


def list_events(request: Request, history: HistoryReader) -> Response:
    """200 with a page of what happened to campaigns, newest first: what changed, and who changed it."""
    asked = request.query(EVENT_QUERY)
    page = history.list(request.tenant_id, asked.filters, asked.limit, asked.cursor)
    return show_list(page.events, page.next_cursor, request)


handler = endpoint(
    "GET /api/campaigns/events", list_events, HistoryReader(table(), history_kept()), needs="events:read"
)
