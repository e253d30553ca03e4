"""Hypothesis drives the stores and a plain in-memory model side by side and compares every answer."""

import itertools
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.contents import Wish, exactly, wanted
from campaigns.domain.errors import CampaignsError
from campaigns.domain.finding import Filters, Query
from campaigns.domain.identifiers import timestamp
from campaigns.domain.inputs import CampaignPatch, CloneOptions, NewCampaign
from campaigns.store import keys
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import START, deleted, named
from support.clock import ManualClock
from support.model import Model
from support.stores import CampaignStore

TENANTS = st.sampled_from(["acme", "globex"])
KINDS = st.sampled_from(list(Kind))
SUBJECTS = st.sampled_from(["onboarding", "launch", "a#b"])
NAMES = st.sampled_from(["A", "B", "\U0001f680"])
VERSIONS = st.none() | st.sets(st.integers(1, 5), min_size=1)
DATES = st.none() | st.integers(-20, 60).map(lambda number: timestamp(START + timedelta(milliseconds=5 * number)))


def is_sent(patch: dict[str, Any]) -> bool:
    """Whether a patch gets as far as the store: it is not empty, and its own dates are in order."""
    starts_at, ends_at = patch.get("startsAt"), patch.get("endsAt")
    return bool(patch) and not (starts_at and ends_at and ends_at <= starts_at)


PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "description": st.none() | NAMES,
        "status": st.sampled_from(["draft", "active", "completed"]),
        "labels": st.sampled_from([(), ("a",), ("a", "B")]),
        "metadata": st.none() | st.dictionaries(st.sampled_from("kl"), st.none() | NAMES),
        "archived": st.booleans(),
        "startsAt": DATES,
        "endsAt": DATES,
    },
).filter(is_sent)
THINGS = st.lists(st.tuples(KINDS, SUBJECTS), max_size=4, unique=True)
WHICH = st.integers(0, 4)
RUNS = itertools.count()


