"""Whose key the command line uses, and where it keeps keys."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import kraiter.cli
import pytest
import typer
from kraiter.cli import output, profiles, terminal
from typer.testing import CliRunner

from unit.test_sdk_command_line import KEY, refusal

OTHER_KEY = "kr_" + "o" * 43
URL = "https://api.test"
IDENTITY = {
    "tenantId": "acme",
    "key": {"id": "key_1", "name": "Laptop", "scopes": ["campaigns:read"], "expiresAt": None},
}
type Run = Callable[..., Any]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the profiles are."""
    monkeypatch.setattr(typer, "get_app_dir", lambda _: str(tmp_path / "campaigns"))
    for name in ("CAMPAIGNS_API_KEY", "CAMPAIGNS_BASE_URL", "CAMPAIGNS_PROFILE", "KRAITER_LOG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "campaigns" / "profiles.json"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, home: Path) -> Run:
    """Run a command, and see with which key it calls which API."""

    def go(*arguments: str, given: str = "", refused: httpx.Response | None = None, **environment: str) -> Any:
        called: list[tuple[str, str]] = []

        def answer(_: Any, request: httpx.Request) -> httpx.Response:
            called.append((request.headers["authorization"].removeprefix("Bearer "), request.url.host))
            return refused or httpx.Response(200, json=IDENTITY)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answer)
        monkeypatch.setattr(output, "_asked", {})
        monkeypatch.setattr(profiles, "_asked", {})
        terminal.in_json.clear()
        result: Any = CliRunner().invoke(
            kraiter.cli.app, arguments, prog_name="campaigns", input=given, env=environment
        )
        result.called = called
        return result

    return go


def test_a_key_is_kept_once_the_api_knows_it(run: Run, home: Path) -> None:
    result = run("login", "--base-url", URL, given=f"{KEY}\n")
    assert (result.exit_code, result.called) == (0, [(KEY, "api.test")]), result.output
    assert "acme as Laptop" in result.stdout
    assert KEY not in result.output
    assert stat.S_IMODE(home.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700
    assert run("whoami").called == [(KEY, "api.test")]
    assert "the profile default" in run("whoami").stdout


def test_a_key_that_the_api_does_not_know_is_not_kept(run: Run, home: Path) -> None:
    result = run("login", "--base-url", URL, given=f"{KEY}\n", refused=refusal(401, "UNAUTHORISED"))
    assert (result.exit_code, home.exists()) == (4, False)
    assert "the key of this login is kr_kk…" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "wrong"),
    [
        (["login"], KEY, "--base-url"),
        (["login", "--base-url", URL], "secret", "api_key must be an API key"),
        (["login", "--base-url", "ftp://x"], KEY, "base_url must be the URL"),
    ],
)
def test_what_can_not_be_kept(run: Run, home: Path, arguments: list[str], given: str, wrong: str) -> None:
    result = run(*arguments, given=given)
    assert (result.exit_code, result.called, home.exists()) == (2, [], False)
    assert wrong in " ".join(result.stderr.split())
    assert given not in result.output


def test_an_option_comes_before_the_environment_and_that_before_a_profile(run: Run) -> None:
    run("login", "--base-url", URL, given=KEY)
    run("login", "--base-url", "https://other.test", "--profile", "other", given=OTHER_KEY)
    environment = {"CAMPAIGNS_API_KEY": "kr_" + "e" * 43, "CAMPAIGNS_BASE_URL": "https://env.test"}
    assert run("whoami", **environment).called == [("kr_" + "e" * 43, "env.test")]
    assert run("whoami", "--profile", "other", **environment).called == [(OTHER_KEY, "other.test")]
    assert run("whoami", CAMPAIGNS_PROFILE="other").called == [(OTHER_KEY, "other.test")]
    assert run("whoami").called == [(KEY, "api.test")]


def test_no_key_goes_to_an_api_that_it_is_not_of(run: Run) -> None:
    """A URL in the environment is not that of the profile's key."""
    run("login", "--base-url", URL, given=KEY)
    result = run("whoami", CAMPAIGNS_BASE_URL="https://elsewhere.test")
    assert (result.exit_code, result.called) == (2, [])
    assert "set CAMPAIGNS_API_KEY in the environment, or: campaigns login" in result.stderr


def test_a_profile_is_forgotten(run: Run, home: Path) -> None:
    run("login", "--base-url", URL, given=KEY)
    run("login", "--base-url", URL, "--profile", "other", given=OTHER_KEY)
    assert "Forgot the profile default" in run("logout").stdout
    assert set(json.loads(home.read_text())) == {"other"}
    assert "There is no profile default" in run("logout").stdout
    result = run("whoami")
    assert (result.exit_code, result.called) == (2, [])


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_file_that_others_may_read_is_not_read(run: Run, home: Path) -> None:
    run("login", "--base-url", URL, given=KEY)
    home.chmod(0o644)
    result = run("whoami")
    assert (result.exit_code, result.called) == (2, [])
    assert "chmod 600" in result.stderr
    for command in (["login", "--base-url", URL], ["logout"]):
        told = run(*command, given=KEY)
        assert (told.exit_code, told.called, "chmod 600" in told.stderr) == (2, [], True)


@pytest.mark.parametrize("text", ["", "[]", '{"default": {}}', '{"default": "x"}'])
def test_a_file_that_is_none_of_ours_is_told_of(run: Run, home: Path, text: str) -> None:
    run("login", "--base-url", URL, given=KEY)
    home.write_text(text)
    result = run("whoami")
    assert (result.exit_code, "not readable" in result.stderr) == (2, True), result.output


def test_the_key_of_a_profile_is_to_blame_by_its_beginning(run: Run) -> None:
    run("login", "--base-url", URL, given=KEY)
    told = run("whoami", refused=refusal(401, "UNAUTHORISED")).stderr
    assert "the key of the profile default is kr_kk…" in told
    assert KEY not in told


def test_calls_are_told_of_without_the_key(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    run("login", "--base-url", URL, given=KEY)
    with caplog.at_level("DEBUG", "kraiter"):
        assert run("whoami", "--debug").exit_code == 0
    os.environ.pop("KRAITER_LOG", None)
    assert "GET https://api.test/api/campaigns/whoami" in caplog.text
    assert KEY not in caplog.text
