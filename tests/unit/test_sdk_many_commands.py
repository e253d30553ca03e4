"""The command line with many campaigns: ids from standard input, dry runs, export and import."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import kraiter.cli
import kraiter.cli.dry_run
import kraiter.cli.terminal
import pytest
from typer.testing import CliRunner

from unit.test_sdk_command_line import CAMPAIGN, ID, KEY, refusal

OTHER = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7Y"
type Run = Callable[..., Any]


class Service:
    """Campaigns that are made once for each key, and what was sent."""

    def __init__(self, *refusals: httpx.Response | None) -> None:
        self.refusals = list(refusals)
        self.sent: list[tuple[str, str, Any]] = []
        self.made: dict[str, dict[str, Any]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, body = request.url.path.removeprefix("/api/campaigns"), json.loads(request.content or b"null")
        self.sent.append((request.method, path, body))
        if self.refusals and (refused := self.refusals.pop(0)):
            return refused
        match request.method, path:
            case "POST", "":
                key = request.headers["idempotency-key"]
                new = CAMPAIGN | {"id": f"cmp_{len(self.made)}", "name": body["name"], "status": "draft", "etag": '"1"'}
                return httpx.Response(201, json=self.made.setdefault(key, new))
            case "PATCH", _:
                if request.headers.get("if-match") == '"gone"':
                    return refusal(412, "PRECONDITION_FAILED", "changed")
                return httpx.Response(200, json=CAMPAIGN | {"id": path[1:]})
            case "DELETE", _:
                return httpx.Response(204)
            case _, "":
                return httpx.Response(200, json={"data": [CAMPAIGN, CAMPAIGN | {"id": OTHER}], "nextCursor": None})
        return httpx.Response(200, json=CAMPAIGN | {"id": path[1:]})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command against a service."""
    monkeypatch.setenv("CAMPAIGNS_API_KEY", KEY)
    monkeypatch.setenv("CAMPAIGNS_BASE_URL", "https://api.test")

    def go(service: Service, *arguments: str, given: str = "") -> Any:
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: service(request))
        return CliRunner().invoke(kraiter.cli.app, arguments, prog_name="campaigns", input=given)

    kraiter.cli.terminal.in_json.clear()
    yield go
    kraiter.cli.dry_run._asked_for.clear()


@pytest.mark.parametrize(
    ("arguments", "method", "body"),
    [
        (["show", "-", "--json"], "GET", None),
        (["archive", "-"], "PATCH", {"archived": True}),
        (["unarchive", "-"], "PATCH", {"archived": False}),
        (["update", "-", "--status", "active"], "PATCH", {"status": "active"}),
        (["label", "-", "q4"], "PATCH", {"labels": ["q4"]}),
        (["delete", "-", "--yes"], "DELETE", None),
    ],
)
def test_ids_come_from_standard_input(run: Run, arguments: list[str], method: str, body: Any) -> None:
    service = Service()
    result = run(service, *arguments, given=f"{ID}\n\n {OTHER} \n")
    assert result.exit_code == 0, result.output
    assert service.sent == [(method, f"/{ID}", body), (method, f"/{OTHER}", body)]


@pytest.mark.parametrize("command", ["add", "remove"])
def test_contents_of_many_are_changed_one_after_the_other(run: Run, command: str) -> None:
    service = Service()
    assert run(service, command, "-", "-s", "onboarding", given=f"{ID}\n{OTHER}").exit_code == 0
    assert [path.split("/")[1] for _, path, _ in service.sent] == [ID, OTHER]


def test_the_first_error_ends_it_and_names_its_campaign(run: Run) -> None:
    service = Service(None, refusal(404, "NOT_FOUND", "There is no such campaign."))
    result = run(service, "archive", "-", given=f"{ID}\n{OTHER}\n{ID}\n")
    assert (result.exit_code, len(service.sent)) == (5, 2)
    assert f"{OTHER}: There is no such campaign." in result.stderr


def test_who_gives_ids_can_not_be_asked(run: Run) -> None:
    service = Service()
    result = run(service, "delete", "-", given=ID)
    assert (result.exit_code, service.sent) == (2, [])
    assert "--yes" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "Ä", "-d", "d"], "would send POST /api/campaigns {"),
        (["clone", ID], f"would send POST /api/campaigns/{ID}/clone "),
        (["update", ID, "--name", "N"], f'would send PATCH /api/campaigns/{ID} {{"name": "N"}}'),
        (["delete", ID], f"would send DELETE /api/campaigns/{ID}"),
        (["add", ID, "-s", "s"], f"would send POST /api/campaigns/{ID}/associations "),
        (["remove", ID, "-s", "s"], f"would send POST /api/campaigns/{ID}/associations "),
        (["label", ID, "q4"], f'would send PATCH /api/campaigns/{ID} {{"labels": ["q4"]}}'),
        (["archive", ID], f'would send PATCH /api/campaigns/{ID} {{"archived": true}}'),
        (["unarchive", ID], f'would send PATCH /api/campaigns/{ID} {{"archived": false}}'),
        (["webhooks", "create", "https://h.example"], "would send POST /api/campaigns/webhooks {"),
        (
            ["webhooks", "update", "wh_1", "--disable"],
            "would send PATCH /api/campaigns/webhooks/wh_1 {",
        ),
        (["webhooks", "delete", "wh_1"], "would send DELETE /api/campaigns/webhooks/wh_1"),
        (["webhooks", "rotate-secret", "wh_1"], "would send POST /api/campaigns/webhooks/wh_1/rotate-secret {}"),
        (["webhooks", "redeliver", "wh_1", "dlv_1"], "would send POST /api/campaigns/webhooks/wh_1/deliveries/dlv_1/"),
    ],
)
def test_a_dry_run_changes_nothing_and_tells_what_would(run: Run, arguments: list[str], told: str) -> None:
    service = Service()
    result = run(service, *arguments, "--dry-run")
    assert (result.exit_code, service.sent) == (0, []), result.output
    assert result.stdout.startswith(told)
    assert len(result.stdout.splitlines()) == 1


