"""The Python SDK, its command line and its MCP server against the deployed stack."""

import asyncio
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from kraiter import (
    AsyncKraiter,
    ConflictError,
    Kraiter,
    KraiterError,
    NotFoundError,
    PreconditionFailedError,
    UnauthorisedError,
)
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from support.stack import Tenant

ROOT = Path(__file__).parents[2]
INSPECTOR = ROOT / ".local" / "openapi-clients" / "node_modules" / ".bin" / "mcp-inspector"
READ_TOOLS = {
    "get_campaign",
    "list_campaigns",
    "count_campaigns",
    "list_sequences",
    "list_templates",
    "list_campaign_events",
    "list_webhooks",
    "get_webhook",
    "list_webhook_deliveries",
    "whoami",
}
TOOLS = READ_TOOLS | {
    "create_campaign",
    "clone_campaign",
    "update_campaign",
    "update_campaign_associations",
    "delete_campaign",
    "add_sequence_to_campaign",
    "remove_sequence_from_campaign",
    "add_template_to_campaign",
    "remove_template_from_campaign",
    "create_webhook",
    "update_webhook",
    "delete_webhook",
    "ping_webhook",
    "rotate_webhook_secret",
    "redeliver_webhook_event",
}


@pytest.fixture
def environment(stack: dict[str, str], tenant: Tenant) -> dict[str, str]:
    """What the commands read, and nothing else."""
    own = {"CAMPAIGNS_BASE_URL": stack["CAMPAIGNS_BASE_URL"], "CAMPAIGNS_API_KEY": tenant.key}
    return own | {"PATH": os.environ["PATH"], "PYTHONPATH": "sdk/python/src", "COLUMNS": "200"}


def test_the_life_of_a_campaign(stack: dict[str, str], tenant: Tenant) -> None:
    with Kraiter(api_key=tenant.key, base_url=stack["CAMPAIGNS_BASE_URL"]) as kraiter:
        made = kraiter.campaigns.create(name=" Q4 Product Launch ", description="Über \U0001f680")
        assert (made.name, made.description, made.status, made.etag) == (
            "Q4 Product Launch",
            "Über \U0001f680",
            "draft",
            '"1"',
        )
        full = kraiter.campaigns.add_sequence(made.id, "onboarding")
        assert [(each.id, each.name) for each in full.sequences] == [("onboarding", "Onboarding Sequence")]
        with pytest.raises(ConflictError, match="already part"):
            kraiter.campaigns.add_sequence(made.id, "onboarding")
        with pytest.raises(NotFoundError, match="no such sequence"):
            kraiter.campaigns.add_sequence(made.id, "no such")
        full = kraiter.campaigns.add_template(made.id, "launch-announcement")
        active = kraiter.campaigns.update(made.id, status="active", description=None, if_match=full)
        assert (active.status, active.description) == ("active", None)
        with pytest.raises(PreconditionFailedError):
            kraiter.campaigns.update(made.id, name="Late", if_match=full)
        kraiter.campaigns.remove_sequence(made.id, "onboarding")
        kraiter.campaigns.remove_template(made.id, "launch-announcement")
        seen = kraiter.campaigns.get(made.id)
        assert (seen.sequences, seen.templates) == ((), ())
        kraiter.campaigns.delete(made.id, if_match=seen)
        with pytest.raises(NotFoundError) as gone:
            kraiter.campaigns.get(made.id)
        assert gone.value.request_id


def test_a_list_has_every_campaign_once(stack: dict[str, str], new_tenant: Callable[[], Tenant]) -> None:
    tenant = new_tenant()

    async def go() -> tuple[list[str], list[str]]:
        async with AsyncKraiter(api_key=tenant.key, base_url=stack["CAMPAIGNS_BASE_URL"]) as kraiter:
            made = [(await kraiter.campaigns.create(name=str(number))).id for number in range(25)]
            return made, [each.id async for each in kraiter.campaigns.list(limit=10)]

    made, listed = asyncio.run(go())
    assert listed == made[::-1]


