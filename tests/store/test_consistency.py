"""What docs/consistency.md claims has a test; and the tests of failures, histories and roles know every endpoint."""

import re
from pathlib import Path

import pytest

from support.fault_matrix import CASES
from support.functions import ENDPOINTS, FUNCTIONS, WITH_TABLE
from tools.openapi import document

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "consistency.md").read_text()
ROWS = [row.split(" | ") for row in re.findall(r"^\| (\w+.*) \|$", PAGE, re.MULTILINE)]
SOAK = (ROOT / "tests" / "stack" / "test_soak.py").read_text()
ROUTES = [
    f"{method.upper()} {path.removeprefix('/api/campaigns')}"
    for path, methods in document()["paths"].items()
    for method in methods
]
HISTORIES = (ROOT / "tests" / "store" / "test_linearizability.py").read_text()
OF_ONE_CAMPAIGN = {name for name in ENDPOINTS if "/{id}" in (FUNCTIONS / name / "app.py").read_text()}
NOT_IN_HISTORIES = {
    **dict.fromkeys(
        ("add_template", "remove_template", "set_templates"), "the same as for sequences, for another kind"
    ),
    **{name: "of webhooks" for name in ENDPOINTS if "webhook" in name},
}


@pytest.mark.parametrize("test", sorted(set(re.findall(r"`(tests/[\w/.:]+)`", PAGE))))
def test_the_tests_that_the_page_names_are_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert (ROOT / path).is_file()
    assert not name or f"\ndef {name}(" in (ROOT / path).read_text()


def test_the_page_says_of_every_endpoint_what_follows_from_its_answers() -> None:
    told = {name for row in ROWS for name in row[0].split(", ")}
    assert set(ENDPOINTS) - told == set(), "say in docs/consistency.md what follows from their answers"
    assert told - set(ENDPOINTS) == {"all", "operation"}
    assert all(re.search(r"`tests/", row[-1]) for row in ROWS if row[0] != "operation")


@pytest.mark.parametrize("name", WITH_TABLE)
def test_every_endpoint_that_asks_the_table_meets_every_fault(name: str) -> None:
    assert name in {case.function for case in CASES.values()}, "give it situations in tests/support/fault_matrix.py"


@pytest.mark.parametrize("name", sorted(OF_ONE_CAMPAIGN - set(NOT_IN_HISTORIES)))
def test_every_endpoint_of_one_campaign_is_in_the_histories(name: str) -> None:
    assert f'"{name}"' in HISTORIES, "give it a verb in tests/store/test_linearizability.py and a step in its model"


@pytest.mark.parametrize("route", ROUTES)
def test_every_endpoint_is_soaked(route: str) -> None:
    assert len(ROUTES) == len(ENDPOINTS)
    assert f'"{route}"' in SOAK, "give it a step in tests/stack/test_soak.py"
