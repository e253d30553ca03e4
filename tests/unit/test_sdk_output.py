"""The forms in which the command line prints answers, and any call."""

import csv
import io
import json
from functools import partialmethod
from typing import Any

import pytest
import typer
from kraiter.cli import output
from typer.testing import CliRunner

from unit.test_sdk_command_line import CAMPAIGN, ID, refusal
from unit.test_sdk_finding_commands import Api, Run, page, run
from unit.test_sdk_webhook_commands import Bodies

__all__ = ["run"]


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_asked", {})


OTHER = CAMPAIGN | {"id": "cmp_2", "name": "=HYPERLINK(1)", "description": None}


def test_some_fields_as_json(run: Run) -> None:
    result = run(Api(page(CAMPAIGN, OTHER)), "list", "--fields", "id, name")
    assert json.loads(result.stdout) == [{name: each[name] for name in ("id", "name")} for each in (CAMPAIGN, OTHER)]
    assert json.loads(run(Api(CAMPAIGN), "show", ID, "--fields", "etag,status").stdout) == {
        name: CAMPAIGN[name] for name in ("etag", "status")
    }
    wrong = run(Api(CAMPAIGN), "show", ID, "--fields", "id,colour")
    assert (wrong.exit_code, "colour is not" in " ".join(wrong.stderr.split())) == (2, True)


def test_a_line_each(run: Run) -> None:
    result = run(Api(page(CAMPAIGN, OTHER)), "list", "--output", "ndjson")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [ID, "cmp_2"]
    assert len(run(Api(CAMPAIGN), "show", ID, "-o", "ndjson").stdout.splitlines()) == 1


def test_json_is_the_same_by_both_names(run: Run) -> None:
    texts = {run(Api(CAMPAIGN), "show", ID, *each).stdout for each in (["--json"], ["--output", "json"])}
    assert len(texts) == 1


def test_a_table_for_spreadsheets_has_no_formulas(run: Run) -> None:
    result = run(Api(page(CAMPAIGN, OTHER)), "list", "--output", "csv", "--fields", "id,name,description,labels")
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert rows == [
        ["id", "name", "description", "labels"],
        [ID, CAMPAIGN["name"], CAMPAIGN["description"] or "", "[]"],
        ["cmp_2", "'=HYPERLINK(1)", "", "[]"],
    ]
    for text in ("=1", "+1", "-1", "@x", "\tx", "\rx"):
        assert output._cell(text) == f"'{text}"


def test_what_jq_makes(run: Run) -> None:
    result = run(Api(page(CAMPAIGN, OTHER)), "list", "--jq", ".[].id")
    assert result.stdout.splitlines() == [ID, "cmp_2"]
    assert run(Api(page(CAMPAIGN)), "list", "--jq", "length").stdout == "1\n"
    for arguments in (["--jq", ".["], ["--jq", ".id"], ["--jq", ".", "--output", "csv"]):
        assert run(Api(page(CAMPAIGN)), "list", *arguments).exit_code == 2


def test_without_jq_it_is_said_how_to_have_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(output, "import_module", missing)
    result = run(Api(page()), "list", "--jq", ".")
    assert (result.exit_code, "pip install" in result.stderr) == (2, True)


def test_an_error_is_json_where_the_answer_would_be(run: Run) -> None:
    result = run(Api(refusal(404, "NOT_FOUND", "There is no such campaign.")), "show", ID, "--output", "ndjson")
    assert json.loads(result.stderr)["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("arguments", "verb", "asked", "sent"),
    [
        (["GET", "/api/campaigns?status=active"], "GET", ("", {"status": "active"}), None),
        (
            ["get", "/api/campaigns", "-f", "status=active", "-f", "limit=5"],
            "GET",
            ("", {"status": "active", "limit": "5"}),
            None,
        ),
        (
            ["POST", "/api/campaigns", "-f", "name=N", "-f", 'labels=["a"]'],
            "POST",
            ("", {}),
            {"name": "N", "labels": ["a"]},
        ),
        (["PATCH", f"/api/campaigns/{ID}", "--input", "-"], "PATCH", (f"/{ID}", {}), {"name": "M"}),
    ],
)
def test_any_call(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], verb: str, asked: Any, sent: Any
) -> None:
    api = Bodies(CAMPAIGN)
    monkeypatch.setattr(CliRunner, "invoke", partialmethod(CliRunner.invoke, input='{"name": "M"}'))
    result = run(api, "api", *arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == CAMPAIGN
    assert (api.verb, api.asked, api.sent) == (verb, [asked], sent)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["FETCH", "/api/campaigns"], "method must be one of"),
        (["GET", "https://elsewhere.test/api/campaigns"], "path must begin with /api/campaigns"),
        (["POST", "/api/campaigns", "-f", "name"], "NAME=VALUE"),
        (["DELETE", f"/api/campaigns/{ID}", "--dry-run"], None),
    ],
)
def test_a_call_that_is_not_made(run: Run, arguments: list[str], wrong: str | None) -> None:
    api = Api()
    result = run(api, "api", *arguments)
    assert (result.exit_code, api.asked) == (2 if wrong else 0, [])
    assert (wrong or "would send DELETE") in " ".join(result.output.split())


def test_the_documentation_is_opened(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)
    result = run(Api(), "open")
    assert (result.stdout, opened) == ("https://api.test/api/docs\n", ["https://api.test/api/docs"])
