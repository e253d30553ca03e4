"""Clients that do the same at once, on DynamoDB Local, many times over.

``RACES`` in the environment says how many times; more find more.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import CampaignsError
from campaigns.domain.inputs import CampaignPatch, NewCampaign
from campaigns.runtime.deadline import answer_within
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.idempotency import Created
from campaigns.store.table import Table
from support.catalogue import deleted, named
from support.stores import CampaignStore

THREADS = 16
RACES = int(os.environ.get("RACES", "10"))
repeated = pytest.mark.parametrize("race", range(RACES))


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool


@pytest.fixture
def store(real_table: Table) -> CampaignStore:
    return CampaignStore(real_table)


def at_once(pool: ThreadPoolExecutor, *actions: Callable[[], object]) -> list[str]:
    """Start all actions at one moment; the name of each one's error, or OK.

    They get more time than a request has: what is raced for is the outcome, on a machine however busy.
    """
    barrier = Barrier(len(actions))

    def run(action: Callable[[], object]) -> str:
        barrier.wait()
        try:
            with answer_within(60):
                action()
        except CampaignsError as error:
            return type(error).__name__
        return "OK"

    return list(pool.map(run, actions))


def holders(table: Table, id_: str) -> list[str]:
    found = table.query(
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": keys.memberships("acme", Kind.SEQUENCE, id_)}},
    )
    return [keys.campaign_id_of(item["SK"]) for item in found]


@repeated
def test_of_16_that_add_the_same_one_succeeds(
    pool: ThreadPoolExecutor, store: CampaignStore, real_table: Table, race: int
) -> None:
    CatalogueStore(real_table).follow(named("onboarding", "Name"))
    made = store.create("acme", NewCampaign(name=str(race)))
    outcomes = at_once(pool, *[lambda: store.add("acme", made.id, Kind.SEQUENCE, "onboarding")] * THREADS)
    assert Counter(outcomes) == {"OK": 1, "Conflict": THREADS - 1}
    after = store.get("acme", made.id)
    assert ([each.id for each in after.sequences], after.version) == (["onboarding"], 2)


@repeated
def test_of_16_that_add_different_ones_all_succeed(
    pool: ThreadPoolExecutor, store: CampaignStore, real_table: Table, race: int
) -> None:
    ids = [f"s{number}" for number in range(THREADS)]
    for id_ in ids:
        CatalogueStore(real_table).follow(named(id_, id_))
    made = store.create("acme", NewCampaign(name=str(race)))
    outcomes = at_once(pool, *[lambda id_=id_: store.add("acme", made.id, Kind.SEQUENCE, id_) for id_ in ids])
    assert outcomes == ["OK"] * THREADS
    after = store.get("acme", made.id)
    assert sorted(each.id for each in after.sequences) == sorted(ids)
    assert after.version == 1 + THREADS


@repeated
def test_add_against_delete_of_the_campaign(
    pool: ThreadPoolExecutor, store: CampaignStore, real_table: Table, race: int
) -> None:
    """Whoever comes first: the campaign is gone, and nothing of it comes back."""
    CatalogueStore(real_table).follow(named("onboarding", "Name"))
    made = store.create("acme", NewCampaign(name=str(race)))
    add, delete = at_once(
        pool,
        lambda: store.add("acme", made.id, Kind.SEQUENCE, "onboarding"),
        lambda: store.delete("acme", made.id, None),
    )
    assert delete == "OK"
    assert real_table.get(keys.campaign("acme", made.id)) is None
    # The membership of an addition that came first is in the deletion's stream record: its old image held it.
    assert holders(real_table, "onboarding") == ([made.id] if add == "OK" else [])
    assert add in {"OK", "NotFound"}


@repeated
def test_add_against_deletion_of_the_sequence(
    pool: ThreadPoolExecutor, store: CampaignStore, real_table: Table, race: int
) -> None:
    """Whoever comes first: no campaign holds what the tenant does not have."""
    catalogue = CatalogueStore(real_table)
    catalogue.follow(named("onboarding", "Name"))
    made = [store.create("acme", NewCampaign(name=f"{race}-{number}")).id for number in range(THREADS - 1)]
    outcomes = at_once(
        pool,
        lambda: catalogue.follow(deleted("onboarding", at=1)),
        *[lambda id_=id_: store.add("acme", id_, Kind.SEQUENCE, "onboarding") for id_ in made],
    )
    assert outcomes[0] == "OK"
    assert set(outcomes[1:]) <= {"OK", "NotFound"}
    assert [id_ for id_ in made if store.get("acme", id_).sequences] == []
    assert holders(real_table, "onboarding") == []


@repeated
def test_add_against_rename(pool: ThreadPoolExecutor, store: CampaignStore, real_table: Table, race: int) -> None:
    """Whoever comes first: every campaign shows the new name."""
    catalogue = CatalogueStore(real_table)
    catalogue.follow(named("onboarding", "Old"))
    made = [store.create("acme", NewCampaign(name=f"{race}-{number}")).id for number in range(THREADS - 2)]
    outcomes = at_once(
        pool,
        lambda: catalogue.follow(named("onboarding", "New", at=2)),
        lambda: catalogue.follow(named("onboarding", "Between", at=1)),
        *[lambda id_=id_: store.add("acme", id_, Kind.SEQUENCE, "onboarding") for id_ in made],
    )
    assert outcomes == ["OK"] * THREADS
    assert {each.name for id_ in made for each in store.get("acme", id_).sequences} == {"New"}


@repeated
def test_of_16_updates_of_one_version_one_succeeds(pool: ThreadPoolExecutor, store: CampaignStore, race: int) -> None:
    made = store.create("acme", NewCampaign(name=str(race)))
    outcomes = at_once(
        pool,
        *[
            lambda number=number: store.update("acme", made.id, CampaignPatch(name=f"by {number}"), {1})
            for number in range(THREADS)
        ],
    )
    assert Counter(outcomes) == {"OK": 1, "PreconditionFailed": THREADS - 1}


@repeated
def test_no_update_is_lost(pool: ThreadPoolExecutor, store: CampaignStore, race: int) -> None:
    """Each of 16 that change something makes one version, though their clocks show the same millisecond."""
    made = store.create("acme", NewCampaign(name=str(race)))
    outcomes = at_once(
        pool,
        *[
            lambda number=number: store.update("acme", made.id, CampaignPatch(name=f"by {number}"), None)
            for number in range(THREADS)
        ],
    )
    assert outcomes == ["OK"] * THREADS
    assert store.get("acme", made.id).version == 1 + THREADS


@repeated
def test_of_16_deletions_one_succeeds(pool: ThreadPoolExecutor, store: CampaignStore, race: int) -> None:
    made = store.create("acme", NewCampaign(name=str(race)))
    outcomes = at_once(pool, *[lambda: store.delete("acme", made.id, None)] * THREADS)
    assert Counter(outcomes) == {"OK": 1, "NotFound": THREADS - 1}


@repeated
def test_ten_keys_and_no_more(pool: ThreadPoolExecutor, real_table: Table, race: int) -> None:
    api_keys, tenant = ApiKeyStore(real_table), f"tenant-{race}"
    outcomes = at_once(pool, *[lambda: api_keys.issue(tenant)] * THREADS)
    assert Counter(outcomes) == {"OK": 10, "InvalidInput": THREADS - 10}
    assert len(api_keys.list(tenant)) == 10


@repeated
def test_one_idempotency_key_creates_one_campaign(race: int, pool: ThreadPoolExecutor, store: CampaignStore) -> None:
    made: list[Created] = []
    create = partial(store.create_with_key, "acme", NewCampaign(name=str(race)), "key")
    assert at_once(pool, *[lambda: made.append(create())] * THREADS) == ["OK"] * THREADS
    assert sum(not each.replayed for each in made) == 1
    assert {each.campaign for each in made} == set(store.list("acme", 20, None).campaigns)
