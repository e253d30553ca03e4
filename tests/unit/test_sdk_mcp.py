"""The MCP server over its official client: webhooks, errors that programs read, resources and prompts."""

import asyncio
import json
from typing import Any

import httpx
import kraiter.mcp
import pytest
from kraiter import AsyncKraiter
from mcp import MCPError
from mcp.client import Client

from unit.test_sdk_command_line import CAMPAIGN, KEY, refusal
from unit.test_sdk_command_line import ID as CAMPAIGN_ID
from unit.test_sdk_finding_commands import page
from unit.test_sdk_webhook_commands import ATTEMPT, DELIVERY, ID, SECRET, URL, WEBHOOK, Bodies


def talk(api: Any, *steps: Any) -> list[Any]:
    """What a client hears at each step, of a server in this process over an API that answers from a script."""

    async def go() -> list[Any]:
        async with (
            AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=httpx.MockTransport(api)) as kraiter_,
            Client(kraiter.mcp.server(kraiter_)) as client,
        ):
            return [await step(client) for step in steps]

    return asyncio.run(go())


def call(api: Any, tool: str, **arguments: Any) -> Any:
    (result,) = talk(api, lambda client: client.call_tool(tool, arguments))
    return result


@pytest.mark.parametrize(
    ("tool", "arguments", "answer", "sent", "shown"),
    [
        ("list_webhooks", {}, page(WEBHOOK), ("GET", "", None), {"data": [WEBHOOK]}),
        ("get_webhook", {"webhook_id": ID}, WEBHOOK, ("GET", f"/{ID}", None), WEBHOOK),
        (
            "create_webhook",
            {"url": URL, "events": ["campaign.*"]},
            WEBHOOK | {"secret": SECRET},
            ("POST", "", {"url": URL, "events": ["campaign.*"]}),
            WEBHOOK | {"secret": SECRET},
        ),
        (
            "update_webhook",
            {"webhook_id": ID, "enabled": False, "clear_description": True},
            WEBHOOK,
            ("PATCH", f"/{ID}", {"enabled": False, "description": None}),
            WEBHOOK,
        ),
        (
            "delete_webhook",
            {"webhook_id": ID},
            httpx.Response(204),
            ("DELETE", f"/{ID}", None),
            {"removed": ID},
        ),
        ("ping_webhook", {"webhook_id": ID}, ATTEMPT, ("POST", f"/{ID}/ping", None), ATTEMPT),
        (
            "rotate_webhook_secret",
            {"webhook_id": ID, "grace_seconds": 0},
            WEBHOOK | {"secret": SECRET},
            ("POST", f"/{ID}/rotate-secret", {"graceSeconds": 0}),
            WEBHOOK | {"secret": SECRET},
        ),
        (
            "list_webhook_deliveries",
            {"webhook_id": ID, "status": "failed", "limit": 1},
            page(DELIVERY, cursor="c"),
            ("GET", f"/{ID}/deliveries", None),
            page(DELIVERY, cursor="c"),
        ),
        (
            "redeliver_webhook_event",
            {"webhook_id": ID, "delivery_id": "dlv_1"},
            DELIVERY,
            ("POST", f"/{ID}/deliveries/dlv_1/redeliver", None),
            DELIVERY,
        ),
    ],
)
def test_each_tool_on_webhooks_is_one_call(
    tool: str, arguments: dict[str, Any], answer: Any, sent: tuple[str, str, Any], shown: Any
) -> None:
    api = Bodies(answer)
    result = call(api, tool, **arguments)
    assert (result.is_error, result.structured_content) == (False, shown), result.content
    ((path, _),) = api.asked
    assert (api.verb, path, api.sent) == (sent[0], f"/webhooks{sent[1]}", sent[2])


def test_what_the_api_refuses_has_the_form_that_it_has_there() -> None:
    result = call(
        Bodies(refusal(400, "VALIDATION_ERROR", "no", ("url", "must be https"))), "get_webhook", webhook_id=ID
    )
    assert result.is_error
    assert result.structured_content is None  # The schema is of what is answered.
    assert result.meta["kraiter/error"] == {
        "code": "VALIDATION_ERROR",
        "message": "no",
        "requestId": "r-1",
        "details": [{"field": "url", "message": "must be https"}],
    }
    assert [each.text for each in result.content] == ["VALIDATION_ERROR: no; url: must be https"]
    unsent = call(Bodies(), "get_campaign", campaign_id="")
    assert unsent.is_error
    assert unsent.meta["kraiter/error"].keys() == result.meta["kraiter/error"].keys()
    assert unsent.meta["kraiter/error"]["code"] == "VALIDATION_ERROR"


def test_what_this_version_does_not_know_is_shown_all_the_same() -> None:
    result = call(Bodies(CAMPAIGN | {"status": "paused"}), "get_campaign", campaign_id=CAMPAIGN_ID)
    assert (result.is_error, result.structured_content["status"]) == (False, "paused")


def test_the_guide_and_any_campaign_can_be_read() -> None:
    api = Bodies(CAMPAIGN, refusal(404, "NOT_FOUND", "There is no such campaign."), refusal(403, "FORBIDDEN", "no"))
    listed, templates, guide, campaign = talk(
        api,
        lambda client: client.list_resources(),
        lambda client: client.list_resource_templates(),
        lambda client: client.read_resource("campaigns://guide"),
        lambda client: client.read_resource(f"campaigns://campaign/{CAMPAIGN_ID}"),
    )
    assert [str(each.uri) for each in listed.resources] == ["campaigns://guide"]
    assert [each.uri_template for each in templates.resource_templates] == ["campaigns://campaign/{campaign_id}"]
    assert guide.contents[0].text.startswith("# How campaigns work")
    assert json.loads(campaign.contents[0].text)["id"] == CAMPAIGN_ID

    async def refused(client: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await client.read_resource("campaigns://campaign/cmp_1")
        return str(caught.value)

    assert talk(api, refused, refused) == ["There is no such campaign.", "FORBIDDEN: no"]


def test_the_guide_names_tools_that_there_are() -> None:
    (tools, guide) = talk(
        Bodies(), lambda client: client.list_tools(), lambda client: client.read_resource("campaigns://guide")
    )
    known = {tool.name for tool in tools.tools}
    quoted = {word for word in guide.contents[0].text.split("`")[1::2] if "_" in word and word.islower()}
    assert quoted
    assert quoted <= known


@pytest.mark.parametrize(
    ("prompt", "arguments", "told"),
    [
        ("plan_launch", {"what": "Q4", "when": "on Monday at 9"}, ["launch of Q4", "It shall start on Monday at 9."]),
        ("plan_launch", {"what": "Q4"}, ["Ask me when"]),
        ("review_changes", {"since": "yesterday"}, ["since yesterday", "Change nothing"]),
    ],
)
def test_a_prompt_says_what_to_do_with_tools_that_there_are(
    prompt: str, arguments: dict[str, str], told: list[str]
) -> None:
    (tools, listed, got) = talk(
        Bodies(),
        lambda client: client.list_tools(),
        lambda client: client.list_prompts(),
        lambda client: client.get_prompt(prompt, arguments),
    )
    assert prompt in {each.name for each in listed.prompts}
    text = got.messages[0].content.text
    assert all(each in text for each in told)
    named = {word.strip("(),.:") for word in text.split() if "_" in word}
    assert named <= {tool.name for tool in tools.tools}
