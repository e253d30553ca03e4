"""The command line on webhooks: what it asks for, what it shows, and what it hands on to a receiver on this machine."""

import json
import re
import time
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import httpx
import kraiter.cli.listen
import pytest
from kraiter import unwrap
from kraiter.cli.webhooks import EVENTS

from campaigns.domain.deliveries import payload_of
from campaigns.domain.webhooks import EVENT_NAMES
from tools.asyncapi import life
from unit import test_sdk_webhooks as webhooks
from unit.test_sdk_command_line import refusal
from unit.test_sdk_finding_commands import Api, Run, page, run
from unit.test_sdk_webhooks import SECRET, WEBHOOK

__all__ = ["SECRET", "WEBHOOK", "run"]

ID, URL = str(WEBHOOK["id"]), str(WEBHOOK["url"])
ATTEMPT = webhooks.ATTEMPT | {"answer": "ok\x1b[2J", "milliseconds": 123}
DELIVERY = webhooks.DELIVERY | {"attempts": [ATTEMPT]}


class Bodies(Api):
    """Remembers the bodies, too."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent = json.loads(request.content) if request.content else None
        self.verb = request.method
        return super().__call__(request)


@pytest.mark.parametrize(
    ("arguments", "answer", "verb", "path", "body"),
    [
        (["create", URL], WEBHOOK, "POST", "", {"url": URL, "events": ["campaign.*"]}),
        (
            ["create", URL, "-e", "campaign.created", "-e", "campaign.deleted", "-d", "Ours"],
            WEBHOOK,
            "POST",
            "",
            {"url": URL, "events": ["campaign.created", "campaign.deleted"], "description": "Ours"},
        ),
        (["list"], page(WEBHOOK), "GET", "", None),
        (["get", ID], WEBHOOK, "GET", f"/{ID}", None),
        (["update", ID, "--disable"], WEBHOOK, "PATCH", f"/{ID}", {"enabled": False}),
        (
            ["update", ID, "--enable", "--no-description", "--url", URL, "-e", "campaign.*"],
            WEBHOOK,
            "PATCH",
            f"/{ID}",
            {"enabled": True, "description": None, "url": URL, "events": ["campaign.*"]},
        ),
        (["delete", ID, "--yes"], httpx.Response(204), "DELETE", f"/{ID}", None),
        (["ping", ID], ATTEMPT, "POST", f"/{ID}/ping", None),
        (["rotate-secret", ID], WEBHOOK, "POST", f"/{ID}/rotate-secret", {}),
        (["rotate-secret", ID, "--grace-seconds", "0"], WEBHOOK, "POST", f"/{ID}/rotate-secret", {"graceSeconds": 0}),
        (["deliveries", ID], page(DELIVERY), "GET", f"/{ID}/deliveries", None),
        (["redeliver", ID, "dlv_1"], DELIVERY, "POST", f"/{ID}/deliveries/dlv_1/redeliver", None),
    ],
)
def test_each_command_is_one_call(
    run: Run, arguments: list[str], answer: Any, verb: str, path: str, body: dict[str, Any] | None
) -> None:
    api = Bodies(answer)
    result = run(api, "webhooks", *arguments)
    assert result.exit_code == 0, result.output
    assert [each for each, _ in api.asked] == [f"/webhooks{path}"]
    assert (api.verb, api.sent) == (verb, body)
    assert "\x1b[2J" not in result.output


def test_ids_stay_whole_on_a_narrow_terminal(run: Run) -> None:
    for command, answer, id_ in (["list"], page(WEBHOOK), ID), (["deliveries", ID], page(DELIVERY), DELIVERY["id"]):
        lines = run(Api(answer), "webhooks", *command).stdout.splitlines()
        assert any(id_ in line for line in lines)
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", ["create", "rotate-secret"])
def test_a_secret_is_shown_where_it_was_made_and_nowhere_else(run: Run, command: str) -> None:
    made = WEBHOOK | {"secret": SECRET}
    argument = URL if command == "create" else ID
    result = run(Api(made), "webhooks", command, argument)
    assert SECRET in result.stdout
    assert "not shown again" in result.stderr
    assert json.loads(run(Api(made), "webhooks", command, argument, "--json").stdout) == made
    assert "secret" not in run(Api(WEBHOOK), "webhooks", "get", ID).stdout


def test_how_a_webhook_does_is_told(run: Run) -> None:
    failing = WEBHOOK | {"failingSince": "2025-09-15T10:00:00.000Z"}
    for webhook, told in (
        (WEBHOOK, "enabled"),
        (failing, "failing since 2025-09-15T10:00:00.000Z"),
        (failing | {"enabled": False, "disabledReason": "gone"}, "disabled (gone)"),
        (WEBHOOK | {"enabled": False}, "disabled"),
    ):
        assert told in run(Api(webhook), "webhooks", "get", ID).stdout


@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        (ATTEMPT | {"status": 500}, "answered 500 after 123 ms"),
        (ATTEMPT | {"status": None, "error": "the host is unknown", "answer": None}, "the host is unknown after 123"),
    ],
)
def test_a_ping_that_was_not_taken_is_a_failure(run: Run, attempt: Any, told: str) -> None:
    result = run(Api(attempt), "webhooks", "ping", ID)
    assert (result.exit_code, told in result.stdout) == (1, True)


def test_deliveries_are_asked_for_by_status_and_show_why_they_failed(run: Run) -> None:
    failed = ATTEMPT | {"status": None, "error": "no answer"}
    waiting = DELIVERY | {"status": "pending", "attempts": [failed], "nextAttemptAt": "2025-09-15T11:00:00.000Z"}
    api = Api(page(waiting))
    result = run(api, "webhooks", "deliveries", ID, "--status", "pending", "--limit", "5")
    assert api.asked == [(f"/webhooks/{ID}/deliveries", {"status": "pending", "limit": "5"})]
    assert "no answer" in " ".join(result.stdout.split())
    assert run(Api(), "webhooks", "deliveries", ID, "--status", "lost").exit_code == 2


def test_an_update_of_nothing_and_what_the_api_refuses(run: Run) -> None:
    assert run(Api(), "webhooks", "update", ID).exit_code == 2
    refused = run(
        Api(refusal(400, "VALIDATION_ERROR", "no", ("url", "must be https"))), "webhooks", "create", "http://x"
    )
    assert (refused.exit_code, "url: must be https" in refused.stderr) == (3, True)
    assert run(Api(), "webhooks", "delete", ID).exit_code == 1  # Nobody said yes.


def test_the_events_that_are_offered_are_those_that_there_are() -> None:
    assert set(EVENTS) == set(EVENT_NAMES)


def shown(event_type: str, event: Any) -> dict[str, Any]:
    """An event as the history has it."""
    request = {"id": "r", "ip": None, "userAgent": None}
    return {**json.loads(event.to_json()), "type": event_type, "request": request}


def listened(run: Run, monkeypatch: pytest.MonkeyPatch, receive: Any, *arguments: str, secret: str = SECRET) -> Any:
    """What comes of listening until all that happens in a campaign's life has happened."""
    happened = [
        shown(name, event) | {"id": f"evt_{number}_0"}
        for number, (name, event) in enumerate(life())
        if name.startswith("campaign.")
    ]
    pages = iter([page(), page(*reversed(happened))])

    def sleep(_: float) -> None:
        if len(api.asked) > 1:
            raise KeyboardInterrupt

    api = Api()

    def answer(request: httpx.Request) -> Any:
        if request.url.host != "api.test":
            return receive(request)
        api.answers.append(next(pages))
        return Api.__call__(api, request)

    monkeypatch.setattr(time, "sleep", sleep)
    began = SimpleNamespace(now=lambda zone: datetime(2025, 9, 15, 9, tzinfo=zone))
    monkeypatch.setattr(kraiter.cli.listen, "datetime", began)
    result = run(answer, "listen", *arguments, CAMPAIGNS_WEBHOOK_SECRET=secret)
    return result, api


