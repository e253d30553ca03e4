"""What happens to campaigns in tests of the history, and how it is delivered to what writes it."""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from campaigns.domain.actors import CATALOGUE
from campaigns.domain.campaign import Kind
from campaigns.domain.contents import exactly
from campaigns.domain.history import EventFilters
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.runtime.work import working_for
from campaigns.store import keys
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.requests import history as requests
from campaigns.store.table import Table
from support.authors import author
from support.catalogue import deleted, named
from support.http import Context
from support.stores import CampaignStore
from support.stream import Record, StreamedDynamoDB

TENANTS = ("acme", "globex")


class Killed(BaseException):
    """The function's process ends."""


class Around:
    """The database and the bus, at whose n-th call the function is killed: before or after it is done."""

    def __init__(self, client: StreamedDynamoDB) -> None:
        self.bus: list[tuple[str, dict[str, Any]]] = []
        self.calls = 0
        self.kill_at: int | None = None
        self.done_first = False
        self.meta = client.meta
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **request: self._meet(lambda: getattr(self._client, name)(**request))

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 - EventBridge's name
        def put() -> dict[str, Any]:
            self.bus += [(each["DetailType"], json.loads(each["Detail"])) for each in Entries]
            return {"Entries": [{} for _ in Entries]}

        return dict(self._meet(put))

    def _meet(self, do: Callable[[], Any]) -> Any:
        number, self.calls = self.calls, self.calls + 1
        if number != self.kill_at:
            return do()
        if self.done_first:
            do()
        raise Killed


def happenings(table: Table) -> None:
    """What two tenants do, each with two keys, and what the catalogue does to both."""
    campaigns, catalogue = CampaignStore(table), CatalogueStore(table)
    for tenant in TENANTS:
        for id_ in ("a", "b", "c"):
            with working_for(tenant, CATALOGUE):
                catalogue.follow(named(id_, id_.upper(), tenant=tenant))
        with working_for(tenant, author("key_1", "CI", "r-1")):
            made = [campaigns.create(tenant, NewCampaign(name=f"{tenant} {number}")).id for number in range(3)]
            for id_ in made:
                campaigns.add(tenant, id_, Kind.SEQUENCE, "a")
        with working_for(tenant, author("key_2", None, "r-2")):
            campaigns.change(tenant, made[0], exactly(Kind.SEQUENCE, ["c", "b", "a"]))
            campaigns.update(tenant, made[0], CampaignPatch(status="active"), None)
        with working_for(tenant, CATALOGUE):
            catalogue.follow(named("a", "New", tenant=tenant, at=5))
            catalogue.follow(deleted("b", tenant=tenant, at=6))
        with working_for(tenant, author("key_2", None, "r-3")):
            campaigns.delete(tenant, made[1], None)


def kept(table: Table, tenant: str, of: str) -> list[dict[str, Any]]:
    """A history, oldest first."""
    request = requests.events(keys.events(tenant, of), "0", "~", EventFilters())
    return [json.loads(requests.unpack(item["event"])) for item in table.query(**request)][::-1]


def campaigns_of(table: Table, database: StreamedDynamoDB) -> Iterator[tuple[str, str]]:
    """The campaigns that have a history: the tenant, and the id."""
    there = {partition for partition in database._tables[table.name].partitions if "#EVENTS#cmp_" in partition}
    for partition in sorted(there):
        yield keys.tenant_id_of(partition), partition.rpartition("#")[2]


def run(function: ModuleType, records: list[Record], size: int) -> None:
    """Deliver records as Lambda does: in batches, and from the one that failed again."""
    while records:
        batch = records[:size]
        answer = function.handler({"Records": batch}, Context())
        failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
        numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
        records = records[numbers.index(failed[0]) if failed else len(batch) :]
