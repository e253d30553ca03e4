"""The Python SDK, the command line and the MCP server tell who changed what."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import kraiter.cli
import kraiter.mcp
import pytest
from kraiter import Actor, AsyncKraiter, Campaign, Change, Origin

from unit import test_sdk_finding, test_sdk_finding_commands
from unit.test_sdk_command_line import CAMPAIGN, EVIL, ID, KEY, refusal
from unit.test_sdk_finding import Run, asked
from unit.test_sdk_finding_commands import Api, page
from unit.test_sdk_python import Server, ok

run, command = test_sdk_finding.run, test_sdk_finding_commands.run

EVENT: dict[str, Any] = {
    "id": "evt_1_0",
    "type": "campaign.updated",
    "occurredAt": "2025-09-16T08:30:00.000Z",
    "tenantId": "acme",
    "campaign": CAMPAIGN,
    "changes": [{"field": "status", "from": "draft", "to": "active"}],
    "actor": {"type": "api_key", "id": "key_1", "name": "Marketing"},
    "request": {"id": "r-1", "ip": "198.51.100.7", "userAgent": "curl/8.7.1"},
}
RENAMED = EVENT | {
    "id": "evt_2_0",
    "type": "sequence.updated",
    "occurredAt": "2025-09-16T08:31:00.000Z",
    "campaign": None,
    "changes": [{"field": "sequence", "from": {"id": "s", "name": "S"}, "to": {"id": "s", "name": "T"}}],
    "actor": {"type": "catalogue", "id": None, "name": None},
    "request": None,
}
DISABLED = EVENT | {
    "id": "evt_3_0",
    "type": "webhook.disabled",
    "campaign": None,
    "changes": [],
    "actor": None,
    "request": None,
    "webhook": {"id": "wh_1", "description": None, "reason": "failing"},
}
LARGE = EVENT | {"campaign": {"id": ID, "name": "Large", "status": "draft"}, "actor": None, "request": None}


def event(number: int, at: str) -> dict[str, Any]:
    return EVENT | {"id": f"evt_{number}_0", "occurredAt": at}


def test_events_are_listed(run: Run) -> None:
    server = Server(ok(page(EVENT, RENAMED, cursor="c1")), ok(page(LARGE, DISABLED)), ok(page()), ok(page()))
    found = run(
        server,
        lambda client: client.events.list(
            campaign=ID,
            type=["campaign.updated", "campaign.deleted"],
            actor="key_1",
            after=datetime(2025, 9, 1, tzinfo=UTC),
            before="2030-01-01T00:00:00Z",
            limit=2,
        ),
    )
    assert [each.to_json() for each in found] == [EVENT, RENAMED, LARGE, DISABLED]
    assert found[0].actor == Actor("api_key", "key_1", "Marketing")
    assert found[0].request == Origin("r-1", "198.51.100.7", "curl/8.7.1")
    assert found[1].changes == (Change("sequence", {"id": "s", "name": "S"}, {"id": "s", "name": "T"}),)
    assert (found[2].actor, found[2].request) == (None, None)
    assert run(server, lambda client: client.events.list()) == []
    assert run(server, lambda client: client.events.list(campaign=Campaign.from_json(CAMPAIGN), type="x")) == []
    query = {
        "campaign": ID,
        "type": "campaign.updated,campaign.deleted",
        "actor": "key_1",
        "after": "2025-09-01T00:00:00+00:00",
        "before": "2030-01-01T00:00:00Z",
        "limit": "2",
    }
    assert asked(server) == [
        ("/events", query),
        ("/events", query | {"cursor": "c1"}),
        ("/events", {}),
        ("/events", {"campaign": ID, "type": "x"}),
    ]


def test_a_moment_must_have_its_zone(run: Run) -> None:
    with pytest.raises(ValueError, match="after must have a time zone"):
        run(Server(), lambda client: client.events.list(after=datetime(2025, 9, 1)))  # noqa: DTZ001


def test_a_timeline_is_readable(command: Any) -> None:
    changes = [
        ("name", "Old", "New " + "n" * 200),
        ("description", None, 'Say "hi"'),
        ("labels", ["a", "b"], []),
        ("metadata", {}, {"crmId": "42", "k": "v"}),
        ("template", {"id": "t", "name": "T"}, None),
        ("sequences", None, None),
    ]
    several = EVENT | {"changes": [{"field": field, "from": was, "to": is_} for field, was, is_ in changes]}
    nameless = EVENT | {"actor": {"type": "api_key", "id": "key_2", "name": None}, "request": None, "changes": []}
    api = Api(page(RENAMED, several, nameless, LARGE, DISABLED))
    told = command(api, "history").stdout
    assert told.splitlines() == [
        "2025-09-16 08:31:00  sequence.updated  in all campaigns that hold it",
        "    by the catalogue",
        "    sequence: S (s) -> T (s)",
        f"2025-09-16 08:30:00  campaign.updated  {CAMPAIGN['name']} ({ID})",
        "    by Marketing (key_1) from 198.51.100.7, curl/8.7.1",
        '    name: "Old" -> "New ' + "n" * 72 + "...",
        '    description: none -> "Say \\"hi\\""',
        "    labels: a, b -> none",
        "    metadata: none -> crmId=42, k=v",
        "    template: T (t) -> none",
        "    sequences: another order",
        f"2025-09-16 08:30:00  campaign.updated  {CAMPAIGN['name']} ({ID})",
        "    by key_2",
        f"2025-09-16 08:30:00  campaign.updated  Large ({ID})",
        "    by somebody",
        '    status: "draft" -> "active"',
        "2025-09-16 08:30:00  webhook.disabled  wh_1: failing",
        "    by the service",
    ]


def test_what_others_wrote_is_no_more_than_text(command: Any) -> None:
    evil = EVENT | {
        "campaign": CAMPAIGN | {"name": f"[red]{EVIL}"},
        "actor": EVENT["actor"] | {"name": EVIL},
        "request": EVENT["request"] | {"userAgent": EVIL},
        "changes": [{"field": "name", "from": EVIL, "to": [EVIL]}],
    }
    told = command(Api(page(evil)), "history").stdout
    assert not set(told) & set("\x1b\x9b\x07\u202e\r\x7f")
    assert "[red]" in told


def test_the_history_is_asked_for(command: Any) -> None:
    api = Api(page(EVENT, cursor="c"), page(*[EVENT] * 20, cursor="c"), page(EVENT, cursor="c"), page(EVENT))
    options = ["--type", "campaign.updated", "--type", "campaign.deleted", "--actor", "key_1", "--limit", "1"]
    times = ["--after", "2025-01-01T00:00:00Z", "--before", "2026-01-01T00:00:00Z"]
    result = command(api, "history", ID, *options, *times, "--json")
    assert json.loads(result.stdout) == [EVENT]
    assert "--all shows them all" in command(api, "history").stderr
    assert len(json.loads(command(api, "history", "--all", "--json").stdout)) == 2
    query = {
        "campaign": ID,
        "type": "campaign.updated,campaign.deleted",
        "actor": "key_1",
        "after": "2025-01-01T00:00:00Z",
        "before": "2026-01-01T00:00:00Z",
        "limit": "1",
    }
    assert api.asked == [("/events", query), ("/events", {}), ("/events", {}), ("/events", {"cursor": "c"})]


def test_what_the_api_refuses_is_told(command: Any) -> None:
    lacks = refusal(403, "FORBIDDEN", "This API key may not do that.", ("scope", "needs events:read"))
    result = command(Api(lacks), "history")
    assert (result.exit_code, "scope: needs events:read" in result.stderr) == (4, True)
    assert command(Api(), "history", "--follow", "--all").exit_code == 2


@pytest.mark.parametrize("as_json", [False, True])
def test_who_follows_sees_each_event_once(command: Any, monkeypatch: pytest.MonkeyPatch, as_json: bool) -> None:
    """Oldest first; also those that are listed late, behind newer ones of other campaigns."""
    moments = [f"2025-09-16T08:30:{second:02}.000Z" for second in range(60)]
    looks = [
        page(event(3, moments[30]), event(2, moments[20]), cursor="c"),
        page(event(3, moments[30]), event(2, moments[20]), event(1, moments[10])),
        page(event(5, moments[50]), event(3, moments[30]), event(2, moments[20])),
        page(event(5, moments[50]), event(4, moments[40]), event(3, moments[30])),
        page(event(5, moments[50])),
    ]
    api = Api(*looks)
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == len(looks):
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", pause)
    result = command(api, "history", ID, "--follow", "--limit", "2", *(["--json"] if as_json else []))
    assert result.exit_code == 0
    if as_json:
        told = [json.loads(line)["id"] for line in result.stdout.splitlines()]
    else:
        told = [f"evt_{moments.index(line[:10] + 'T' + line[11:19] + '.000Z') // 10}_0"
                for line in result.stdout.splitlines() if line.startswith("2025")]  # fmt: skip
    assert told == ["evt_2_0", "evt_3_0", "evt_5_0", "evt_4_0"]
    since = [asked["after"] for _, asked in api.asked[1:]]
    newest = [datetime.fromisoformat(moments[second]) for second in (30, 30, 50, 50)]
    assert [datetime.fromisoformat(each) for each in since] == [each - timedelta(minutes=1) for each in newest]
    assert {asked["campaign"] for _, asked in api.asked} == {ID}


def call(api: Api, **arguments: Any) -> Any:
    async def go() -> Any:
        transport = httpx.MockTransport(api)
        async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=transport) as client:
            server = kraiter.mcp.server(client, read_only=True)
            result: Any = await server.call_tool("list_campaign_events", arguments)
            return result.structured_content

    return asyncio.run(go())


def test_a_model_is_told_who_changed_what() -> None:
    api = Api(page(EVENT, RENAMED, LARGE, cursor="c"), page())
    arguments = {"campaign": ID, "type": ["campaign.updated"], "actor": "key_1", "limit": 3, "cursor": "b"}
    found = call(api, **arguments, after="2025-01-01T00:00:00Z", before="2026-01-01T00:00:00Z")
    assert found["nextCursor"] == "c"
    shown = [{name: value for name, value in each.items() if name != "tenantId"} for each in (EVENT, RENAMED, LARGE)]
    shown[0]["campaign"] = {"id": ID, "name": CAMPAIGN["name"], "status": "completed"}
    assert found["data"] == shown
    assert call(api, type=[]) == page()
    assert api.asked[0] == (
        "/events",
        {
            "campaign": ID,
            "type": "campaign.updated",
            "actor": "key_1",
            "after": "2025-01-01T00:00:00Z",
            "before": "2026-01-01T00:00:00Z",
            "limit": "3",
            "cursor": "b",
        },
    )
    assert api.asked[1] == ("/events", {})