def test_what_happens_is_handed_on_as_a_webhook_gets_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[httpx.Request] = []

    def receive(request: httpx.Request) -> httpx.Response:
        came.append(request)
        return httpx.Response(204)

    result, api = listened(run, monkeypatch, receive, "--forward-to", "http://localhost:3000/hook?a=b")
    assert result.exit_code == 0, result.output
    events = [unwrap(request.content, request.headers, SECRET) for request in came]
    sent = [json.loads(payload_of(n, json.loads(e.to_json()))) for n, e in life() if n.startswith("campaign.")]
    assert [json.loads(request.content) for request in came] == sent
    assert {str(request.url) for request in came} == {"http://localhost:3000/hook?a=b"}
    assert [each.type for each in events] == [each["type"] for each in sent]
    assert set(api.asked[0][1]["type"].split(",")) == {each["type"] for each in sent}
    assert SECRET not in result.output
    assert len(re.findall(r"campaign\.\w+  evt_\w+  204  \d+ ms", result.stdout)) == len(sent)


def test_without_a_secret_one_is_made_and_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[httpx.Request] = []

    def receive(request: httpx.Request) -> httpx.Response:
        came.append(request)
        raise httpx.ConnectError("refused")

    result, _ = listened(
        run, monkeypatch, receive, "--forward-to", "http://localhost:3000", "-e", "campaign.created", secret=""
    )
    (secret,) = re.findall(r"whsec_\S+", result.stdout)
    assert unwrap(came[0].content, came[0].headers, secret).type == "campaign.created"
    assert "no answer (refused)" in result.stdout
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--forward-to", "localhost:3000"], "--forward-to must be a URL"),
        (["--forward-to", "http://localhost", "-e", "campaign.lost"], "--event must be campaign"),
        (["--forward-to", "http://localhost", "--secret", "whsec_%"], "secret must be as the API showed it"),
    ],
)
def test_what_can_not_be_listened_to(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], wrong: str
) -> None:
    result, _ = listened(run, monkeypatch, None, *arguments)
    assert (result.exit_code, wrong in " ".join(result.stderr.split())) == (2, True), result.output