class StoreAndModel(RuleBasedStateMachine):
    """Few campaigns, few names, so that operations meet each other often."""

    table: Table

    @initialize()
    def start(self) -> None:
        self.clock = ManualClock()
        self.campaigns = CampaignStore(self.table, self.clock)
        self.catalogue = CatalogueStore(self.table, self.clock)
        self.model = Model()
        self.ids: list[str] = []
        self.keys: dict[tuple[str, str], tuple[str, Campaign]] = {}
        # One table for all runs: each run has tenants of its own.
        self.run = next(RUNS)

    def compare(self, of_store: Callable[[], object], of_model: Callable[[], object]) -> None:
        def answer(operation: Callable[[], object]) -> object:
            try:
                return operation()
            except CampaignsError as error:
                return (type(error), error.message)

        assert answer(of_store) == answer(of_model)

    def id_at(self, which: int) -> str:
        return self.ids[which % len(self.ids)] if self.ids else "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"

    def named_tenant(self, tenant: str) -> str:
        return f"{tenant}-{self.run}"

    @rule(milliseconds=st.integers(-3, 10))
    def time_passes(self, milliseconds: int) -> None:
        self.clock.advance(milliseconds)

    @rule(tenant=TENANTS, name=NAMES, description=st.none() | NAMES)
    def create(self, tenant: str, name: str, description: str | None) -> None:
        tenant = self.named_tenant(tenant)
        made = self.campaigns.create(tenant, NewCampaign(name=name, description=description))
        assert (made.name, made.description, made.status, made.version) == (name, description, "draft", 1)
        self.model.campaigns[tenant, made.id] = made
        self.ids.append(made.id)

    @rule(tenant=TENANTS, which=WHICH)
    def get(self, tenant: str, which: int) -> None:
        tenant, id_ = self.named_tenant(tenant), self.id_at(which)
        self.compare(lambda: self.campaigns.get(tenant, id_), lambda: self.model.get(tenant, id_))

    @rule(tenant=TENANTS, limit=st.integers(1, 3), archived=st.sampled_from([False, True, None]))
    def list(self, tenant: str, limit: int, archived: bool | None) -> None:
        tenant, shown, cursor = self.named_tenant(tenant), [], None
        while True:
            page = self.campaigns.list(tenant, limit, cursor, Query(Filters(archived=archived)))
            shown += page.campaigns
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.campaigns) == limit
        assert shown == self.model.list(tenant, archived)

    @rule(tenant=TENANTS, which=WHICH, patch=PATCHES, versions=VERSIONS)
    def update(self, tenant: str, which: int, patch: dict[str, object], versions: set[int] | None) -> None:
        tenant, id_, changes = self.named_tenant(tenant), self.id_at(which), cast(CampaignPatch, patch)
        self.compare(
            lambda: self.campaigns.update(tenant, id_, changes, versions),
            lambda: self.model.update(tenant, id_, changes, versions, self.clock.now),
        )

    @rule(tenant=TENANTS, which=WHICH, versions=VERSIONS)
    def delete(self, tenant: str, which: int, versions: set[int] | None) -> None:
        tenant, id_ = self.named_tenant(tenant), self.id_at(which)
        before = self.model.campaigns.get((tenant, id_))
        self.compare(
            lambda: self.campaigns.delete(tenant, id_, versions), lambda: self.model.delete(tenant, id_, versions)
        )
        if before and (tenant, id_) not in self.model.campaigns:
            held = {kind: [each.id for each in before.associations(kind)] for kind in Kind}
            self.campaigns.remove_memberships(tenant, id_, held)

    @rule(tenant=TENANTS, which=WHICH, kind=KINDS, subject=SUBJECTS)
    def add(self, tenant: str, which: int, kind: Kind, subject: str) -> None:
        tenant, id_ = self.named_tenant(tenant), self.id_at(which)
        self.compare(
            lambda: self.campaigns.add(tenant, id_, kind, subject),
            lambda: self.model.add(tenant, id_, kind, subject, self.clock.now),
        )

    @rule(tenant=TENANTS, which=WHICH, kind=KINDS, subject=SUBJECTS, versions=VERSIONS)
    def remove(self, tenant: str, which: int, kind: Kind, subject: str, versions: set[int] | None) -> None:
        tenant, id_ = self.named_tenant(tenant), self.id_at(which)
        self.compare(
            lambda: self.campaigns.remove(tenant, id_, kind, subject, versions),
            lambda: self.model.remove(tenant, id_, kind, subject, versions, self.clock.now),
        )

    @rule(tenant=TENANTS, which=WHICH, add=THINGS, remove=THINGS, exact=st.none() | KINDS, versions=VERSIONS)
    def change(
        self,
        tenant: str,
        which: int,
        add: Sequence[tuple[Kind, str]],
        remove: Sequence[tuple[Kind, str]],
        exact: Kind | None,
        versions: set[int] | None,
    ) -> None:
        tenant, id_ = self.named_tenant(tenant), self.id_at(which)
        if exact:
            wish = exactly(exact, [subject for kind, subject in add if kind is exact])
        else:
            both = [each for kind in Kind for each in wanted(kind, [s for k, s in add if k is kind], kind.plural)]
            wish = Wish(both, frozenset(remove) - set(add))
        self.compare(
            lambda: self.campaigns.change(tenant, id_, wish, versions),
            lambda: self.model.rearrange(tenant, id_, wish, versions, self.clock.now),
        )

    @rule(tenant=TENANTS, which=WHICH, key=st.none() | st.sampled_from("kl"))
    def clone(self, tenant: str, which: int, key: str | None) -> None:
        tenant, id_ = self.named_tenant(tenant), self.id_at(which)
        if (tenant, id_) not in self.model.campaigns or (key and (tenant, key) in self.keys):
            return
        made = self.campaigns.clone(tenant, id_, CloneOptions(), key).campaign
        assert made == self.model.clone(tenant, id_, made)
        self.ids.append(made.id)
        if key:
            self.keys[tenant, key] = (id_, made)

    @rule(data=st.data())
    def clone_again(self, data: st.DataObject) -> None:
        if not self.keys:
            return
        tenant, key = data.draw(st.sampled_from(sorted(self.keys)))
        id_, made = self.keys[tenant, key]
        assert self.campaigns.clone(tenant, id_, CloneOptions(), key) == (made, True)

    @rule(tenant=TENANTS, kind=KINDS, subject=SUBJECTS, name=st.none() | NAMES, at=st.integers(0, 6))
    def follow(self, tenant: str, kind: Kind, subject: str, name: str | None, at: int) -> None:
        tenant = self.named_tenant(tenant)
        told: Announcement = (
            deleted(subject, at, kind=kind, tenant=tenant)
            if name is None
            else named(subject, name, at, kind=kind, tenant=tenant)
        )
        self.catalogue.follow(told)
        self.model.follow(told, self.clock.now)

    @invariant()
    def memberships_agree_with_campaigns(self) -> None:
        if not hasattr(self, "model"):
            return
        for tenant, kind, subject in self.model.catalogue:
            found = self.table.query(
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": keys.memberships(tenant, kind, subject)}},
            )
            assert {keys.campaign_id_of(item["SK"]) for item in found} == {
                id_
                for (owner, id_), campaign in self.model.campaigns.items()
                if owner == tenant and campaign.holds(kind, subject)
            }


def test_the_stores_answer_as_the_model_does(shared_table: Table) -> None:
    StoreAndModel.table = shared_table
    run_state_machine_as_test(
        StoreAndModel,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
