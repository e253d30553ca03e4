"""How what finding takes grows with what there is: ``python -m bench.finding``.

The store over the engine in memory, which counts calls and units as DynamoDB Local does, as
tests/store/test_finding_costs.py shows. Every second campaign is common, and one in a thousand rare.
"""

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.plot import curves
from bench.report import machine, write_section
from bench.scale import DOCS, MOST, Lines, steps
from campaigns.domain.campaign import Page
from campaigns.store.finding import CampaignFinder
from support.engines import counted_calls, memory_client, new_table
from support.finding import COUNTS, LISTS, Metered, counting, items, listing
from tools.markdown import table

OFTEN = 1_000
TENANT = "finder"
INDEXED = ("newest", "status, common", "status, rare", "two statuses", "by change", "by name", "sequence, rare")
"""What an index, or memberships, tell by themselves."""


class Finding:
    """One tenant, with more and more campaigns."""

    def __init__(self) -> None:
        made = new_table(memory_client())
        self._table = Metered(made.client, made.name)
        self._finder = CampaignFinder(self._table)
        self.cells: dict[str, list[str]] = {}
        self.panels: dict[str, Lines] = {"campaigns, told by an index": {}, "looked through": {}, "counted": {}}

    def measure(self) -> list[int]:
        """Each way, at each number of campaigns; the numbers."""
        have = 0
        numbers = list(steps(100, MOST))
        indexed, looked, counted = self.panels.values()
        for wanted in numbers:
            self._table.put_all(items(TENANT, range(have, wanted), OFTEN))
            have = wanted
            for name, asked in LISTS.items():
                lines = indexed if name in INDEXED else looked
                self._one(f"list: {name}", wanted, partial(listing, self._finder, TENANT, asked), lines)
            for name, asked in COUNTS.items():
                self._one(f"count: {name}", wanted, partial(counting, self._finder, TENANT, asked), counted)
        return numbers

    def _one(self, name: str, campaigns: int, action: Callable[[], Any], lines: Lines) -> None:
        self._table.units = 0
        with counted_calls(self._table.client) as calls:
            found = action()
        if isinstance(found, Page):
            shown = f"{len(found.campaigns)}{'+' if found.next_cursor else ''}"
        else:
            shown = f"{found.number:,}{'+' if found.precision == 'at_least' else ''}"
        self.cells.setdefault(name, []).append(f"{len(calls)} / {self._table.units:,g} / {shown}")
        figures: dict[str, float] = {"calls": len(calls), "read units": self._table.units}
        lines.setdefault(name.partition(": ")[2], []).append((campaigns, figures))


def main() -> None:
    """Measure, write the page, draw."""
    finding = Finding()
    numbers = finding.measure()
    header = ["calls / read units / found, of", *(f"{number:,}" for number in numbers)]
    rows = [list(itertools.chain([name], cells)) for name, cells in finding.cells.items()]
    write_section("finding", f"{machine()}\n\n{table(header, rows)}")
    curves(finding.panels, ("calls", "read units"), DOCS / "finding.svg")


if __name__ == "__main__":
    main()
