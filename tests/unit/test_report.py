"""The report of a verification: every test that was seen is in it, with what was wrong or why it was skipped."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operations.report import Outcome, Recorder, Verification, load, page

TESTS = """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("no such stack")

@pytest.fixture
def left_behind():
    yield
    raise RuntimeError("could not be removed")

def test_passes(record_property):
    record_property("load", '{"seconds": 3}')

def test_fails():
    assert 404 == 200, "was not found"

def test_has_no_stack(broken): ...

def test_leaves_something(left_behind): ...

@pytest.mark.skip(reason="needs the emulator")
def test_skipped(): ...

@pytest.mark.differs("is slower")
def test_differs(): ...
"""


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """What was taken down of these tests."""
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  differs: how\n")
    recorder = Recorder()
    pytest.main(["-q", "-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider", str(tmp_path)], plugins=[recorder])
    return recorder


def test_each_test_is_taken_down_once(recorder: Recorder) -> None:
    outcomes = {each.test.partition("::")[2]: each[1:] for each in recorder.outcomes.values()}
    assert outcomes == {
        "test_passes": ("passed", "", ""),
        "test_fails": ("failed", "AssertionError: was not found", ""),
        "test_has_no_stack": ("failed", "RuntimeError: no such stack", ""),
        "test_leaves_something": ("failed", "RuntimeError: could not be removed", ""),
        "test_skipped": ("skipped", "needs the emulator", ""),
        "test_differs": ("passed", "", "is slower"),
    }
    assert recorder.load == {"seconds": 3}


def test_the_page() -> None:
    loaded = {
        "seconds": 600.0,
        "clients": 8,
        "rate": 0,
        "seed": "1",
        "rows": [{"call": "GET /x", "answers": {"200": 9, "503": 1}, "p50": 10.4, "p95": 20, "p99": 30, "most": 40}],
        "cold": {"count": 1, "p50": 400.0, "p95": 400.0, "p99": 400.0, "most": 400.0},
        "rateLimits": ["", "Ratelimit-Policy"],
    }
    outcomes = [
        Outcome("test_a", "failed", "was 404"),
        Outcome("test_b", "passed", differs="is slower"),
        Outcome("test_c", "skipped", "needs the emulator"),
        Outcome("test_d", "skipped", "needs the emulator"),
    ]
    began, ended = datetime(2025, 9, 15, 10, tzinfo=UTC), datetime(2025, 9, 15, 10, 12, tzinfo=UTC)
    run = Verification(
        "campaigns-dev", "abc1234", began, ended, outcomes, json.loads(json.dumps(loaded)), "3 tenants: 5 items."
    )
    assert page(run) == (
        """# Verification of campaigns-dev

1 passed, 1 failed, 2 skipped, from 2025-09-15 10:00:00 to 10:12:00 UTC, at commit abc1234.

## Failed

All of this passes on the local stack.

- `test_a`: was 404

## Known to differ from the emulator

- `test_b` 1 passed: is slower

## The load

8 clients for 600 s; milliseconds, from where the client stands.

| call | answers | p50 | p95 | p99 | longest | to p50, to p99 |
| --- | --- | ---: | ---: | ---: | ---: | --- |
| `GET /x` | 9 × 200, 1 × 503 | 10 | 20 | 30 | 40 | ████████░░░░░░░░░░░░░░░░ |

1 answers were cold: p50 400, p95 400, the longest 400.

Headers about limits: none or `Ratelimit-Policy`.

## Skipped

- 2: needs the emulator

## Cleaned up

3 tenants: 5 items.
"""  # noqa: RUF001
    )


def test_a_load_at_a_pace_says_so() -> None:
    rows = [{"call": "GET /x", "answers": {"200": 1}, "p50": 1, "p95": 1, "p99": 1, "most": 1}]
    found = {
        "seconds": 60,
        "clients": 32,
        "rate": 20.0,
        "seed": "7",
        "rows": rows,
        "cold": {"count": 0},
        "rateLimits": [],
    }
    assert next(load(found)) == (
        "20 requests a second, by the lots of 7, from 32 clients for 60 s; milliseconds, from where the client stands, "
        "since the request was due."
    )


def test_where_nothing_was_loaded_it_says_so() -> None:
    moment = datetime(2025, 9, 15, tzinfo=UTC)
    assert "## The load\n\nNothing.\n" in page(Verification("s", "c", moment, moment, [], None, "Nothing."))
