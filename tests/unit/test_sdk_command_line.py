"""The command line and the MCP server over scripted answers: what they say, where, and with which exit status."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import kraiter.cli
import kraiter.mcp
import kraiter.shell
import pytest
from kraiter import AsyncKraiter, KraiterError, __version__
from kraiter.cli.dates import read_date
from typer.testing import CliRunner

KEY = "kr_" + "k" * 43
ID = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7X"
CAMPAIGN: dict[str, Any] = {
    "id": ID,
    "name": "Q4 Product Launch, for everybody who has ever asked for it",
    "description": None,
    "status": "completed",
    "sequences": [{"id": "onboarding", "name": "Onboarding Sequence"}],
    "templates": [],
    "createdAt": "2025-09-15T10:00:00.000Z",
    "updatedAt": "2025-09-16T10:00:00.000Z",
    "etag": '"3"',
}
EVIL = "a\x1b[2J\x9b31m\x07\u202eb\r\x7f"
type Answers = Callable[[httpx.Request], httpx.Response]
type Run = Callable[..., Any]


def refusal(status: int, code: str, message: str = "No.", *details: tuple[str, str]) -> httpx.Response:
    named = [{"field": field, "message": text} for field, text in details]
    error = {"code": code, "message": message, "requestId": "r-1", "details": named}
    return httpx.Response(status, json={"error": error})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against one answer."""
    monkeypatch.setenv("CAMPAIGNS_API_KEY", KEY)
    monkeypatch.setenv("CAMPAIGNS_BASE_URL", "https://api.test/v1")

    def go(answer: httpx.Response | Exception, *arguments: str) -> Any:
        def send(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", send)
        monkeypatch.setattr("time.sleep", lambda _: None)
        monkeypatch.setattr(kraiter.cli.out, "_width", 80)
        return CliRunner().invoke(kraiter.cli.app, arguments)

    return go


def test_a_list_is_readable_at_80_columns(run: Run) -> None:
    page = {"data": [CAMPAIGN, CAMPAIGN | {"name": "Short"}], "nextCursor": None}
    result = run(httpx.Response(200, json=page), "list")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["id", "name", "status", "updated", "seq", "tpl"]
    assert [line.split() for line in lines if "Short" in line] == [[ID, "Short", "completed", "2025-09-16", "1", "0"]]
    assert "".join(line[32:45].strip() for line in lines[1:-1]).replace(" ", "").startswith("Q4Product")


def test_the_version(run: Run) -> None:
    result = run(httpx.Response(500), "--version")
    assert (result.exit_code, result.stdout) == (0, f"campaigns {__version__}\n")


def test_whoami(run: Run) -> None:
    key = {"id": "key_1", "name": "CI", "scopes": ["campaigns:read", "events:read"], "expiresAt": None}
    identity = {"tenantId": "acme", "key": key}
    told = run(httpx.Response(200, json=identity), "whoami").stdout
    assert [line.split() for line in told.splitlines()] == [
        ["tenant", "acme"],
        ["key", "key_1", "CI"],
        ["may", "campaigns:read,", "events:read"],
        ["until", "revoked"],
    ]
    assert json.loads(run(httpx.Response(200, json=identity), "whoami", "--json").stdout) == identity


def test_what_is_gone_is_told(run: Run) -> None:
    assert run(httpx.Response(204), "delete", ID, "--yes").stdout == f"Deleted {ID}.\n"
    result = run(httpx.Response(200, json=CAMPAIGN), "remove", ID, "-s", "onboarding", "-t", "[b]x[/b]")
    assert result.stdout == f"{ID} is without sequence onboarding, template [b]x[/b].\n"


def test_a_message_is_told_once(run: Run) -> None:
    invalid = refusal(
        400,
        "VALIDATION_ERROR",
        "name is required; labels.0 is empty",
        ("name", "is required"),
        ("labels.0", "is empty"),
    )
    result = run(invalid, "create", "x")
    assert (result.exit_code, result.stderr) == (
        3,
        "campaigns: name: is required (request r-1)\n  labels.0: is empty\n",
    )
    forbidden = refusal(403, "FORBIDDEN", "This API key may not do that.", ("scope", "needs campaigns:write"))
    result = run(forbidden, "create", "x")
    assert result.exit_code == 4
    assert result.stderr.splitlines() == [
        "campaigns: This API key may not do that. (request r-1)",
        "  scope: needs campaigns:write",
        "  CAMPAIGNS_API_KEY is kr_kk…",
    ]


@pytest.mark.parametrize(
    ("answer", "status", "setting"),
    [
        (refusal(401, "UNAUTHORISED"), 4, "CAMPAIGNS_API_KEY is kr_kk…"),
        (httpx.Response(404, text="<html>"), 1, "CAMPAIGNS_BASE_URL is https://api.test/v1"),
        (httpx.Response(302, headers={"Location": "/login"}), 1, "CAMPAIGNS_BASE_URL is https://api.test/v1"),
        (httpx.Response(200, text="<html>"), 1, "CAMPAIGNS_BASE_URL is https://api.test/v1"),
        (refusal(404, "NOT_FOUND", "There is no such route."), 1, "CAMPAIGNS_BASE_URL is https://api.test/v1"),
        (httpx.ConnectError("refused"), 7, "CAMPAIGNS_BASE_URL is https://api.test/v1"),
    ],
)
def test_an_error_names_the_setting_at_fault(run: Run, answer: httpx.Response, status: int, setting: str) -> None:
    result = run(answer, "list")
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.endswith(f"\n  {setting}\n")
    assert KEY not in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAMPAIGNS_API_KEY", f"{KEY}\n"),
        ("CAMPAIGNS_API_KEY", f"{KEY}000000"),
        ("CAMPAIGNS_BASE_URL", "https://[oops"),
        ("CAMPAIGNS_BASE_URL", "api.test"),
    ],
)
def test_a_bad_setting_is_one_clear_error(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    result = run(httpx.Response(500), "list")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"campaigns: {name} ")
    monkeypatch.setattr("sys.argv", ["kraiter-mcp"])
    with pytest.raises(SystemExit) as end:
        kraiter.mcp.main()
    told = capsys.readouterr().err
    assert end.value.code == 2
    assert f"error: {name} " in told
    assert "k" * 9 not in result.stderr + told


