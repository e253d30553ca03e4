"""A clone that takes more than one transaction is whole when it is there, whatever happens meanwhile."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.contents import exactly
from campaigns.domain.errors import Unavailable
from campaigns.domain.inputs import CampaignPatch, CloneOptions, NewCampaign
from campaigns.events.stream import read_deletion
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.clones import UNFINISHED_LIFE
from campaigns.store.requests import catalogue as requests
from campaigns.store.table import Table
from local.faults import Fault
from operations.verify import verify
from support.catalogue import deleted, named
from support.clock import ticking
from support.engines import counted_calls, memory_client, new_table
from support.flaky import Bench, bench_on
from support.stores import CampaignStore
from support.turns import in_turns

S = Kind.SEQUENCE
COUNT = 60
CALLS = ["BatchGetItem", "TransactWriteItems", "BatchGetItem", "TransactWriteItems"]


class Killed(BaseException):
    """The function ends here, and does nothing more."""


@pytest.fixture(scope="module")
def bench() -> Bench:
    return bench_on(memory_client())


def source_of(table: Table, tenant: str, count: int = COUNT) -> Campaign:
    """A campaign with more sequences than a transaction takes, filled without going through additions."""
    store, held = CampaignStore(table, ticking), {}
    for number in range(count):
        id_ = f"s{number:04}"
        table.send("put_item", **requests.announce(tenant, S, id_, f"Name {number}", 1))
        held[id_] = {"name": f"Name {number}", "addedAt": f"2025-01-01T00:00:00.000Z#{number:03}", "asOf": 1}
    made = store.create(tenant, NewCampaign(name="Source"))
    table.put_all(dict(keys.membership(tenant, S, id_, made.id)) for id_ in held)
    table.send(
        "update_item",
        Key=keys.campaign(tenant, made.id),
        UpdateExpression="SET sequences = :held",
        ExpressionAttributeValues=serialize_all({":held": held}),
    )
    return store.get(tenant, made.id)


def time_passes(table: Table, tenant: str) -> None:
    """TTL takes away the notes of unfinished clones, and what follows from that happens."""
    values = {":pk": {"S": keys.unfinished_clones(tenant)}}
    for item in list(table.query(KeyConditionExpression="PK = :pk", ExpressionAttributeValues=values)):
        record = {"dynamodb": {"OldImage": serialize_all(item)}}
        table.delete_all([keys.unfinished(tenant, item["id"])])
        gone = read_deletion(record)
        assert (gone.tenant_id, gone.campaign_id) == (tenant, item["id"])
        CampaignStore(table).remove_memberships(gone.tenant_id, gone.campaign_id, gone.held)


def clones_in(table: Table, tenant: str, source: Campaign) -> list[Campaign]:
    return [each for each in CampaignStore(table).list(tenant, 100, None).campaigns if each.id != source.id]


@contextmanager
def plan(bench: Bench, decide: Callable[[str, int], Fault | None]) -> Iterator[list[str]]:
    """At each call, what goes wrong with it."""
    seen: list[str] = []

    def next_call(operation: str) -> Fault | None:
        seen.append(operation)
        return decide(operation, len(seen) - 1)

    bench.flaky.plan = next_call
    try:
        with bench.watch.running():
            yield seen
    finally:
        bench.flaky.plan = None


def test_what_it_calls(bench: Bench) -> None:
    tenant = f"calls-{secrets.token_hex(4)}"
    source = source_of(bench.direct, tenant)
    with counted_calls(bench.direct.client) as calls:
        CampaignStore(bench.direct).clone(tenant, source.id, CloneOptions(), "key")
    assert calls == CALLS


def test_1000_are_whole_when_answered(bench: Bench) -> None:
    tenant = f"thousand-{secrets.token_hex(4)}"
    store = CampaignStore(bench.direct, ticking)
    source = source_of(bench.direct, tenant, 500)
    templates = {f"t{number:04}": {"name": "T", "addedAt": f"2025-{number:04}", "asOf": 1} for number in range(500)}
    for id_ in templates:
        bench.direct.send("put_item", **requests.announce(tenant, Kind.TEMPLATE, id_, "T", 1))
    bench.direct.put_all(dict(keys.membership(tenant, Kind.TEMPLATE, id_, source.id)) for id_ in templates)
    bench.direct.send(
        "update_item",
        Key=keys.campaign(tenant, source.id),
        UpdateExpression="SET templates = :held",
        ExpressionAttributeValues=serialize_all({":held": templates}),
    )
    with counted_calls(bench.direct.client) as calls:
        made = store.clone(tenant, source.id, CloneOptions()).campaign
    assert calls == ["BatchGetItem", *["TransactWriteItems"] * 11, *["BatchGetItem"] * 10, "TransactWriteItems"]
    assert made.sequences == source.sequences
    assert [each.id for each in made.templates] == list(templates)
    assert verify(bench.direct, tenant).differences == set()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("at", range(len(CALLS)))
def test_killed_at_any_step_the_repetition_finishes_it(at: int, late: bool, bench: Bench) -> None:
    """``late``: what it sent last arrives only after the repetition was answered."""
    tenant = f"killed-{secrets.token_hex(4)}"
    source = source_of(bench.direct, tenant)
    faulty, direct = CampaignStore(bench.faulty), CampaignStore(bench.direct)

    def killed(_: str, number: int) -> Fault | None:
        if late and number == at:
            return Fault.LATE_REQUEST
        if number == at + late:
            raise Killed
        return None

    with plan(bench, killed) as seen, pytest.raises(Killed):
        faulty.clone(tenant, source.id, CloneOptions(), "key")
    assert seen[: at + 1] == CALLS[: at + 1]
    assert clones_in(bench.direct, tenant, source) == []
    assert verify(bench.direct, tenant).differences == set()
    CatalogueStore(bench.direct).follow(deleted("s0001", at=2, tenant=tenant))
    CatalogueStore(bench.direct).follow(named("s0002", "New", at=2, tenant=tenant))
    made, replayed = direct.clone(tenant, source.id, CloneOptions(), "key")
    bench.flaky.arrive()
    assert clones_in(bench.direct, tenant, source) == [made]
    assert not replayed
    assert [each.id for each in made.sequences] == [each.id for each in source.sequences if each.id != "s0001"]
    assert made.sequences[1].name == "New"
    assert direct.clone(tenant, source.id, CloneOptions(), "key") == (made, True)
    assert verify(bench.direct, tenant).differences == set()
    time_passes(bench.direct, tenant)
    assert verify(bench.direct, tenant).differences == set()
    assert len(everything_of(bench.direct, tenant, made)) == len(made.sequences)
    assert memberships_of_others(bench.direct, tenant, {made.id, source.id}) == []


def everything_of(table: Table, tenant: str, campaign: Campaign) -> list[str]:
    """The sequences of which a campaign has memberships."""
    ids = [f"s{number:04}" for number in range(COUNT)]
    found = table.get_all(keys.membership(tenant, S, id_, campaign.id) for id_ in ids)
    return [id_ for id_, item in zip(ids, found, strict=True) if item]


def memberships_of_others(table: Table, tenant: str, known: set[str]) -> list[Any]:
    """What is left over of clones that nobody finished."""
    return [
        item
        for number in range(COUNT)
        for item in table.query(**requests.memberships(tenant, S, f"s{number:04}", None))
        if keys.campaign_id_of(item["SK"]) not in known
    ]


@pytest.mark.parametrize("at", range(len(CALLS)))
def test_killed_and_not_repeated_nothing_is_left(at: int, bench: Bench) -> None:
    tenant = f"dead-{secrets.token_hex(4)}"
    source = source_of(bench.direct, tenant)

    def killed(_: str, number: int) -> Fault | None:
        if number == at:
            raise Killed
        return None

    with plan(bench, killed), pytest.raises(Killed):
        CampaignStore(bench.faulty).clone(tenant, source.id, CloneOptions())
    time_passes(bench.direct, tenant)
    assert memberships_of_others(bench.direct, tenant, {source.id}) == []
    assert clones_in(bench.direct, tenant, source) == []


def test_one_that_comes_back_after_its_time_makes_nothing(bench: Bench) -> None:
    """The note has gone, and with it the memberships: the campaign would be without them."""
    tenant = f"slow-{secrets.token_hex(4)}"
    source = source_of(bench.direct, tenant)
    assert UNFINISHED_LIFE.total_seconds() >= 3600

    def freezes(_: str, number: int) -> Fault | None:
        if number == len(CALLS) - 1:
            time_passes(bench.direct, tenant)
        return None

    with plan(bench, freezes), pytest.raises(Unavailable, match="took too long"):
        CampaignStore(bench.faulty).clone(tenant, source.id, CloneOptions())
    assert clones_in(bench.direct, tenant, source) == []
    assert memberships_of_others(bench.direct, tenant, {source.id}) == []


NEWS: dict[str, list[Announcement]] = {
    "a deletion": [deleted("s0001", at=2)],
    "a rename": [named("s0001", "New", at=2)],
    "a late deletion, a rename and both again": [
        named("s0001", "Newer", at=5),
        deleted("s0001", at=4),
        named("s0001", "New", at=3),
        named("s0001", "Newer", at=5),
    ],
    "deleted and announced anew": [deleted("s0001", at=2), named("s0001", "New", at=3)],
}


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("at", range(len(CALLS)))
def test_the_catalogue_changes_at_any_step(at: int, news: str, bench: Bench) -> None:
    tenant = f"news-{secrets.token_hex(4)}"
    source = source_of(bench.direct, tenant)

    def tell(_: str, number: int) -> Fault | None:
        if number == at:
            for told in NEWS[news]:
                CatalogueStore(bench.direct).follow(told._replace(tenant_id=tenant))
        return None

    with plan(bench, tell):
        made, _ = CampaignStore(bench.faulty).clone(tenant, source.id, CloneOptions())
    assert CampaignStore(bench.direct).get(tenant, made.id) == made
    assert verify(bench.direct, tenant).differences == set()


SEEDS = int(os.environ.get("RACES", "10")) * 4
"""Runs of each race, every one in an order of its own."""


def clone(tenant: str, source_id: str, key: str | None, made: list[Campaign], table: Table) -> None:
    made.append(CampaignStore(table).clone(tenant, source_id, CloneOptions(), key).campaign)


def follow(tenant: str, news: list[Announcement], table: Table) -> None:
    for told in news:
        CatalogueStore(table).follow(told._replace(tenant_id=tenant))


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("count", [10, COUNT])
def test_the_catalogue_changes_between_any_two_calls(news: str, count: int) -> None:
    """The announcement's calls and the clone's in any order: no deleted sequence is left in, no old name."""
    table = new_table(memory_client())
    for seed in range(SEEDS):
        tenant = f"turns-{seed}"
        source = source_of(table, tenant, count)
        outcome = in_turns(
            table, seed, [partial(clone, tenant, source.id, "key", []), partial(follow, tenant, NEWS[news])]
        )
        assert outcome == ["OK", "OK"], seed
        assert len(clones_in(table, tenant, source)) == 1
        assert verify(table, tenant).differences == set(), seed


def test_two_with_one_key_make_one() -> None:
    table = new_table(memory_client())
    for seed in range(SEEDS):
        tenant, made = f"two-{seed}", list[Campaign]()
        source = source_of(table, tenant, COUNT if seed % 2 else 10)
        assert in_turns(table, seed, [partial(clone, tenant, source.id, "key", made)] * 2) == ["OK", "OK"]
        assert made[0] == made[1]
        assert clones_in(table, tenant, source) == [made[0]]
        # The one that came second has taken away its note, and the stream's record of that takes its memberships.
        assert verify(table, tenant).differences == {
            f"{keys.campaign_id_of(item['SK'])}: has a membership of sequence {id_!r}, is gone"
            for item in memberships_of_others(table, tenant, {made[0].id, source.id})
            for id_ in [item["PK"].rpartition("#")[2]]
        }
        for item in memberships_of_others(table, tenant, {made[0].id, source.id}):
            held = {S: [each.id for each in source.sequences]}
            CampaignStore(table).remove_memberships(tenant, keys.campaign_id_of(item["SK"]), held)
        assert verify(table, tenant).differences == set()


def test_everything_at_once() -> None:
    """Bulk against single against rename against deletion against clone: all agree in the end, whoever came first."""
    table = new_table(memory_client())
    for seed in range(SEEDS * 2):
        tenant = f"all-{seed}"
        id_ = source_of(table, tenant, 55 if seed % 2 else 8).id
        table.send("put_item", **requests.announce(tenant, S, "extra", "Extra", 1))
        actions: dict[str, Callable[[CampaignStore], object]] = {
            "bulk": partial(
                CampaignStore.change, tenant_id=tenant, campaign_id=id_, wish=exactly(S, ["s0003", "extra"])
            ),
            "single": partial(CampaignStore.add, tenant_id=tenant, campaign_id=id_, kind=S, association_id="extra"),
            "removal": partial(CampaignStore.remove, tenant_id=tenant, campaign_id=id_, kind=S, association_id="s0003"),
            "update": partial(
                CampaignStore.update,
                tenant_id=tenant,
                campaign_id=id_,
                patch=CampaignPatch(labels=("l",)),
                if_match=None,
            ),
            "creation": partial(
                CampaignStore.create, tenant_id=tenant, new=NewCampaign(name="N", sequences=["extra", "s0001"])
            ),
        }
        if seed % 5 == 0:
            actions["deletion"] = partial(CampaignStore.delete, tenant_id=tenant, campaign_id=id_, if_match=None)
        outcome = in_turns(
            table,
            seed,
            [
                partial(clone, tenant, id_, None, []),
                partial(follow, tenant, [named("extra", "New", at=2)]),
                partial(follow, tenant, [deleted("s0001", at=2)]),
                *(partial(on_store, action) for action in actions.values()),
            ],
        )
        assert set(outcome) <= {"OK", "Conflict", "NotFound"}, (seed, outcome)
        if table.get(keys.campaign(tenant, id_)) is None:
            held = {S: ["extra", *(f"s{number:04}" for number in range(COUNT))]}
            CampaignStore(table).remove_memberships(tenant, id_, held)
        assert verify(table, tenant).differences == set(), seed


def on_store(action: Callable[[CampaignStore], object], table: Table) -> None:
    action(CampaignStore(table))


def test_a_design_without_a_trace_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """An announcement that finds no campaign tells nobody: then some order leaves a deleted sequence in a clone."""
    monkeypatch.setattr(CatalogueStore, "_is_told", lambda *_: True)
    table = new_table(memory_client())
    for seed in range(500):
        tenant = f"broken-{seed}"
        source = source_of(table, tenant)
        news = partial(follow, tenant, NEWS["a deletion"])
        in_turns(table, seed, [partial(clone, tenant, source.id, None, []), news])
        if verify(table, tenant).differences:
            return
    pytest.fail("no order showed it")
