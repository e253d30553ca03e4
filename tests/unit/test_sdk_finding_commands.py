"""The command line and the MCP server find: what they ask for, and what they show."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import kraiter.cli
import kraiter.mcp
import pytest
from kraiter import AsyncKraiter
from typer.testing import CliRunner

from unit.test_sdk_command_line import CAMPAIGN, ID, KEY, refusal

ENTRY = {"id": "onboarding", "name": "Onboarding Sequence", "updatedAt": "2025-09-15T10:00:00.000Z"}
LONG = {"id": "s" * 128, "name": "n" * 200, "updatedAt": "2025-09-15T10:00:00.000Z"}
FEW, MANY = {"count": 3, "precision": "exact"}, {"count": 10_000, "precision": "at_least"}
type Run = Callable[..., Any]


class Api:
    """Answers from a script, and remembers what it was asked for."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path.removeprefix("/api/campaigns"), dict(request.url.params)))
        answer = self.answers.pop(0)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def page(*data: Any, cursor: str | None = None) -> Any:
    return {"data": list(data), "nextCursor": cursor}


def campaign(number: int) -> dict[str, Any]:
    return CAMPAIGN | {"id": f"cmp_{number}"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against a script."""
    monkeypatch.setenv("CAMPAIGNS_API_KEY", KEY)
    monkeypatch.setenv("CAMPAIGNS_BASE_URL", "https://api.test")

    def go(api: Api, *arguments: str, **environment: str) -> Any:
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: api(request))
        monkeypatch.setattr(kraiter.cli.out, "_width", 80)
        return CliRunner().invoke(kraiter.cli.app, arguments, prog_name="campaigns", env=environment)

    return go


ALL_FILTERS = {
    "status": "active,draft",
    "label": "q4,emea",
    "q": "spring",
    "sequence": "onboarding",
    "template": "t",
    "createdAfter": "2025-01-01T00:00:00Z",
    "createdBefore": "2026-01-01T00:00:00Z",
    "updatedAfter": "2025-01-01T00:00:00Z",
    "updatedBefore": "2026-01-01T00:00:00Z",
    "archived": "any",
}
OPTIONS = [
    *("--status", "active,draft", "--label", "q4", "-l", "emea", "--q", "spring", "-s", "onboarding", "-t", "t"),
    *("--created-after", "2025-01-01T00:00:00Z", "--created-before", "2026-01-01T00:00:00Z"),
    *("--updated-after", "2025-01-01T00:00:00Z", "--updated-before", "2026-01-01T00:00:00Z", "--archived", "any"),
]


def test_all_filters_are_asked_for(run: Run) -> None:
    api = Api(page(CAMPAIGN), FEW)
    result = run(api, "list", *OPTIONS, "--sort", "-updatedAt", "--limit", "5", "--json")
    assert [each["etag"] for each in json.loads(result.stdout)] == ['"3"']
    assert run(api, "count", *OPTIONS).stdout == "3\n"
    assert api.asked == [("", ALL_FILTERS | {"sort": "-updatedAt", "limit": "5"}), ("/count", ALL_FILTERS)]


def test_ids_stand_alone(run: Run) -> None:
    api = Api(page(*map(campaign, range(30))))
    assert len(json.loads(run(api, "list", "--ids", "cmp_a", "--ids", "cmp_b,cmp_c", "--json").stdout)) == 30
    assert api.asked == [("", {"ids": "cmp_a,cmp_b,cmp_c"})]


@pytest.mark.parametrize(
    ("pages", "arguments", "found", "more"),
    [
        ([page(*map(campaign, range(20)))], (), 20, False),
        ([page(*map(campaign, range(20)), cursor="c")], (), 20, True),
        ([page(cursor="c"), page(*map(campaign, range(3)), cursor="d"), page()], (), 3, False),
        ([page(campaign(0), cursor="c"), page(campaign(1), campaign(2))], ("--limit", "2"), 2, True),
        ([page(campaign(0), cursor="c"), page(campaign(1))], ("--limit", "1", "--all"), 2, False),
    ],
)
def test_as_many_are_listed_as_are_wanted_however_short_the_pages(
    run: Run, pages: list[Any], arguments: tuple[str, ...], found: int, more: bool
) -> None:
    result = run(Api(*pages), "list", *arguments)
    assert result.stdout.count("cmp_") == found
    assert ("There are more" in result.stderr) == more


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["list", "--sort", "size"], 2, "is not one of"),
        (["list", "--archived", "maybe"], 2, "is not one of"),
        (["count", "--limit", "1"], 2, "No such option"),
        (["sequences", ".."], 2, "an id must not be '..'"),
        (["list", "--status", ""], 3, "status: must be"),
    ],
)
def test_what_is_not_understood_is_told(run: Run, arguments: list[str], status: int, text: str) -> None:
    result = run(Api(refusal(400, "VALIDATION_ERROR", "status must be", ("status", "must be"))), *arguments)
    assert (result.exit_code, result.stdout, text in result.stderr) == (status, "", True)


def test_a_count_says_where_there_are_more(run: Run) -> None:
    assert run(Api(MANY), "count").stdout == "10000 or more\n"
    assert json.loads(run(Api(MANY), "count", "--json").stdout) == MANY


@pytest.mark.parametrize("kind", ["sequences", "templates"])
def test_the_catalogue_is_readable_at_80_columns(run: Run, kind: str) -> None:
    api = Api(page(ENTRY, LONG, cursor="c"), page(), ENTRY | {"campaignCount": FEW}, ENTRY | {"campaignCount": FEW})
    result = run(api, kind, "--q", "on", "--limit", "2")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert (lines[0].split(), lines[1].split()[0]) == (["id", "name", "updated"], "onboarding")
    assert (result.stdout.count("s" * 20) > 0, result.stdout.count("s"), "There are more" in result.stderr) == (
        True,
        128,
        True,
    )
    assert json.loads(run(api, kind, "--json").stdout) == []
    shown = run(api, kind, "onboarding").stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["id", "name", "updated", "campaigns"]
    assert shown.split()[-1] == "3"
    assert json.loads(run(api, kind, "onboarding", "--json").stdout) == ENTRY | {"campaignCount": FEW}
    paths = [path for path, _ in api.asked]
    assert paths == [f"/catalogue/{kind}"] * 2 + [f"/catalogue/{kind}/onboarding"] * 2
    assert api.asked[0][1] == {"q": "on", "limit": "2"}


@pytest.mark.parametrize(
    ("words", "answer", "completed"),
    [
        ("campaigns show cmp_01", page(CAMPAIGN, CAMPAIGN | {"id": "cmp_00"}), [ID]),
        ("campaigns list --ids ", page(CAMPAIGN), [ID]),
        ("campaigns add cmp_01 --sequence on", page(ENTRY, LONG), ["onboarding"]),
        ("campaigns list --template ", page(ENTRY), ["onboarding"]),
        ("campaigns sequences ", page(ENTRY), ["onboarding"]),
        ("campaigns list --status a", None, ["active"]),
        ("campaigns show cmp_", refusal(401, "UNAUTHORISED"), []),
    ],
)
def test_a_shell_completes_ids(run: Run, words: str, answer: Any, completed: list[str]) -> None:
    written = words.split(" ")
    asked = {"_CAMPAIGNS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(written) - 1)}
    result = run(Api(answer), **asked)
    assert (result.stdout.split(), result.stderr) == (completed, "")


def test_nothing_is_completed_without_a_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMPAIGNS_API_KEY")
    asked = {"_CAMPAIGNS_COMPLETE": "complete_bash", "COMP_WORDS": "campaigns show c", "COMP_CWORD": "2"}
    result = run(Api(), **asked)
    assert (result.stdout.split(), result.stderr) == ([], "")


def call(api: Api, tool: str, **arguments: Any) -> Any:
    async def go() -> Any:
        async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=httpx.MockTransport(api)) as client:
            return await kraiter.mcp.server(client, read_only=True).call_tool(tool, arguments)

    result = asyncio.run(go())
    assert not result.is_error, result.content[0].text
    return result.structured_content


def test_the_tools_find() -> None:
    listed = dict.fromkeys(("labels", "metadata", "startsAt", "endsAt", "archivedAt"))
    shown = CAMPAIGN | {"labels": [], "metadata": {}}
    api = Api(page(shown, cursor="c"), page(), FEW, page(ENTRY, cursor="c"), page(ENTRY))
    lists = {name: ALL_FILTERS[name].split(",") for name in ("status", "label")}
    times = {
        f"{moment}_{side}": ALL_FILTERS[f"{moment}{side.title()}"]
        for moment in ("created", "updated")
        for side in ("after", "before")
    }
    filters = {name: ALL_FILTERS[name] for name in ("q", "sequence", "template", "archived")} | lists | times
    found = call(api, "list_campaigns", **filters, sort="name", limit=1, cursor="b")
    assert found == {"data": [listed | shown], "nextCursor": "c"}
    assert call(api, "list_campaigns", ids=["cmp_b", "cmp_a"], status=[]) == page()
    assert call(api, "count_campaigns", **filters) == FEW
    assert call(api, "list_sequences", q="on", limit=1, cursor="b") == page(ENTRY, cursor="c")
    assert call(api, "list_templates") == page(ENTRY)
    assert api.asked == [
        ("", ALL_FILTERS | {"sort": "name", "limit": "1", "cursor": "b"}),
        ("", {"ids": "cmp_b,cmp_a"}),
        ("/count", ALL_FILTERS),
        ("/catalogue/sequences", {"q": "on", "limit": "1", "cursor": "b"}),
        ("/catalogue/templates", {}),
    ]


def test_a_tool_that_finds_tells_what_the_api_refuses() -> None:
    told = refusal(400, "VALIDATION_ERROR", "ids must stand alone", ("ids", "must stand alone"))
    for tool in ("list_campaigns", "count_campaigns", "list_sequences", "list_templates"):
        with pytest.raises(AssertionError, match="VALIDATION_ERROR: ids must stand alone"):
            call(Api(told), tool)
