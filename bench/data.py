"""Campaigns for the benchmarks, written to the table as the service itself writes them."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.identifiers import new_campaign_id, timestamp
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.campaigns import campaign_item
from local.dynamodb import table_request
from support.engines import client_of

TABLE = "bench"
ENTRIES = {Kind.SEQUENCE: "onboarding", Kind.TEMPLATE: "launch-announcement"}
"""The catalogue entry of each kind that is added and removed."""
_MOMENTS = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number) for number in itertools.count())


class Data:
    """One table on DynamoDB Local, and what is put into it."""

    def __init__(self, endpoint: str) -> None:
        self.client = client_of(endpoint)
        self.client.create_table(**table_request(TABLE))

    def catalogue(self, tenant: str) -> None:
        """The entries that are added."""
        self._write(
            keys.catalogue_entry(tenant, kind, id_) | serialize_all({"name": id_, "asOf": 1})
            for kind, id_ in ENTRIES.items()
        )

    def campaigns(self, tenant: str, count: int, associations: int = 0, holding: Kind | None = None) -> list[str]:
        """``count`` campaigns with so many associations (half of each kind); their ids, oldest first.

        Those that are ``holding`` have the kind's catalogue entry besides.
        """
        ids = [new_campaign_id(next(_MOMENTS)) for _ in range(count)]
        self._write(item for id_ in ids for item in self._campaign(tenant, id_, associations, holding))
        return ids

    def _campaign(self, tenant: str, id_: str, associations: int, holding: Kind | None) -> Iterator[Any]:
        now = timestamp(next(_MOMENTS))
        campaign = Campaign(
            id=id_,
            name="Q4 Product Launch",
            description="Everything around the launch in October",
            status="draft",
            sequences=(),
            templates=(),
            created_at=now,
            updated_at=now,
            version=1,
        )
        held: dict[Kind, dict[str, Any]] = {kind: {} for kind in Kind}
        for number in range(associations):
            kind = Kind.SEQUENCE if number % 2 else Kind.TEMPLATE
            held[kind][f"{kind}-{number}"] = {"name": f"The {kind} {number}", "addedAt": now, "asOf": 1}
        if holding is not None:
            held[holding][ENTRIES[holding]] = {"name": ENTRIES[holding], "addedAt": now, "asOf": 1}
            yield keys.membership(tenant, holding, ENTRIES[holding], id_)
        yield campaign_item(tenant, campaign) | serialize_all({kind.plural: held[kind] for kind in Kind})

    def _write(self, items: Iterable[Any]) -> None:
        for batch in itertools.batched(items, 25, strict=False):
            wanted: Any = {TABLE: [{"PutRequest": {"Item": item}} for item in batch]}
            while wanted:
                wanted = self.client.batch_write_item(RequestItems=wanted).get("UnprocessedItems")
