"""How cost grows with what there is: ``python -m bench.scale``.

The handlers run in this process over DynamoDB Local, with campaigns written to its table beforehand. Calls and capacity
are counted as AWS bills them; times are medians of wall clock, and show the shape of a curve only.
"""

import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from bench.data import ENTRIES, TABLE, Data
from bench.plot import curves
from bench.report import machine, write_section
from campaigns.domain.campaign import Kind
from campaigns.domain.catalogue import Announcement
from campaigns.domain.errors import CampaignsError
from campaigns.runtime.deadline import answer_within
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from local.dynamodb import dynamodb_local
from store.test_round_trips import OPERATIONS, furnished
from support.billing import billed
from support.catalogue import named
from support.engines import client_of, new_table
from support.stores import CampaignStore
from tools.capacity import CAPACITY
from tools.markdown import table

DOCS = Path(__file__).parents[1] / "docs"
MOST = int(os.environ.get("BENCH_MOST", "100000"))
FIGURES = ("calls", "read units", "write units", "ms")
type Lines = dict[str, list[tuple[float, dict[str, float]]]]
"""By operation, pairs of N and the figures of one call."""
SAMPLES = 15
TENANTS = (f"tenant-{number}" for number in itertools.count())


class Scale:
    """One DynamoDB Local, and what operations on it take."""

    def __init__(self, endpoint: str) -> None:
        self._data = Data(endpoint)
        self._table = Table(self._data.client, TABLE)
        self._store = CampaignStore(self._table)
        self.rows: list[list[str]] = []

    def campaigns_of_one_tenant(self) -> Lines:
        """get, list and add in a tenant with N campaigns."""
        tenant, count = next(TENANTS), 0
        self._data.catalogue(tenant)
        lines: Lines = {}
        for wanted in steps(100, MOST):
            ids = self._data.campaigns(tenant, wanted - count)
            count = wanted
            self._operations(f"{wanted:,} campaigns", wanted, tenant, ids[-SAMPLES:], lines)
        return lines

    def associations_of_one_campaign(self) -> Lines:
        """get, list and add with N associations in each campaign."""
        lines: Lines = {}
        for count in (0, 10, 100, 500):
            tenant = next(TENANTS)
            self._data.catalogue(tenant)
            ids = self._data.campaigns(tenant, max(20, SAMPLES), associations=count)
            self._operations(f"{count} associations each", max(count, 1), tenant, ids[-SAMPLES:], lines)
        return lines

    def tenants(self) -> Lines:
        """get, list and add with N tenants of 100 campaigns."""
        lines: Lines = {}
        made = 0
        for wanted in (1, 10, 100, 1_000):
            for _ in range(wanted - made):
                tenant = next(TENANTS)
                ids = self._data.campaigns(tenant, min(100, MOST // 10))
            made = wanted
            self._data.catalogue(tenant)
            self._operations(f"{wanted:,} tenants", wanted, tenant, ids[-SAMPLES:], lines)
        return lines

    def holders_of_one_sequence(self) -> Lines:
        """A rename of a sequence that N campaigns hold."""
        lines: Lines = {"rename": []}
        for count in steps(100, MOST // 10):
            tenant = next(TENANTS)
            self._data.catalogue(tenant)
            self._data.campaigns(tenant, count, holding=Kind.SEQUENCE)
            renamed = named(ENTRIES[Kind.SEQUENCE], "Renamed", tenant=tenant)
            lines["rename"].append(
                (count, self._measure(f"{count:,} holders", "rename", [partial(self._follow, renamed)]))
            )
        return lines

    def _follow(self, announcement: Announcement) -> None:
        with answer_within(3_600):
            CatalogueStore(self._table).follow(announcement)

    def _operations(self, size: str, x: int, tenant: str, ids: list[str], lines: Lines) -> None:
        operations: dict[str, list[Callable[[], object]]] = {
            "get": [partial(self._store.get, tenant, id_) for id_ in ids],
            "list": [partial(self._store.list, tenant, 20, None)] * SAMPLES,
            "add": [partial(self._store.add, tenant, id_, Kind.SEQUENCE, ENTRIES[Kind.SEQUENCE]) for id_ in ids],
        }
        for name, actions in operations.items():
            lines.setdefault(name, []).append((x, self._measure(size, name, actions)))

    def _measure(self, size: str, name: str, actions: list[Callable[[], object]]) -> dict[str, float]:
        """The figures of one action, the median of its times; they go to the table, too.

        The first is billed, which takes time, and the others are timed, unless there is only one.
        """
        first, *others = actions
        taken = []
        with billed(self._table) as bill:
            started = time.perf_counter()
            first()
            taken.append(time.perf_counter() - started)
        for action in others:
            started = time.perf_counter()
            action()
            taken.append(time.perf_counter() - started)
        counts = [bill.trips, bill.read, bill.write]
        milliseconds = 1000 * statistics.median(taken[1:] or taken)
        self.rows.append([f"{name}, {size}", *(f"{count:g}" for count in counts), f"{milliseconds:,.1f}"])
        return dict(zip(FIGURES, [*counts, milliseconds], strict=True))


def costs_of_operations(endpoint: str) -> list[list[str]]:
    """What each operation on a small campaign takes, as AWS bills it."""
    rows = []
    for name in CAPACITY:
        own = new_table(client_of(endpoint))
        store, campaign = furnished(own)
        with billed(own) as bill, suppress(CampaignsError):
            OPERATIONS[name][1](store, campaign.id)
        figures = (bill.trips, bill.read, bill.write, bill.write - bill.index_writes)
        rows.append([name, *map(str, figures)])
    return rows


def steps(first: int, last: int) -> Iterable[int]:
    """``first``, ten times as many, and so on up to ``last``."""
    return itertools.takewhile(lambda count: count <= last, (first * 10**power for power in itertools.count()))


def main() -> None:
    """Measure, write the page, draw."""
    with dynamodb_local() as endpoint:
        scale = Scale(endpoint)
        panels: dict[str, Any] = {
            "campaigns of the tenant": scale.campaigns_of_one_tenant(),
            "associations of each campaign": scale.associations_of_one_campaign(),
            "tenants": scale.tenants(),
            "campaigns that hold the sequence": scale.holders_of_one_sequence(),
        }
        costs = costs_of_operations(endpoint)
    write_section(
        "costs", table(["operation", "round trips", "read units", "write units", "without the indexes"], costs)
    )
    write_section("scale", f"{machine()}\n\n{table(['operation', *FIGURES], scale.rows)}")
    curves(panels, ("ms", "calls", "read units", "write units"), DOCS / "scale.svg")


if __name__ == "__main__":
    main()
