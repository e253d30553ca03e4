"""What a verification found, as a page of Markdown: a pytest plugin that takes it down, and the page."""

import json
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pytest


class Outcome(NamedTuple):
    """How one test went."""

    test: str
    outcome: str
    """passed, failed or skipped"""
    reason: str = ""
    differs: str = ""
    """How AWS is known to do it otherwise than the emulator."""


@dataclass
class Recorder:
    """Takes down how the tests of a run go, and what the load was answered."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    load: dict[str, Any] | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Called for the setup, the call and the teardown of a test; what fails of these says how it went."""
        report = yield
        before = self.outcomes.get(item.nodeid)
        if report.when == "call" or report.outcome != "passed":
            if before is None or before.outcome == "passed":
                mark = item.get_closest_marker("differs")
                differs = str(mark.args[0]) if mark else ""
                self.outcomes[item.nodeid] = Outcome(item.nodeid, report.outcome, reason_of(report), differs)
            for name, value in item.user_properties:
                if name == "load":
                    self.load = json.loads(str(value))
        return report


def reason_of(report: pytest.TestReport) -> str:
    """Why a test was skipped or failed, in one line."""
    if report.outcome == "passed":
        return ""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr).partition("\n")[0]


@dataclass
class Verification:
    """One run against one stack."""

    stack: str
    commit: str
    began: datetime
    ended: datetime
    outcomes: list[Outcome]
    load: dict[str, Any] | None
    erased: str

    @property
    def failed(self) -> list[Outcome]:
        """What should hold, and did not."""
        return [each for each in self.outcomes if each.outcome == "failed"]


def page(run: Verification) -> str:
    """The report."""
    count = Counter(each.outcome for each in run.outcomes)
    verdict = f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped"
    return "\n".join(
        [
            f"# Verification of {run.stack}",
            "",
            f"{verdict}, from {run.began:%Y-%m-%d %H:%M:%S} to {run.ended:%H:%M:%S} UTC, at commit {run.commit}.",
            *section("Failed", "All of this passes on the local stack.", failures(run.failed)),
            *section("Known to differ from the emulator", "", differences(run.outcomes)),
            *section("The load", "", load(run.load)),
            *section("Skipped", "", skipped(run.outcomes)),
            *section("Cleaned up", "", [run.erased]),
            "",
        ]
    )


def section(title: str, introduction: str, lines: Iterator[str] | list[str]) -> list[str]:
    """A part of the page; one without lines says so."""
    written = list(lines)
    return [
        "",
        f"## {title}",
        "",
        *([introduction, ""] if introduction and written else []),
        *(written or ["Nothing."]),
    ]


def failures(failed: list[Outcome]) -> Iterator[str]:
    """Each of them, with what was wrong."""
    for each in failed:
        yield f"- `{each.test}`: {each.reason}"


def differences(outcomes: list[Outcome]) -> Iterator[str]:
    """Each test that knows one, and how it went here, with its several parameters."""
    known = Counter((each.test.partition("[")[0], each.differs, each.outcome) for each in outcomes if each.differs)
    for (test, differs, outcome), times in known.items():
        yield f"- `{test}` {times} {outcome}: {differs}"


def skipped(outcomes: list[Outcome]) -> Iterator[str]:
    """By their reasons, with how many."""
    for reason, tests in sorted(Counter(each.reason for each in outcomes if each.outcome == "skipped").items()):
        yield f"- {tests}: {reason}"


def bar(dark: float, light: float, width: int = 24) -> str:
    """A bar of text that is dark up to one part of the width, and light up to another."""
    return ("█" * round(dark * width)).ljust(max(1, round(light * width)), "░")


def load(found: dict[str, Any] | None) -> Iterator[str]:
    """A row for each call, in milliseconds; then the cold answers among them and the headers about limits."""
    if found is None:
        return
    pace = f"{found['rate']:g} requests a second, by the lots of {found['seed']}, from " if found["rate"] else ""
    yield (
        f"{pace}{found['clients']} clients for {found['seconds']:.0f} s; milliseconds, from where the client stands"
        f"{', since the request was due' if pace else ''}."
    )
    yield ""
    yield "| call | answers | p50 | p95 | p99 | longest | to p50, to p99 |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | --- |"
    most = max(row["p99"] for row in found["rows"])
    for row in found["rows"]:
        answers = ", ".join(f"{count} × {status}" for status, count in row["answers"].items())  # noqa: RUF001
        taken = " | ".join(f"{row[name]:.0f}" for name in ("p50", "p95", "p99", "most"))
        yield f"| `{row['call']}` | {answers} | {taken} | {bar(row['p50'] / most, row['p99'] / most)} |"
    yield ""
    cold = found["cold"]
    yield f"{cold['count']} answers were cold" + (
        f": p50 {cold['p50']:.0f}, p95 {cold['p95']:.0f}, the longest {cold['most']:.0f}." if cold["count"] else "."
    )
    yield ""
    limits = [f"`{each}`" if each else "none" for each in found["rateLimits"]]
    yield f"Headers about limits: {' or '.join(limits)}."
