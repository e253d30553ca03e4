"""What the commands around the local stack say of their arguments and of a stack that is not there."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from campaigns.domain.campaign import Kind
from campaigns.store import keys
from local import stack, state, tenants
from operations import logs


def said(monkeypatch: pytest.MonkeyPatch, main: Any, *arguments: str) -> str:
    """The one line with which a program ends."""
    monkeypatch.setattr(sys, "argv", ["program", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    line = str(end.value)
    assert "\n" not in line
    return line


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGNS_EVENT_BUS", "bus")
    monkeypatch.setenv("CAMPAIGNS_TABLE", "table")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("", "onboarding", "", "Onboarding", ""), "for which tenant?"),
        (("acme", "", "", "Onboarding", ""), "either SEQUENCE or TEMPLATE"),
        (("acme", "onboarding", "welcome", "Onboarding", ""), "either SEQUENCE or TEMPLATE"),
        (("acme", "onboarding", "", "", ""), "either NAME or DELETE=1"),
        (("acme", "onboarding", "", "Onboarding", "1"), "either NAME or DELETE=1"),
        (("acme", "onboarding", "", "", "yes"), "either NAME or DELETE=1"),
        (("a#b", "onboarding", "", "Onboarding", ""), "detail.tenantId must be"),
        (("acme", "on/boarding", "", "", "1"), "detail.id must be"),
    ],
)
def test_an_announcement_that_can_not_be(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
) -> None:
    assert said(monkeypatch, tenants.main, "announce", *arguments).startswith(f"announce: {complaint}")


def test_a_key_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, tenants.main, "key", "") == "key: for which tenant? make key TENANT=acme"


class Bus:
    """Stands for the bus, and for a table that follows it at the third look."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.looks = 0

    def put_events(self, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.entries += Entries
        return {"FailedEntryCount": 0}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.looks += 1
        assert RequestItems["table"]["Keys"] == [keys.catalogue_entry("acme", Kind.TEMPLATE, "welcome")]
        as_of = 2**62 if self.looks > 2 else 1
        return {"Responses": {"table": [{"asOf": {"N": str(as_of)}}]}}


@pytest.mark.parametrize(
    ("name", "delete", "event", "line"),
    [
        ("Welcome", "", "template.created", "acme has the template welcome: Welcome"),
        ("", "1", "template.deleted", "acme no longer has the template welcome"),
    ],
)
def test_an_announcement_ends_when_it_is_followed(
    monkeypatch: pytest.MonkeyPatch, name: str, delete: str, event: str, line: str
) -> None:
    bus = Bus()
    monkeypatch.setattr(boto3, "client", lambda _: bus)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert tenants.announce_one("acme", "", "welcome", name, delete) == line
    assert bus.looks == 3
    (entry,) = bus.entries
    assert (entry["Source"], entry["DetailType"]) == ("kraiter.templates", event)
    assert json.loads(entry["Detail"]).get("name", "") == name


@pytest.mark.parametrize("arguments", [("redeploy",), ("run", "true")])
def test_nothing_is_done_without_a_stack(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.setattr(stack, "recorded", lambda: None)
    line = "stack: the local stack is not running; start it with: make up"
    assert said(monkeypatch, stack.main, *arguments) == line


@pytest.mark.parametrize("left", ["", "not a number", "{another} 4566", f"{2**30} 4566"])
def test_what_a_stopped_stack_left_is_no_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: str) -> None:
    """Another program's number included, as after a restart of the machine."""
    monkeypatch.setattr(state, "PID", tmp_path / "ministack.pid")
    assert state.recorded() is None
    state.PID.write_text(left.format(another=os.getpid()))
    assert state.recorded() is None


def test_a_port_that_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(state, "PID", tmp_path / "ministack.pid")
    monkeypatch.setenv("CAMPAIGNS_PORT", "4567")
    assert state.port() == 4567


def test_a_line_of_a_function_is_readable() -> None:
    line = {
        "level": "INFO",
        "message": "answered",
        "timestamp": "2026-11-27T03:53:11.655+00:00",
        "function_name": "campaigns-local-GetCampaignFunction-A8A87BBACAE44",
        "requestId": "7",
        "status": 404,
    }
    assert logs.readable(json.dumps(line)) == 'INFO GetCampaign answered requestId="7" status=404'
    failed = {"cold_start": True, **line, "level": "ERROR", "message": "failed", "exception": "Traceback\n  KeyError"}
    assert logs.readable(json.dumps(failed)) == (
        'ERROR GetCampaign failed cold_start=true requestId="7" status=404\nTraceback\n  KeyError'
    )
    seen = {"gatewayRequestId": "8", "method": "GET", "resource": "/api/campaigns", "status": "429", "tenantId": "-"}
    assert logs.readable(json.dumps({"requestId": "7", **seen})) == (
        'GET /api/campaigns 429 requestId="7" gatewayRequestId="8"'
    )
    assert logs.readable("Task timed out after 20.00 seconds\n") == "Task timed out after 20.00 seconds"
