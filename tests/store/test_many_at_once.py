"""Many at once, on every engine alike: whole or not at all, in one version, in the order of the request."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from campaigns.domain.campaign import Kind
from campaigns.domain.changes import ASSOCIATION_CHANGES
from campaigns.domain.contents import Wish, exactly, wanted
from campaigns.domain.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from campaigns.domain.inputs import NEW_CAMPAIGN, CampaignPatch, CloneOptions, NewCampaign
from campaigns.store import keys
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.requests import associations as requests
from campaigns.store.requests import catalogue as catalogue_requests
from campaigns.store.requests import contents
from campaigns.store.table import Table
from operations.verify import verify
from support.catalogue import deleted, named
from support.clock import ManualClock, ticking
from support.engines import counted_calls
from support.stores import CampaignStore

S, T = Kind.SEQUENCE, Kind.TEMPLATE


def announce(table: Table, count: int, kind: Kind = S, tenant: str = "acme") -> list[str]:
    """So many sequences or templates of the catalogue: s0, s1 ..."""
    ids = [f"{kind.value[0]}{number}" for number in range(count)]
    for id_ in ids:
        table.send("put_item", **catalogue_requests.announce(tenant, kind, id_, id_.upper(), 1))
    return ids


def changes(add: Mapping[str, Sequence[str]] | None = None, remove: Mapping[str, Sequence[str]] | None = None) -> Wish:
    return ASSOCIATION_CHANGES.parse({"add": add or {}, "remove": remove or {}})


def ids(campaign: Any, kind: Kind = S) -> list[str]:
    return [each.id for each in campaign.associations(kind)]


@pytest.fixture
def store(table: Table) -> CampaignStore:
    for kind in Kind:
        announce(table, 5, kind)
    return CampaignStore(table, ticking)


def test_a_campaign_is_created_with_its_contents(store: CampaignStore, table: Table) -> None:
    made = store.create("acme", NewCampaign(name="N", sequences=["s3", "s0", "s2"], templates=["t1"]))
    assert (ids(made), ids(made, T), made.version) == (["s3", "s0", "s2"], ["t1"], 1)
    assert [each.name for each in made.sequences] == ["S3", "S0", "S2"]
    assert store.get("acme", made.id) == made
    added = store.add("acme", made.id, S, "s1")
    assert ids(added) == ["s3", "s0", "s2", "s1"]
    assert verify(table, "acme").differences == set()


def naming(store: CampaignStore, held: str, ids: list[str]) -> list[tuple[Callable[[], object], str]]:
    """All that names sequences, and the field in which it does."""
    new = NewCampaign(name="N", sequences=ids)
    return [
        (partial(store.create, "acme", new), "sequences"),
        (partial(store.create_with_key, "acme", new, "key"), "sequences"),
        (partial(store.change, "acme", held, changes({"sequences": ids})), "add.sequences"),
        (partial(store.change, "acme", held, exactly(S, ids)), "ids"),
    ]


def test_what_is_unknown_is_named_by_its_place(store: CampaignStore, catalogue: CatalogueStore, table: Table) -> None:
    catalogue.follow(deleted("s1", at=9))
    announce(table, 9, tenant="globex")
    held = store.create("acme", NewCampaign(name="Held", sequences=["s0"]))
    for place, unknowns in ((0, ("nothing", "s8")), (2, ("s1", "", "a/b")), (4, ("x" * 129, "nul\0"))):
        for unknown in unknowns:
            named_ = ["s0", "s2", "s3", "s4"]
            named_.insert(place, unknown)
            for action, field in naming(store, held.id, named_):
                with pytest.raises(NotFound, match="names no sequence that there is") as refusal:
                    action()
                assert [detail.field for detail in refusal.value.details] == [f"{field}.{place}"]
                assert store.list("acme", 100, None).campaigns == [held]
    assert verify(table, "acme").differences == set()


def test_all_that_is_unknown_is_named(store: CampaignStore) -> None:
    with pytest.raises(NotFound) as refusal:
        store.create("acme", NewCampaign(name="N", sequences=["x", "s0", "y"], templates=["s0", "t0"]))
    assert [detail.field for detail in refusal.value.details] == ["sequences.0", "sequences.2", "templates.0"]


def test_a_change_ensures(store: CampaignStore, table: Table) -> None:
    made = store.create("acme", NewCampaign(name="N", sequences=["s0", "s1"], templates=["t0"]))
    wish = changes({"sequences": ["s3", "s0", "s2"], "templates": ["t4"]}, {"sequences": ["s1", "never there"]})
    after = store.change("acme", made.id, wish)
    assert (ids(after), ids(after, T), after.version) == (["s0", "s3", "s2"], ["t0", "t4"], 2)
    assert store.get("acme", made.id) == after
    assert store.change("acme", made.id, wish) == after == store.get("acme", made.id)
    assert store.change("acme", made.id, changes({}, {"templates": ["a/b", ""]})) == after
    assert verify(table, "acme").differences == set()
    with pytest.raises(Conflict):
        store.add("acme", made.id, S, "s3")


def test_exactly_these_in_this_order(store: CampaignStore, table: Table) -> None:
    made = store.create("acme", NewCampaign(name="N", sequences=["s0", "s1", "s2"], templates=["t0"]))
    for number, wish in enumerate((["s2", "s4", "s0"], ["s0", "s2", "s4"], ["s0", "s2", "s4", "s1"], ["s4"], []), 2):
        after = store.change("acme", made.id, exactly(S, wish))
        assert (ids(after), ids(after, T), after.version) == (wish, ["t0"], number)
        assert store.change("acme", made.id, exactly(S, wish)) == after == store.get("acme", made.id)
        assert verify(table, "acme").differences == set()
    with pytest.raises(NotFound):
        store.change("acme", made.id, exactly(T, ["t0", "s0"]))


@pytest.mark.parametrize("kind", Kind)
def test_what_was_added_one_by_one_keeps_its_order(store: CampaignStore, kind: Kind) -> None:
    """Items of the first release, and of code that adds one by one, stand in the order of their moments."""
    first, second, third, *_ = [f"{kind.value[0]}{number}" for number in (4, 2, 3)]
    made = store.create("acme", NewCampaign(name="N"))
    for id_ in (first, second):
        store.add("acme", made.id, kind, id_)
    after = store.change("acme", made.id, Wish(wanted(kind, [third, f"{kind.value[0]}0"], "add")))
    assert ids(after, kind) == [first, second, third, f"{kind.value[0]}0"]
    assert ids(store.add("acme", made.id, kind, f"{kind.value[0]}1"), kind)[-1] == f"{kind.value[0]}1"
    assert ids(store.get("acme", made.id), kind)[:4] == ids(after, kind)


def test_if_match_guards_each(store: CampaignStore) -> None:
    made = store.create("acme", NewCampaign(name="N", sequences=["s0"]))
    for wish in (changes({"sequences": ["s1"]}), changes({"sequences": ["s0"]}), exactly(S, ["s0"]), exactly(T, [])):
        with pytest.raises(PreconditionFailed):
            store.change("acme", made.id, wish, {2, 3})
    assert store.change("acme", made.id, changes({"sequences": ["s1"]}), {1}).version == 2
    assert store.change("acme", made.id, exactly(S, []), {1, 2}).version == 3


def test_a_campaign_that_is_not_there(store: CampaignStore) -> None:
    missing = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    made = store.create("acme", NewCampaign(name="N", sequences=["s0"]))
    for tenant, id_ in (("acme", missing), ("acme", "nonsense"), ("globex", made.id)):
        for action in (
            partial(store.change, tenant, id_, changes({"sequences": ["s0"]})),
            partial(store.change, tenant, id_, exactly(S, [])),
            partial(store.clone, tenant, id_, CloneOptions()),
        ):
            with pytest.raises(NotFound, match="no such campaign"):
                action()


def furnished(shared_table: Table, tenant: str) -> tuple[CampaignStore, str]:
    """A tenant of its own with 60 of each kind, and an empty campaign."""
    for kind in Kind:
        announce(shared_table, 60, kind, tenant)
    store = CampaignStore(shared_table, ticking)
    return store, store.create(tenant, NewCampaign(name="N")).id


@pytest.mark.parametrize("kinds", [(S,), (T,), (S, T)])
def test_49_are_added_and_50_are_not(shared_table: Table, kinds: tuple[Kind, ...]) -> None:
    tenant = f"many-{len(kinds)}-{kinds[0]}"
    store, id_ = furnished(shared_table, tenant)
    many = [(kind, f"{kind.value[0]}{n}") for n in range(50) for kind in kinds][:50]

    def contents_of(count: int) -> dict[str, list[str]]:
        return {kind.plural: [id_ for each, id_ in many[:count] if each is kind] for kind in Kind}

    def holding(count: int) -> NewCampaign:
        return NEW_CAMPAIGN.parse({"name": "N", **contents_of(count)})

    for action in (
        lambda: store.create(tenant, holding(50)),
        lambda: store.create_with_key(tenant, holding(50), "key of 50"),
        lambda: store.change(tenant, id_, changes(contents_of(50))),
    ):
        with pytest.raises(InvalidInput, match=r"add at most 49 .* this would add 50 and take out 0"):
            action()
    assert store.get(tenant, id_).version == 1
    made, _ = store.create_with_key(tenant, holding(49), f"key of 49 {kinds}")
    changed = store.change(tenant, id_, changes(contents_of(49)))
    for each in (made, changed):
        assert sum(len(ids(each, kind)) for kind in Kind) == 49
        assert {kind.plural: ids(each, kind) for kind in Kind} == contents_of(49)
        assert store.get(tenant, each.id) == each
    assert changed.version == 2
    # What is part already takes no place: 49 of 50 are.
    assert store.change(tenant, id_, changes(contents_of(50))).version == 3
    assert verify(shared_table, tenant).differences == set()


def test_99_are_taken_out_and_100_are_not(shared_table: Table) -> None:
    tenant = "many-out"
    store, id_ = furnished(shared_table, tenant)
    everything = [(kind, f"{kind.value[0]}{number}") for kind in Kind for number in range(60)]
    for start in range(0, 100, 49):
        store.change(
            tenant,
            id_,
            Wish([each for kind, name in everything[:100][start : start + 49] for each in wanted(kind, [name], "add")]),
        )
    full = store.get(tenant, id_)
    for wish in (Wish([], frozenset(everything[:100])), Wish(wanted(T, ["t55"], "add"), frozenset(everything[:98]))):
        with pytest.raises(InvalidInput, match="at most 99 at once"):
            store.change(tenant, id_, wish)
    assert store.get(tenant, id_) == full
    after = store.change(tenant, id_, Wish([], frozenset(everything[:99])))
    assert (ids(after), ids(after, T), after.version) == ([], ["t39"], full.version + 1)
    assert verify(shared_table, tenant).differences == set()


def test_both_kinds_in_and_out_in_one_transaction(shared_table: Table) -> None:
    tenant = "many-both"
    store, id_ = furnished(shared_table, tenant)
    store.change(tenant, id_, changes({"sequences": [f"s{n}" for n in range(25)], "templates": ["t0", "t1"]}))
    wish = changes(
        {"sequences": [f"s{n}" for n in range(30, 50)], "templates": [f"t{n}" for n in range(2, 18)]},
        {"sequences": [f"s{n}" for n in range(25)], "templates": ["t0", "t1"]},
    )
    after = store.change(tenant, id_, wish)  # 2 x 36 + 27 = 99
    assert (len(ids(after)), len(ids(after, T)), after.version) == (20, 16, 3)
    assert verify(shared_table, tenant).differences == set()


def hold_490(store: CampaignStore, tenant: str, known: list[str]) -> str:
    """A campaign with the first 490 of these sequences."""
    id_ = store.create(tenant, NewCampaign(name="N")).id
    for start in range(0, 490, 49):
        store.change(tenant, id_, changes({"sequences": known[start : start + 49]}))
    return id_


def test_500_and_no_more(shared_table: Table) -> None:
    tenant = "full"
    store = CampaignStore(shared_table, ticking)
    known = announce(shared_table, 510, tenant=tenant)
    id_ = hold_490(store, tenant, known)
    with pytest.raises(InvalidInput, match="sequences must not hold more than 500"):
        store.change(tenant, id_, changes({"sequences": known[490:501]}))
    full = store.change(tenant, id_, exactly(S, known[499::-1]))
    assert ids(full) == known[499::-1]
    assert store.get(tenant, id_) == full
    swapped = store.change(tenant, id_, exactly(S, [*known[:499], known[509]]))
    assert ids(store.get(tenant, id_)) == ids(swapped) == [*known[:499], known[509]]


@pytest.mark.parametrize("shared_table", ["memory", "dynamodb-local"], indirect=True)
def test_one_of_500_is_exchanged_in_three_calls(shared_table: Table) -> None:
    """Where batches are answered whole, which the engine called strict does not always do."""
    tenant = "exchanged"
    store = CampaignStore(shared_table, ticking)
    known = announce(shared_table, 501, tenant=tenant)
    id_ = hold_490(store, tenant, known)
    store.change(tenant, id_, exactly(S, known[:500]))
    with counted_calls(shared_table.client) as calls:
        store.change(tenant, id_, exactly(S, [*known[:499], known[500]]))
    assert calls == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_400_kb_and_no_more(shared_table: Table) -> None:
    """Names of four bytes a character: a change that would pass 400 KB is refused as a whole."""
    tenant, store = "nearly-400-kb", CampaignStore(shared_table, ticking)
    long_ids = [f"{number:03}".ljust(128, "x") for number in range(490)]
    for id_ in long_ids:
        shared_table.send("put_item", **catalogue_requests.announce(tenant, S, id_, "\U0001f680" * 200, 1))
    made = store.create(tenant, NewCampaign(name="N"))
    for start in range(0, 392, 49):
        last = store.change(tenant, made.id, changes({"sequences": long_ids[start : start + 49]}))
    with pytest.raises(InvalidInput, match="would make the campaign pass 400 KB"):
        store.change(tenant, made.id, changes({"sequences": long_ids[392:441]}))
    assert store.get(tenant, made.id) == last
    assert verify(shared_table, tenant).differences == set()
    clone = store.clone(tenant, made.id, CloneOptions(), "a record is as large").campaign
    assert store.clone(tenant, made.id, CloneOptions(), "a record is as large") == (clone, True)
    assert clone.sequences == last.sequences


@pytest.mark.parametrize("count", [0, 3, 49, 50, 120])
def test_a_clone_is_a_draft_with_all_that_the_campaign_holds(shared_table: Table, count: int) -> None:
    tenant, store = f"clones-{count}", CampaignStore(shared_table, ticking)
    known = announce(shared_table, count, tenant=tenant) + announce(shared_table, count and 1, T, tenant)
    new = NewCampaign(name="N" * 200, description="D", labels=("a", "B"), metadata={"k": "v"})
    source = store.create(tenant, new)
    for start in range(0, len(known), 49):
        part = known[start : start + 49]
        store.change(
            tenant, source.id, changes({kind.plural: [i for i in part if i[0] == kind.value[0]] for kind in Kind})
        )
    store.update(tenant, source.id, CampaignPatch(status="active", archived=True), None)
    if count > 1:
        # A deletion that the campaign has not been told of yet.
        shared_table.send("put_item", **catalogue_requests.bury(tenant, S, "s1", 5, "2025-01-01T00:00:00.000Z", 2**40))
    source = store.get(tenant, source.id)
    made, replayed = store.clone(tenant, source.id, CloneOptions())
    assert (made.name, made.description, made.status) == (("Copy of " + "N" * 200)[:200], "D", "draft")
    assert (made.labels, made.metadata, made.archived_at) == (("a", "B"), {"k": "v"}, None)
    assert (made.version, made.created_at == made.updated_at, replayed) == (1, True, False)
    assert ids(made) == [id_ for id_ in ids(source) if id_ != "s1"]
    assert ids(made, T) == ids(source, T)
    assert store.get(tenant, made.id) == made
    assert store.get(tenant, source.id) == source
    assert store.clone(tenant, source.id, CloneOptions("Mine")).campaign.name == "Mine"
    lasting = {line for line in verify(shared_table, tenant).differences if not line.startswith(source.id)}
    assert lasting == set()
    assert notes(shared_table, tenant) == []


def notes(table: Table, tenant: str) -> list[dict[str, Any]]:
    """What tells of unfinished clones."""
    values = {":pk": {"S": keys.unfinished_clones(tenant)}}
    return list(table.query(KeyConditionExpression="PK = :pk", ExpressionAttributeValues=values))


def test_a_key_answers_what_was_first_made(store: CampaignStore, catalogue: CatalogueStore) -> None:
    new = NewCampaign(name="N", sequences=["s0", "s1"], labels=("l",), metadata={"k": "v"})
    first, _ = store.create_with_key("acme", new, "key")
    clone, _ = store.clone("acme", first.id, CloneOptions(), "clone key")
    catalogue.follow(named("s0", "Renamed", at=2))
    catalogue.follow(deleted("s1", at=3))
    store.delete("acme", first.id, None)
    assert store.create_with_key("acme", new, "key") == (first, True)
    assert store.clone("acme", first.id, CloneOptions(), "clone key") == (clone, True)
    others: list[Callable[[], object]] = [
        lambda: store.create_with_key("acme", new, "clone key"),
        lambda: store.clone("acme", first.id, CloneOptions(), "key"),
        lambda: store.clone("acme", clone.id, CloneOptions(), "clone key"),
        lambda: store.clone("acme", first.id, CloneOptions("Another name"), "clone key"),
        *(
            partial(store.create_with_key, "acme", changed, "key")
            for changed in (
                new._replace(sequences=["s1", "s0"]),
                new._replace(labels=()),
                new._replace(metadata={"k": "w"}),
                new._replace(templates=["t0"]),
            )
        ),
    ]
    for other in others:
        with pytest.raises(Conflict, match="used with another body, or at another endpoint"):
            other()


def test_a_key_of_the_first_release_counts_for_its_day(table: Table) -> None:
    """Its records hold a hash of name and description, and what a draft's answer is made from."""
    clock = ManualClock()
    store = CampaignStore(table, clock)
    new = NewCampaign(name="N", description="D")
    made, _ = store.create_with_key("acme", new, "key")
    record = keys.idempotency_record("acme", "key")
    table.send("update_item", Key=record, UpdateExpression="REMOVE campaign")
    item = table.get(record)
    assert item is not None
    assert set(item) == {"PK", "SK", "fingerprint", "campaignId", "createdAt", "expiresAt"}
    # printf '["N", "D"]' | sha256sum
    assert item["fingerprint"] == "8ab35c7283632f5a4fd908b9ed776af6f9329dd6b97b3b86d4b4c65659c2bb28"
    assert store.create_with_key("acme", new, "key") == (made, True)