def test_an_error_is_json_where_answers_are(run: Run) -> None:
    result = run(refusal(400, "VALIDATION_ERROR", "limit is bad", ("limit", "is bad")), "list", "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    assert json.loads(result.stderr) == {
        "error": {
            "code": "VALIDATION_ERROR",
            "message": "limit is bad",
            "requestId": "r-1",
            "details": [{"field": "limit", "message": "is bad"}],
        }
    }
    told = json.loads(run(httpx.Response(500), "show", "..", "--json").stderr)
    assert told == {"error": {"code": "NOT_UNDERSTOOD", "message": "an id must not be '..'"}}
    # And not from then on.
    assert run(refusal(404, "NOT_FOUND"), "show", ID).stderr == "campaigns: No. (request r-1)\n"


def test_no_control_character_of_the_servers_reaches_the_terminal(run: Run) -> None:
    evil = CAMPAIGN | {"name": EVIL, "description": EVIL, "status": EVIL, "sequences": [{"id": EVIL, "name": EVIL}]}
    evil |= {"createdAt": EVIL, "updatedAt": EVIL, "startsAt": EVIL}
    said = [
        run(httpx.Response(200, json=evil), "show", ID),
        run(httpx.Response(200, json={"data": [evil], "nextCursor": None}), "list"),
        run(refusal(400, EVIL, EVIL, (EVIL, EVIL)), "show", ID),
    ]
    for result in said:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.output)
        assert "a\ufffd[2J\ufffd31m" in result.output.replace("\n", "")


def test_every_tool_says_what_it_answers() -> None:
    client = AsyncKraiter(api_key=KEY, base_url="https://api.test")
    tools = asyncio.run(kraiter.mcp.server(client).list_tools())
    assert [tool.name for tool in tools if not (tool.output_schema or {}).get("properties")] == []


