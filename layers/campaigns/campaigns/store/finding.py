"""Campaigns, found by what they are."""

from campaigns.domain.campaign import Campaign, Page
from campaigns.domain.identifiers import decode_cursor, encode_cursor
from campaigns.store.items import campaign_from
from campaigns.store.requests import finding as requests
from campaigns.store.table import Table

MAX_PAGE_BYTES = 5_000_000
"""A page ends early rather than pass what Lambda lets through (6 MB)."""


class CampaignFinder:
    """The lists of all tenants' campaigns. Every read is strongly consistent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def list(self, tenant_id: str, limit: int, cursor: str | None) -> Page:
        """``limit`` campaigns, newest first, starting after ``cursor``. One round trip per megabyte.

        Raises:
            InvalidInput: the cursor is not one that this tenant was given.
        """
        after_id = decode_cursor(tenant_id, cursor) if cursor is not None else None
        items = self._table.query(**requests.page(tenant_id, after_id, limit + 1))
        campaigns: list[Campaign] = []
        size = 0
        for campaign in map(campaign_from, items):
            size += _bytes_in_lambdas_answer(campaign.json)
            if len(campaigns) == limit or (campaigns and size > MAX_PAGE_BYTES):
                return Page(campaigns, encode_cursor(tenant_id, campaigns[-1].id))
            campaigns.append(campaign)
        return Page(campaigns, None)


def _bytes_in_lambdas_answer(body: str) -> int:
    """Lambda hands on a body as a JSON string, in which each quotation mark and backslash takes one byte more."""
    return len(body.encode()) + body.count('"') + body.count("\\")
