"""Verification finds each kind of difference between the history and the campaigns, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.domain.actors import CATALOGUE
from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.events.publishing import events_of
from campaigns.runtime.work import working_for
from campaigns.store import keys
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.history import HistoryWriter
from campaigns.store.requests.history import unpack
from campaigns.store.table import Table
from operations.verify import lasting, verify
from support.authors import author
from support.catalogue import deleted, named
from support.stores import CampaignStore
from support.stream import Record, StreamedDynamoDB, records_for

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
KEPT = timedelta(days=365)


@pytest.fixture
def client() -> StreamedDynamoDB:
    """DynamoDB in memory, with its stream."""
    return StreamedDynamoDB()


class World:
    """A tenant's campaigns and their history: one that is there, at version 4, and one that was deleted."""

    def __init__(self, table: Table, database: StreamedDynamoDB) -> None:
        self.table, self.database = table, database
        self.campaigns, self.writer = CampaignStore(table), HistoryWriter(table, KEPT)
        with working_for("acme", author()):
            self.made = self.campaigns.create("acme", NewCampaign(name="Launch"))
            self.campaigns.add("acme", self.made.id, Kind.SEQUENCE, "onboarding")
            self.gone = self.campaigns.create("acme", NewCampaign(name="Gone"))
            self.campaigns.delete("acme", self.gone.id, None)
        with working_for("acme", CATALOGUE):
            CatalogueStore(table).follow(named("onboarding", "New", at=1))
            CatalogueStore(table).follow(deleted("onboarding", at=2))
        self.publish()

    def records(self) -> list[Record]:
        return list(records_for("publish_events", self.database.records))

    def publish(self) -> None:
        events = [event for record in self.records() for event in events_of(record)]
        self.writer.record(event.recorded for event in events)

    def forget(self, type_: str, of: Campaign, *, everywhere: bool = True, here: str = "cmp_") -> None:
        """Lose the newest event of a type."""
        partitions = self.database._tables[self.table.name].partitions
        for partition, items in partitions.items():
            if "#EVENTS#" in partition and (everywhere or f"#EVENTS#{here}" in partition):
                for sort_key in sorted(items, reverse=True):
                    is_it = items[sort_key]["type"]["S"] == type_
                    if is_it and of.id in unpack(items[sort_key]["event"]["B"]):
                        del items[sort_key]
                        break


type Damage = Callable[[World], object]
MONTH = "2"
DAMAGES: dict[str, tuple[Damage, str]] = {
    "a lost creation": (lambda world: world.forget("campaign.created", world.made), "version 1 has no event"),
    "a lost addition": (lambda world: world.forget("campaign.sequence_added", world.made), "version 2 has no event"),
    "a lost rename": (lambda world: world.forget("campaign.updated", world.made), "version 3 has no event"),
    "a lost removal": (lambda world: world.forget("campaign.sequence_removed", world.made), "version 4 has no event"),
    "a change that was not published": (
        lambda world: world.campaigns.update("acme", world.made.id, CampaignPatch(name="Unheard of"), None),
        "version 5 has no event",
    ),
    "a deletion that was not published": (
        lambda world: world.campaigns.delete("acme", world.made.id, None),
        "is gone, and its history does not say so",
    ),
}


@pytest.fixture
def world(table: Table, client: StreamedDynamoDB) -> World:
    return World(table, client)


def test_all_is_well(world: World, table: Table) -> None:
    report = verify(table, "acme", SINCE)
    assert (report.differences, report.events) == (set(), 6)
    world.publish()  # What comes again changes nothing.
    assert verify(table, "acme", SINCE) == report
    assert verify(table, "globex", SINCE).events == 0


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_missing_is_found(world: World, table: Table, name: str) -> None:
    damage, expected = DAMAGES[name]
    damage(world)
    assert lasting(table, "acme", 0, SINCE).differences == {f"{world.made.id}: {expected}"}


def test_an_end_that_is_not_told_is_found(world: World, table: Table) -> None:
    world.forget("campaign.deleted", world.gone)
    differences = lasting(table, "acme", 0, SINCE).differences
    assert differences == {f"{world.gone.id}: is gone, and its history does not say so"}


def test_a_campaign_that_came_back_is_found(world: World, table: Table) -> None:
    item = next(
        each["dynamodb"]["OldImage"]
        for each in world.records()
        if each["eventName"] == "REMOVE" and each["dynamodb"]["Keys"]["SK"]["S"].endswith(world.gone.id)
    )
    table.send("put_item", Item=item)
    differences = lasting(table, "acme", 0, SINCE).differences
    assert differences == {f"{world.gone.id}: is there, and its history says that it was deleted"}


def test_a_version_that_never_was_is_found(world: World, table: Table) -> None:
    """As where a table was restored to a moment before its last changes, and its history was not."""
    table.send(
        "update_item",
        Key=keys.campaign("acme", world.made.id),
        UpdateExpression="SET version = :two",
        ExpressionAttributeValues={":two": {"N": "2"}},
    )
    assert lasting(table, "acme", 0, SINCE).differences == {
        f"{world.made.id}: has an event of version {each}, and is at 2" for each in (3, 4)
    }


@pytest.mark.parametrize(("here", "left"), [("cmp_", "tenant"), (MONTH, "campaign")])
def test_half_an_event_is_found(world: World, table: Table, here: str, left: str) -> None:
    world.forget("campaign.created", world.made, everywhere=False, here=here)
    differences = lasting(table, "acme", 0, SINCE).differences
    (half,) = (each for each in differences if "alone" in each)
    assert half.startswith(f"{world.made.id}: evt_")
    assert half.endswith(f"is in the {left}'s history alone")
    assert differences - {half} == ({f"{world.made.id}: version 1 has no event"} if here == "cmp_" else set())


def test_what_was_before_the_history_is_not_missed(world: World, table: Table) -> None:
    """But where a beginning is missing, nothing behind it is."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert verify(table, "acme", later).differences == set()
    world.forget("campaign.created", world.made)
    table.send(
        "update_item",
        Key=keys.campaign("acme", world.made.id),
        UpdateExpression="SET createdAt = :early",
        ExpressionAttributeValues={":early": {"S": "2019-12-31T00:00:00.000Z"}},
    )
    assert verify(table, "acme", SINCE).differences == set()
    world.forget("campaign.updated", world.made)
    assert verify(table, "acme", SINCE).differences == {f"{world.made.id}: version 3 has no event"}