type Interference = Callable[[CampaignStore, CatalogueStore, str], object]
BETWEEN: dict[str, tuple[Interference, list[str] | type[Exception]]] = {
    "a rename of the campaign": (
        lambda store, _, id_: store.update("acme", id_, CampaignPatch(name="Renamed"), None),
        ["S0", "S1", "S2"],
    ),
    "an addition": (lambda store, _, id_: store.add("acme", id_, S, "s4"), ["S0", "S4", "S1", "S2"]),
    "an addition of the same": (lambda store, _, id_: store.add("acme", id_, S, "s2"), ["S0", "S2", "S1"]),
    "a removal": (lambda store, _, id_: store.remove("acme", id_, S, "s0"), ["S1", "S2"]),
    "a rename": (lambda _, catalogue, __: catalogue.follow(named("s2", "New", at=2)), ["S0", "S1", "New"]),
    "a rename of what is part": (
        lambda _, catalogue, __: catalogue.follow(named("s0", "New", at=2)),
        ["New", "S1", "S2"],
    ),
    "a deletion": (lambda _, catalogue, __: catalogue.follow(deleted("s2", at=2)), NotFound),
    "a deletion of the campaign": (lambda store, _, id_: store.delete("acme", id_, None), NotFound),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_others_act_between_its_two_trips(
    name: str, store: CampaignStore, catalogue: CatalogueStore, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    interfere, expected = BETWEEN[name]
    made = store.create("acme", NewCampaign(name="N", sequences=["s0"]))
    transact, done = table.transact, list[str]()

    def interfered(operations: list[Any]) -> None:
        if not done:
            done.append(name)
            interfere(store, catalogue, made.id)
        transact(operations)

    monkeypatch.setattr(table, "transact", interfered)
    wish = changes({"sequences": ["s1", "s2"]})
    if isinstance(expected, list):
        after = store.change("acme", made.id, wish)
        assert [each.name for each in after.sequences] == expected
        assert store.get("acme", made.id) == after
    else:
        with pytest.raises(expected):
            store.change("acme", made.id, wish)
    assert done == [name]
    if "campaign" not in name or "deletion" not in name:
        assert verify(table, "acme").differences == set()


def test_a_removal_is_spelled_once() -> None:
    """What the bulk change deletes is what the single removal deletes."""
    single = requests.remove("acme", "cmp_1", S, "s", "now")[1]
    assert contents.leave("acme", "cmp_1", [(S, "s")]) == [single]