def test_a_tool_sets_and_clears_dates() -> None:
    sent: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=CAMPAIGN)

    async def call(**arguments: Any) -> None:
        transport = httpx.MockTransport(answer)
        async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=transport) as client:
            await kraiter.mcp.server(client).call_tool("update_campaign", {"campaign_id": ID, **arguments})

    asyncio.run(call(starts_at="2027-01-01T09:00:00+01:00", clear_ends_at=True))
    asyncio.run(call(ends_at="2027-02-01T09:00:00Z", clear_starts_at=True, clear_description=True))
    assert sent == [
        {"startsAt": "2027-01-01T09:00:00+01:00", "endsAt": None},
        {"endsAt": "2027-02-01T09:00:00Z", "startsAt": None, "description": None},
    ]


def test_a_tool_tells_a_message_once_and_the_setting_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGNS_API_KEY", KEY)

    async def told(answer: httpx.Response) -> str:
        transport = httpx.MockTransport(lambda _: answer)
        async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=transport) as client:
            result: Any = await kraiter.mcp.server(client).call_tool("get_campaign", {"campaign_id": ID})
            assert result.is_error
            return "".join(each.text for each in result.content)

    invalid = refusal(400, "VALIDATION_ERROR", "name is required", ("name", "is required"))
    assert asyncio.run(told(invalid)).count("is required") == 1
    assert "CAMPAIGNS_API_KEY is kr_kk…" in asyncio.run(told(refusal(401, "UNAUTHORISED")))


def test_every_code_has_an_exit_status_that_is_written_down() -> None:
    others = set(KraiterError.codes) - set(kraiter.cli.EXIT_STATUS)
    assert others == {"INTERNAL_ERROR", "METHOD_NOT_ALLOWED", "UNEXPECTED_ANSWER", "UNSUPPORTED_MEDIA_TYPE"}


def test_a_command_starts_without_what_it_does_not_need() -> None:
    """Some 360 modules, of httpx, rich and typer: a quarter of a second of a CPU. The MCP server's would double it.

    385 and not 380 since there is the history: four small modules of the SDK's; 389 since there are webhooks: as many;
    393 since clients can be watched, and are written once for both kinds, as is the reading of answers: four; 402 with
    commands on webhooks, on many campaigns, on profiles, for any call, dry runs and forms of output: nine.
    """
    code = "import sys, kraiter.cli; print(*sys.modules)"
    environment = {"PYTHONPATH": str(Path(kraiter.__file__).parents[1]), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert not modules & {"dateparser", "mcp", "pydantic", "kraiter.mcp"}
    assert len(modules) <= 402


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user is there."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-07-01 09:00", "2027-07-01T09:00:00+02:00"),
        ("2027-01-04T09:00:00Z", "2027-01-04T10:00:00+01:00"),
        ("4 january 2027 9pm", "2027-01-04T21:00:00+01:00"),
        ("1 july 2027 9:00 UTC", "2027-07-01T11:00:00+02:00"),
    ],
)
def test_dates_are_read_in_the_users_time_zone(text: str, moment: str) -> None:
    assert read_date("starts-at", text).isoformat() == moment


@pytest.mark.usefixtures("berlin")
def test_a_weekday_is_the_next_one() -> None:
    read, now = read_date("starts-at", "monday 9:00"), datetime.now().astimezone()
    assert (read.weekday(), read.hour, read.minute) == (0, 9, 0)
    assert now < read <= now + timedelta(days=8)


@pytest.mark.usefixtures("berlin")
def test_dates_are_shown_as_they_are_read(run: Run) -> None:
    dated = CAMPAIGN | {"startsAt": "2026-11-30T08:00:00.000Z", "endsAt": None}
    lines = [line.split(maxsplit=1) for line in run(httpx.Response(200, json=dated), "show", ID).stdout.splitlines()]
    assert ["starts", "Monday, 2026-11-30 09:00:00 CET"] in [[part.strip() for part in line] for line in lines]
    assert ["ends"] in lines


def test_what_is_no_date_is_not_understood(run: Run) -> None:
    for command in (["create", "x"], ["update", ID]):
        result = run(httpx.Response(500), *command, "--ends-at", "whenever")
        assert result.exit_code == 2
        assert "--ends-at must be a date" in result.stderr.replace("\n", " ")
