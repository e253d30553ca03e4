"""The table that shows both SDKs side by side says nothing that they have not."""

import keyword
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    re.split(r" \| ", line.strip("| "))
    for line in (ROOT / "docs" / "sdks.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| what for"))
]
PYTHON = [each for each in (ROOT / "sdk/python/src/kraiter").rglob("*.py") if each.parent.name not in {"cli", "mcp"}]
JAVASCRIPT = list((ROOT / "sdk/javascript/src").glob("*.d.ts"))
ELSEWHERE = {
    "Python": {*keyword.kwlist, "asyncio", "timeout", "httpx", "HTTPTransport", "proxy", "getLogger", "each", "seen"},
    "JavaScript": {
        "kraiter",
        "new",
        "const",
        "for",
        "await",
        "of",
        "each",
        "seen",
        "instanceof",
        "AbortSignal",
        "console",
    },
}
"""What the languages and other libraries have, and values of the reader's own."""
ENVIRONMENT = {"KRAITER_LOG", "info", "debug"}


def words(text: str) -> set[str]:
    """Names in code, without what stands in quotes."""
    return set(re.findall(r"\b[A-Za-z]\w+", re.sub(r'"[^"]*"', "", text)))


def said(column: int) -> set[str]:
    return {word for row in ROWS for code in re.findall(r"`([^`]+)`", row[column]) for word in words(code)}


def test_every_row_has_both_sides() -> None:
    assert len(ROWS) >= 30
    assert all(len(row) == 3 and "`" in row[1] and "`" in row[2] for row in ROWS)


@pytest.mark.parametrize(
    ("column", "language", "files", "tomorrow"),
    [(1, "Python", PYTHON, set()), (2, "JavaScript", JAVASCRIPT, {"priority"})],
)
def test_what_it_names_is_there(column: int, language: str, files: list[Path], tomorrow: set[str]) -> None:
    there = {word for file in files for word in words(file.read_text())}
    assert len(said(column)) > 50
    assert said(column) - there - ELSEWHERE[language] - ENVIRONMENT == tomorrow