def test_a_creation_with_a_key_happens_once(stack: dict[str, str], tenant: Tenant) -> None:
    with Kraiter(api_key=tenant.key, base_url=stack["CAMPAIGNS_BASE_URL"]) as kraiter:
        first, again = (kraiter.campaigns.create(name="Once", idempotency_key="sdk-once") for _ in range(2))
        assert first == again
        with pytest.raises(ConflictError):
            kraiter.campaigns.create(name="Other", idempotency_key="sdk-once")


class LosesAnswers(httpx.HTTPTransport):
    """Sends each request, and loses the answer to every first attempt."""

    seen: list[str]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        attempt = f"{request.method} {request.url}"
        if attempt not in self.seen:
            self.seen.append(attempt)
            response.close()
            raise httpx.ReadError("lost")
        return response


def test_a_lost_answer_makes_no_error_and_no_second_campaign(
    stack: dict[str, str], new_tenant: Callable[[], Tenant], tenant: Tenant
) -> None:
    transport = LosesAnswers()
    transport.seen = []
    with Kraiter(api_key=tenant.key, base_url=stack["CAMPAIGNS_BASE_URL"], transport=transport) as kraiter:
        made = kraiter.campaigns.create(name="Lost and found")
        assert [each.id for each in kraiter.campaigns.add_sequence(made.id, "onboarding").sequences] == ["onboarding"]
        assert kraiter.campaigns.update(made.id, name="Found").name == "Found"
        kraiter.campaigns.remove_sequence(made.id, "onboarding")
        kraiter.campaigns.delete(made.id)
        names = [each.name for each in kraiter.campaigns.list(limit=100)]
    assert "Lost and found" not in names
    assert "Found" not in names


