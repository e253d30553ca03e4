"""Campaigns, as their dates turn them.

Each method says how many round trips to DynamoDB it makes without contention.
"""

from contextlib import suppress

from campaigns.domain.campaign import Campaign
from campaigns.domain.identifiers import Clock, strictly_after, timestamp, utc_now
from campaigns.store import keys
from campaigns.store.items import campaign_from
from campaigns.store.requests import schedules as requests
from campaigns.store.table import OVERTAKEN, ConditionFailed, Table


class ScheduleStore:
    """Starts and ends campaigns."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def keep(self, tenant_id: str, campaign_id: str) -> Campaign | None:
        """Let the dates that have passed do what they do; the campaign after it, None where there is none.

        One round trip, and two more for each date that does something. However often and whenever it is called, a date
        does it once.
        """
        for _ in self._table.attempts(OVERTAKEN):
            item = self._table.get(keys.campaign(tenant_id, campaign_id))
            if item is None:
                return None
            campaign, now = campaign_from(item), self._clock()
            due = campaign.due(timestamp(now))
            if due is None:
                return campaign
            # Whether it is this or another's change, or this one's own whose answer was lost: the next look tells.
            with suppress(ConditionFailed):
                at = strictly_after(campaign.updated_at, now)
                self._table.send("update_item", **requests.turn(tenant_id, campaign, due, at))
        raise AssertionError("attempts() ends by raising")