def test_a_dry_run_is_told_in_json_and_of_each_campaign(run: Run) -> None:
    result = run(Service(), "archive", "-", "--dry-run", "--json", given=f"{ID}\n{OTHER}\n")
    decoder, text, found = json.JSONDecoder(), result.stdout.strip(), []
    while text:
        one, end = decoder.raw_decode(text)
        found.append(one["wouldSend"]["target"])
        text = text[end:].strip()
    assert found == [f"/api/campaigns/{ID}", f"/api/campaigns/{OTHER}"]


def test_every_command_that_changes_something_has_a_dry_run() -> None:
    def commands(app: Any) -> Iterator[Any]:
        for group in app.registered_groups:
            yield from commands(group.typer_instance)
        yield from app.registered_commands

    without = {
        each.callback.__name__
        for each in commands(kraiter.cli.app)
        if not any("dry_run" in name for name in each.callback.__annotations__)
    }
    reads = {"show", "list_", "count", "sequences", "templates", "history", "whoami", "get", "deliveries", "export_"}
    assert without - reads == {"ping", "listen", "login", "logout", "open_"}  # Nothing of the tenant's.


def test_an_export_has_a_line_for_each_campaign(run: Run, tmp_path: Path) -> None:
    service = Service()
    result = run(service, "export", "--status", "active", "--label", "q4")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [ID, OTHER]
    assert run(service, "export", str(tmp_path / "all.ndjson")).exit_code == 0
    assert len((tmp_path / "all.ndjson").read_text().splitlines()) == 2


def test_an_export_is_imported_with_status_and_archive(run: Run) -> None:
    service, exported = Service(), run(Service(), "export").stdout
    first, second = map(json.loads, exported.splitlines())
    second |= {"archivedAt": "2025-09-16T10:00:00.000Z", "status": "draft", "sequences": ["onboarding"]}
    result = run(service, "import", "-", given=f"{json.dumps(first)}\n{json.dumps(second)}\n")
    assert result.exit_code == 0, result.output
    created, activated, created_too, archived = service.sent
    assert created[2]["name"] == CAMPAIGN["name"]
    assert created[2]["sequences"] == [each["id"] for each in CAMPAIGN["sequences"]]
    assert created_too[2]["sequences"] == ["onboarding"]
    assert activated == ("PATCH", "/cmp_0", {"status": CAMPAIGN["status"]})
    assert archived == ("PATCH", "/cmp_1", {"archived": True})
    assert "Imported 2." in result.stderr


def test_an_import_that_ended_goes_on_and_makes_nothing_twice(run: Run) -> None:
    lines = "".join(f'{{"name": "{name}"}}\n' for name in ("A", "A", "B"))
    service = Service(None, refusal(403, "FORBIDDEN", "no"))
    refused = run(service, "import", "-", given=lines)
    assert (refused.exit_code, "line 2: no" in refused.stderr) == (4, True)
    assert [each["name"] for each in service.made.values()] == ["A"]
    for _ in range(2):
        assert run(service, "import", "-", given=lines).exit_code == 0
        assert [each["name"] for each in service.made.values()] == ["A", "A", "B"]


def test_what_somebody_changed_since_it_was_imported_stays(run: Run) -> None:
    service = Service(None, refusal(412, "PRECONDITION_FAILED", "changed"))
    result = run(service, "import", "-", given='{"name": "A", "status": "active"}\n')
    assert (result.exit_code, [method for method, _, _ in service.sent]) == (0, ["POST", "PATCH"])


def test_all_that_is_wrong_with_a_file_is_told_before_anything_is_sent(run: Run) -> None:
    service = Service()
    lines = '{"name": "A"}\n[]\n{"nam": "B"}\n\n{"name": "C", "sequences": [1], "templates": "t"}\n{"name'
    result = run(service, "import", "-", given=lines)
    assert (result.exit_code, service.sent) == (2, [])
    told = [line.strip() for line in result.stderr.removeprefix("campaigns: ").splitlines()]
    assert told == [
        "line 2: must be a JSON object",
        "line 3: nam is not a field of a campaign",
        "line 3: name must be text",
        "line 5: sequences must be a list of ids",
        "line 5: templates must be a list of ids",
        "line 6: must be a JSON object",
    ]


def test_a_dry_import_tells_of_every_line(run: Run) -> None:
    service = Service()
    result = run(service, "import", "-", "--dry-run", given='{"name": "A"}\n{"name": "B"}\n')
    assert (result.exit_code, service.sent, len(result.stdout.splitlines())) == (0, [], 2)
