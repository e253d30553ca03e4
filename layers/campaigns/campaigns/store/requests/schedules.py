"""Requests for what the dates of a campaign do to it."""

from campaigns.domain.campaign import Campaign, Turn
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import CHANGE, Request, change


def turn(tenant_id: str, seen: Campaign, due: Turn, now: str) -> Request:
    """UpdateItem: give the campaign the status that a date makes of it, if it is still as it was ``seen``.

    ``statusAt`` is the date, whenever that happens: an end is not missed because the start came late.
    """
    return {
        "Key": keys.campaign(tenant_id, seen.id),
        "UpdateExpression": f"SET #status = :status, byStatus = :byStatus, statusAt = :date, {CHANGE}",
        "ConditionExpression": "version = :seen",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": serialize_all(
            {
                ":status": due.after,
                ":byStatus": keys.by_status(due.after, seen.id),
                ":date": due.moment,
                ":seen": seen.version,
                **change(seen.id, now),
            }
        ),
    }
