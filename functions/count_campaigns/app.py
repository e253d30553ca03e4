"""GET /api/campaigns/count"""

import json

from campaigns.domain.finding import COUNT_QUERY
from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.finding import CampaignFinder


def count_campaigns(request: Request, campaigns: CampaignFinder) -> Response:
    """200 with how many campaigns are what the parameters ask for: exactly so many, or at least."""
    count = campaigns.count(request.tenant_id, request.query(COUNT_QUERY))
    return Response(200, json.dumps(count.shown()))


handler = endpoint("GET /api/campaigns/count", count_campaigns, CampaignFinder(table()), needs="campaigns:read")
