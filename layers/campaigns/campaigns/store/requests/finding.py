"""Requests that find campaigns."""

from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import Request


def page(tenant_id: str, after_id: str | None, count: int) -> Request:
    """Query: at most ``count`` campaigns, newest first, those after ``after_id`` where one is given."""
    request: Request = {
        "KeyConditionExpression": "PK = :tenant AND begins_with(SK, :campaign)",
        "ExpressionAttributeValues": serialize_all({":tenant": keys.tenant(tenant_id), ":campaign": keys.CAMPAIGN}),
        "ScanIndexForward": False,
        "Limit": count,
    }
    if after_id is not None:
        request["ExclusiveStartKey"] = keys.campaign(tenant_id, after_id)
    return request
