"""A tenant's campaigns, of which common and rare ones are looked for, and what that takes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from campaigns.domain.campaign import Campaign, Kind, Status
from campaigns.domain.finding import COUNT_QUERY, LIST_QUERY
from campaigns.domain.identifiers import new_campaign_id, timestamp
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.finding import CampaignFinder
from campaigns.store.keys import Key
from campaigns.store.requests.campaigns import campaign_item
from campaigns.store.table import Item, Looked, Table

OFTEN = 25
"""Of so many campaigns, one is rare; of others, every second is common. Status, label, name and sequence tell which."""
LIMIT = 20
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def items(tenant: str, numbers: Iterable[int], often: int = OFTEN) -> Iterator[Any]:
    """Campaigns as they are in the table, each a millisecond after the one before, with their memberships."""
    for number in numbers:
        now = _BEGINNING + timedelta(milliseconds=number)
        what = "rare" if number % often == often // 2 else "common" if number % 2 else "other"
        statuses: dict[str, Status] = {"rare": "draft", "common": "active", "other": "completed"}
        campaign = Campaign(
            id=new_campaign_id(now),
            name=f"{what.title()} launch {number:06}",
            description="Everything around the launch in October",
            status=statuses[what],
            sequences=(),
            templates=(),
            labels=(what,),
            created_at=timestamp(now),
            updated_at=timestamp(now),
            version=1,
        )
        held = {what: {"name": what, "addedAt": timestamp(now), "asOf": 1}}
        yield keys.membership(tenant, Kind.SEQUENCE, what, campaign.id)
        yield campaign_item(tenant, campaign) | serialize_all({"sequences": held})


class Asked(NamedTuple):
    """What is looked for, and what finding it takes among 600."""

    parameters: dict[str, str]
    trips: int
    units: float
    found: int = LIMIT
    more: bool = True
    grows: bool = False
    """Whether a page takes more the more campaigns there are, up to a megabyte."""


LISTS: dict[str, Asked] = {
    "newest": Asked({}, 1, 3),
    "status, common": Asked({"status": "active"}, 2, 22),
    "status, rare": Asked({"status": "draft"}, 2, 21),
    "two statuses": Asked({"status": "draft,active"}, 4, 24),
    "by change": Asked({"sort": "-updatedAt"}, 2, 23),
    "by name": Asked({"sort": "name"}, 2, 22),
    "label, common": Asked({"label": "common"}, 1, 23),
    "label, rare": Asked({"label": "rare"}, 3, 73, grows=True),
    "text, common": Asked({"q": "common"}, 1, 23),
    "text, rare": Asked({"q": "rare"}, 3, 73, grows=True),
    "status, rare, by change": Asked({"status": "draft", "sort": "-updatedAt"}, 3, 51, grows=True),
    "label, common, by change": Asked({"label": "common", "sort": "-updatedAt"}, 2, 30),
    "label, rare, by change": Asked({"label": "rare", "sort": "-updatedAt"}, 3, 51, grows=True),
    "text, rare, by name": Asked({"q": "rare", "sort": "-name"}, 2, 26, grows=True),
    "sequence, common": Asked({"sequence": "common"}, 2, 22),
    "sequence, rare": Asked({"sequence": "rare"}, 2, 22),
    "sequence, common, by name": Asked({"sequence": "common", "sort": "name"}, 3, 108),
    "sequence, rare, by name": Asked({"sequence": "rare", "sort": "name"}, 2, 25),
    "sequence, common, and label, rare": Asked({"sequence": "common", "label": "rare"}, 5, 256, found=0, grows=True),
}
COUNTS: dict[str, Asked] = {
    "all": Asked({}, 1, 16, 600),
    "status, common": Asked({"status": "active"}, 1, 8, 288),
    "label, rare": Asked({"label": "rare"}, 1, 31, 24),
    "text, rare": Asked({"q": "rare"}, 1, 31, 24),
    "sequence, rare": Asked({"sequence": "rare"}, 2, 25, 24),
}


class Metered(Table):
    """Adds up the read units of queries and batches, as the database counts them."""

    units = 0.0

    def look(self, **request: Any) -> Looked:
        """One call of a query."""
        looked = super().look(**request)
        self.units += looked.units
        return looked

    def get_metered(self, wanted: Iterable[Key]) -> tuple[list[Item | None], float]:
        """Batches."""
        found, units = super().get_metered(wanted)
        self.units += units
        return found, units


def listing(finder: CampaignFinder, tenant: str, asked: Asked) -> Any:
    """The first page."""
    return finder.list(tenant, LIMIT, None, LIST_QUERY.parse(asked.parameters).query)


def counting(finder: CampaignFinder, tenant: str, asked: Asked) -> Any:
    """The count."""
    return finder.count(tenant, COUNT_QUERY.parse(asked.parameters))