def campaigns(environment: dict[str, str], *arguments: str | bytes, given: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from kraiter.cli import main; main()", *arguments],
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_whose_key_it_is(stack: dict[str, str], tenant: Tenant, environment: dict[str, str]) -> None:
    with Kraiter(api_key=tenant.key, base_url=stack["CAMPAIGNS_BASE_URL"]) as kraiter:
        identity = kraiter.whoami()
    assert (identity.tenant_id, "campaigns:write" in identity.key.scopes) == (tenant.id, True)
    assert json.loads(campaigns(environment, "whoami", "--json")[1]) == identity.to_json()


def test_the_command_line(environment: dict[str, str]) -> None:
    status, out, _ = campaigns(environment, "create", "[bold]Launch[/bold]", "-d", "From the shell", "--json")
    made = json.loads(out)
    assert (status, made["name"], made["etag"]) == (0, "[bold]Launch[/bold]", '"1"')
    status, out, _ = campaigns(environment, "add", made["id"], "-s", "onboarding", "-t", "launch-announcement")
    assert status == 0
    assert "Onboarding Sequence" in out
    assert "[bold]Launch[/bold]" in out
    assert campaigns(environment, "update", made["id"], "--status", "active", "--if-match", '"2"')[0] == 0
    assert campaigns(environment, "remove", made["id"], "-s", "onboarding")[0] == 0
    status, out, _ = campaigns(environment, "show", made["id"], "--json")
    shown = json.loads(out)
    assert (shown["status"], shown["sequences"], len(shown["templates"])) == ("active", [], 1)
    status, out, _ = campaigns(environment | {"COLUMNS": "80"}, "list", "--limit", "1")
    assert (status, made["id"] in out) == (0, True)
    status, out, _ = campaigns(environment, "list", "--all", "--limit", "2", "--json")
    assert made["id"] in [each["id"] for each in json.loads(out)]
    assert campaigns(environment, "delete", made["id"], given="n\n")[0] == 1
    assert campaigns(environment, "delete", made["id"], "--yes")[0] == 0
    assert campaigns(environment, "show", made["id"])[0] == 5


def test_the_command_line_launches_in_one_call(environment: dict[str, str]) -> None:
    whole = ("-s", "onboarding", "-l", "q4", "-m", "crmId=42=x", "--json")
    status, out, _ = campaigns(environment, "create", "Launch", *whole)
    made = json.loads(out)
    assert (status, made["etag"], made["labels"], made["metadata"]) == (0, '"1"', ["q4"], {"crmId": "42=x"})
    assert [each["id"] for each in made["sequences"]] == ["onboarding"]
    status, _, err = campaigns(environment, "add", made["id"], "-t", "launch-announcement", "-s", "nope")
    assert (status, "add.sequences.0: names no sequence" in err) == (5, True)
    status, out, _ = campaigns(environment, "show", made["id"])
    assert (status, "launch-announcement" in out, "crmId=42=x" in out) == (0, False, True)
    for command, changed in (
        (["label", made["id"], "emea", "spring"], {"labels": ["emea", "spring"]}),
        (["label", made["id"]], {"labels": []}),
        (["unarchive", made["id"]], {"archivedAt": None}),
        (["add", made["id"], "-s", "onboarding", "-t", "launch-announcement", "--if-match", '"3"'], {"etag": '"4"'}),
    ):
        status, out, _ = campaigns(environment, *command, "--json")
        assert (status, json.loads(out) | changed) == (0, json.loads(out))
    status, out, _ = campaigns(environment, "archive", made["id"], "--json")
    assert json.loads(out)["archivedAt"] == json.loads(out)["updatedAt"]
    status, out, _ = campaigns(environment, "clone", made["id"], "--name", "Again", "--json")
    again = json.loads(out)
    assert (status, again["name"], again["archivedAt"], len(again["templates"])) == (0, "Again", None, 1)
    assert campaigns(environment, "create", "x", "-m", "novalue")[0] == 2
    for id_ in (made["id"], again["id"]):
        assert campaigns(environment, "delete", id_, "--yes")[0] == 0


def test_the_command_line_finds(stack: dict[str, str], tenant: Tenant, environment: dict[str, str]) -> None:
    with Kraiter(api_key=tenant.key, base_url=stack["CAMPAIGNS_BASE_URL"]) as kraiter:
        b, a, c = (
            kraiter.campaigns.create(name=name, labels=[label], sequences=["onboarding"]).id
            for name, label in (("Sought B", "q4"), ("sought a", "Q4"), ("Sought C", "q1"))
        )
        kraiter.campaigns.update(c, archived=True)
        sought = ("--status", "draft,active", "--q", "SOUGHT", "--sequence", "onboarding")
        for arguments, ids in (
            ((*sought, "--label", "q4", "--sort", "-updatedAt"), [a, b]),
            ((*sought, "--archived", "any", "--sort", "createdAt", "--limit", "1", "--all"), [b, a, c]),
            (("--ids", f"{c},{a}"), [c, a]),
        ):
            status, out, err = campaigns(environment, "list", *arguments, "--json")
            assert status == 0, err
            assert [each["id"] for each in json.loads(out)] == ids
        assert campaigns(environment, "count", *sought)[1] == "2\n"
        status, out, _ = campaigns(environment | {"COLUMNS": "80"}, "sequences", "onboarding")
        assert (status, "Onboarding Sequence" in out) == (0, True)
        code, _, err = campaigns(environment, "list", "--updated-after", "2025-09-15")
        assert (code, "updatedAfter: must be a time with its offset" in err) == (3, True)
        asked = {"_CAMPAIGNS_COMPLETE": "complete_bash", "COMP_WORDS": "campaigns add x -s on", "COMP_CWORD": "4"}
        assert campaigns(environment | asked)[1].split() == ["onboarding"]
        for id_ in (a, b, c):
            kraiter.campaigns.delete(id_)


def test_the_command_line_in_a_terminal_that_knows_few_characters(environment: dict[str, str]) -> None:
    old = environment | {"PYTHONIOENCODING": "latin-1"}
    status, out, _ = campaigns(old, "create", "Launch 🚀", "--json")
    made = json.loads(out)
    assert (status, made["name"]) == (0, "Launch 🚀")
    status, out, _ = campaigns(old, "show", made["id"])
    assert (status, "Launch ?" in out) == (0, True)
    assert campaigns(old, "delete", made["id"], "--yes")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["create", b"\xff"], 2, "must be text in UTF-8"),
        (["show", "cmp_none"], 5, "There is no such campaign. (request "),
        (["create", " "], 3, "name: must have at least 1 character"),
        (["create", "x", "--description", "y" * 2001], 3, "description: must have at most 2000"),
        (["update", "cmp_none"], 2, "give at least one of"),
        (["add", "cmp_none"], 2, "give at least one"),
        (["show", ".."], 2, "an id must not be"),
        (["list", "--limit", "101"], 2, "less than or equal to 100"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_an_error_is_a_line_and_an_exit_status(
    environment: dict[str, str], arguments: list[str | bytes], status: int, text: str
) -> None:
    code, out, err = campaigns(environment, *arguments)
    assert (code, out) == (status, "")
    assert text in err
    assert "Traceback" not in err
    assert environment["CAMPAIGNS_API_KEY"] not in err


def test_a_command_without_a_key_or_with_a_wrong_one(environment: dict[str, str]) -> None:
    wrong = environment | {"CAMPAIGNS_API_KEY": "kr_" + "x" * 43}
    assert campaigns(wrong, "list")[0] == 4
    del wrong["CAMPAIGNS_API_KEY"], wrong["CAMPAIGNS_BASE_URL"]
    code, _, err = campaigns(wrong, "list")
    assert (code, err) == (
        2,
        "campaigns: set CAMPAIGNS_API_KEY and CAMPAIGNS_BASE_URL in the environment, or: campaigns login\n",
    )
    nowhere = environment | {"CAMPAIGNS_BASE_URL": "http://127.0.0.1:1"}
    assert campaigns(nowhere, "list")[0] == 7


def mcp_server(environment: dict[str, str], *arguments: str) -> StdioServerParameters:
    code = "from kraiter.mcp import main; main()"
    return StdioServerParameters(command=sys.executable, args=["-c", code, *arguments], env=environment)


def test_the_mcp_server_runs_a_campaign(environment: dict[str, str]) -> None:
    async def go() -> None:
        async with Client(mcp_server(environment)) as client:

            async def call(tool: str, **arguments: Any) -> Any:
                result = await client.call_tool(tool, arguments)
                assert not result.is_error, result.content
                return result.structured_content

            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == TOOLS
            assert {
                name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint
            } == READ_TOOLS
            destructive = {
                name for name, tool in tools.items() if tool.annotations and tool.annotations.destructive_hint
            }
            assert destructive == {each for each in TOOLS if each.startswith(("update", "delete", "remove", "rotate"))}
            assert all(tool.title and tool.description for tool in tools.values())

            made = await call("create_campaign", name="By a model")
            id_ = made["id"]
            await call("add_template_to_campaign", campaign_id=id_, template_id="launch-announcement")
            added = await call("add_sequence_to_campaign", campaign_id=id_, sequence_id="onboarding")
            assert [each["id"] for each in added["sequences"]] == ["onboarding"]
            assert (await call("update_campaign", campaign_id=id_, status="active"))["status"] == "active"
            await call("remove_template_from_campaign", campaign_id=id_, template_id="launch-announcement")
            await call("remove_sequence_from_campaign", campaign_id=id_, sequence_id="onboarding")
            assert (await call("list_campaigns", limit=1))["data"][0]["id"] == id_
            assert (await call("get_campaign", campaign_id=id_))["templates"] == []
            both = await call(
                "update_campaign_associations",
                campaign_id=id_,
                add_sequences=["onboarding"],
                add_templates=["launch-announcement"],
                remove_sequences=["never there"],
            )
            assert [len(both[kind]) for kind in ("sequences", "templates")] == [1, 1]
            labelled = await call("update_campaign", campaign_id=id_, labels=["q4"], metadata={"k": "v"}, archived=True)
            copy = await call("clone_campaign", campaign_id=id_)
            assert (copy["labels"], copy["metadata"], copy["archivedAt"]) == (["q4"], labelled["metadata"], None)
            await call("delete_campaign", campaign_id=copy["id"])
            assert await call("delete_campaign", campaign_id=id_) == {"removed": id_}

            found = await call("list_campaigns", sequence="onboarding", ids=[], archived="any", sort="name")
            assert id_ not in [each["id"] for each in found["data"]]
            assert await call("count_campaigns", q="never by any model") == {"count": 0, "precision": "exact"}
            for kind, known in (("sequences", "onboarding"), ("templates", "launch-announcement")):
                assert [each["id"] for each in (await call(f"list_{kind}", q="a"))["data"]][:1] == [known]

            gone = await client.call_tool("get_campaign", {"campaign_id": id_})
            assert gone.is_error
            assert "NOT_FOUND: There is no such campaign." in str(gone.content)
            assert (gone.meta or {})["kraiter/error"]["code"] == "NOT_FOUND"
            read = await client.read_resource("campaigns://guide")
            assert "draft" in str(read.contents)
            empty = await client.call_tool("create_campaign", {"name": ""})
            assert "name must have at least 1 character" in str(empty.content)

    asyncio.run(go())


def test_the_inspector_understands_the_mcp_server(environment: dict[str, str], tmp_path: Path) -> None:
    """A client in another language, which holds answers, and what comes with errors, to the tools' schemas."""
    server = tmp_path / "kraiter-mcp"
    server.write_text(f"#!{sys.executable}\nfrom kraiter.mcp import main\nmain()\n")
    server.chmod(0o700)

    def ask(*arguments: str) -> Any:
        command = [str(INSPECTOR), "--cli", str(server), "--method", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert {tool["name"] for tool in ask("tools/list")["tools"]} == TOOLS
    made = ask("tools/call", "--tool-name", "create_campaign", "--tool-arg", "name=Inspected")
    assert made["structuredContent"]["name"] == "Inspected"
    gone = ask("tools/call", "--tool-name", "get_campaign", "--tool-arg", "campaign_id=cmp_none")
    assert (gone["isError"], gone["_meta"]["kraiter/error"]["code"]) == (True, "NOT_FOUND")
    (read,) = ask("resources/read", "--uri", f"campaigns://campaign/{made['structuredContent']['id']}")["contents"]
    assert json.loads(read["text"])["name"] == "Inspected"


def test_a_read_only_mcp_server_offers_nothing_that_changes(environment: dict[str, str]) -> None:
    async def go() -> None:
        async with Client(mcp_server(environment, "--read-only")) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == READ_TOOLS
            refused = await client.call_tool("delete_campaign", {"campaign_id": "cmp_none"})
            assert refused.is_error

    asyncio.run(go())


def test_a_wrong_key_is_told(stack: dict[str, str]) -> None:
    with (
        Kraiter(api_key="kr_" + "x" * 43, base_url=stack["CAMPAIGNS_BASE_URL"]) as kraiter,
        pytest.raises(UnauthorisedError),
    ):
        kraiter.campaigns.get("cmp_none")


def test_the_key_is_in_no_log_and_no_error(stack: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    """Over a real connection, whose layers log, too."""
    caplog.set_level(1)
    key = "kr_" + "x" * 43
    shown = ""
    for url in (stack["CAMPAIGNS_BASE_URL"], "http://127.0.0.1:1"):
        with Kraiter(api_key=key, base_url=url, max_retries=0) as kraiter, pytest.raises(KraiterError) as caught:
            kraiter.whoami()
        shown += "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(vars(kraiter))
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert "x" * 9 not in shown + caplog.text
