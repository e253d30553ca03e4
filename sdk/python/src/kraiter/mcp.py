"""``kraiter-mcp``: the Campaigns API as tools of the Model Context Protocol, over stdio."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Literal

try:
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations
    from typing_extensions import TypedDict  # Before Python 3.12, schemas are made of no other.
except ImportError:  # pragma: no cover - tried in an environment without it
    sys.exit("kraiter-mcp: the MCP server needs one more package: pip install './sdk/python[mcp]'")

from kraiter import AsyncKraiter, Campaign, Contents, KraiterError, __version__
from kraiter.shell import missing_settings, setting_at_fault, unsaid_details

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
CREATES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)
REMOVES = CHANGES
INSTRUCTIONS = (
    "Campaigns group email sequences and templates, which are made elsewhere and named by their ids. A new campaign is "
    "a draft; its status then becomes active and completed."
)


class ShownAssociation(TypedDict):
    """A sequence or template of a campaign."""

    id: str
    name: str


class ShownCampaign(TypedDict):
    """A campaign."""

    id: str
    name: str
    description: str | None
    status: Literal["draft", "active", "completed"]
    sequences: list[ShownAssociation]
    templates: list[ShownAssociation]
    labels: list[str]
    metadata: dict[str, str]
    startsAt: str | None
    endsAt: str | None
    archivedAt: str | None
    createdAt: str
    updatedAt: str


class ShownPage(TypedDict):
    """Campaigns, newest first; ``nextCursor`` leads to those after them and is null on the last page."""

    data: list[ShownCampaign]
    nextCursor: str | None


class ShownKey(TypedDict):
    """An API key and what it may do; it does not expire where ``expiresAt`` is null."""

    id: str | None
    name: str | None
    scopes: list[str]
    expiresAt: str | None


class ShownIdentity(TypedDict):
    """Who calls: a tenant, by a key."""

    tenantId: str
    key: ShownKey


class Done(TypedDict):
    """What is no longer there."""

    removed: str


def server(kraiter: AsyncKraiter, *, read_only: bool = False) -> MCPServer[Any]:  # noqa: C901, PLR0915 - a list of tools
    """The tools over one client; with ``read_only``, those that change nothing."""
    mcp: MCPServer[Any] = MCPServer(
        "campaigns", title="Campaigns", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    campaigns = kraiter.campaigns

    def tool(title: str, annotations: ToolAnnotations) -> Callable[[Callable[..., Awaitable[Any]]], object]:
        if read_only and not annotations.read_only_hint:
            return lambda action: action
        return mcp.tool(title=title, annotations=annotations)

    @tool("Who am I", READS)
    async def whoami() -> ShownIdentity:
        """Tell which tenant the campaigns are of, and what the API key in use may do."""
        async with _Refusals():
            found: Any = (await kraiter.whoami()).to_json()
            return found  # type: ignore[no-any-return]

    @tool("List campaigns", READS)
    async def list_campaigns(limit: int = 20, cursor: str | None = None) -> ShownPage:
        """List campaigns, newest first: limit (1-100) of them, after the cursor of an earlier page."""
        async with _Refusals():
            async for page in campaigns.list(limit=limit, cursor=cursor).pages():
                return {"data": [shown(each) for each in page.data], "nextCursor": page.next_cursor}
        raise AssertionError("a list has at least one page")

    @tool("Get a campaign", READS)
    async def get_campaign(campaign_id: str) -> ShownCampaign:
        """Get one campaign by its id (cmp_...)."""
        async with _Refusals():
            return shown(await campaigns.get(campaign_id))

    @tool("Create a campaign", CREATES)
    async def create_campaign(
        name: str,
        description: str | None = None,
        labels: list[str] | None = None,
        metadata: dict[str, str] | None = None,
        sequences: list[str] | None = None,
        templates: list[str] | None = None,
    ) -> ShownCampaign:
        """Create a campaign, a draft, with all that it shall hold (ids of sequences and templates, up to 49).

        The name has 1-200 characters, the description up to 2,000.
        """
        async with _Refusals():
            made = await campaigns.create(
                name=name,
                description=description,
                labels=labels or [],
                metadata=metadata,
                sequences=sequences or [],
                templates=templates or [],
            )
            return shown(made)

    @tool("Clone a campaign", CREATES)
    async def clone_campaign(campaign_id: str, name: str | None = None) -> ShownCampaign:
        """Make a draft with all that a campaign holds: description, labels, metadata, sequences and templates."""
        async with _Refusals():
            return shown(await campaigns.clone(campaign_id, name=name))

    @tool("Update a campaign", CHANGES)
    async def update_campaign(
        campaign_id: str,
        name: str | None = None,
        description: str | None = None,
        status: Literal["draft", "active", "completed"] | None = None,
        clear_description: bool = False,
        labels: list[str] | None = None,
        metadata: dict[str, str | None] | None = None,
        archived: bool | None = None,
    ) -> ShownCampaign:
        """Change a campaign's name, description, status, labels, metadata or archive; what is not given stays.

        Labels are replaced as a whole. Metadata are merged; null removes a key.
        """
        patch: dict[str, Any] = {
            "name": name,
            "description": description,
            "status": status,
            "labels": labels,
            "metadata": metadata,
            "archived": archived,
        }
        patch = {field: value for field, value in patch.items() if value is not None}
        if clear_description:
            patch["description"] = None
        async with _Refusals():
            return shown(await campaigns.update(campaign_id, **patch))

    @tool("Delete a campaign", REMOVES)
    async def delete_campaign(campaign_id: str) -> Done:
        """Delete a campaign for good. Its sequences and templates stay."""
        async with _Refusals():
            await campaigns.delete(campaign_id)
        return {"removed": campaign_id}

    @tool("Add and remove several at once", CHANGES)
    async def update_campaign_associations(
        campaign_id: str,
        add_sequences: list[str] | None = None,
        add_templates: list[str] | None = None,
        remove_sequences: list[str] | None = None,
        remove_templates: list[str] | None = None,
    ) -> ShownCampaign:
        """Add sequences and templates to a campaign and remove others, all or none, by their ids."""
        add: Contents = {"sequences": add_sequences or [], "templates": add_templates or []}
        remove: Contents = {"sequences": remove_sequences or [], "templates": remove_templates or []}
        async with _Refusals():
            return shown(await campaigns.change_associations(campaign_id, add=add, remove=remove))

    @tool("Add a sequence to a campaign", ADDS)
    async def add_sequence_to_campaign(campaign_id: str, sequence_id: str) -> ShownCampaign:
        """Add an email sequence that the tenant has to a campaign."""
        async with _Refusals():
            return shown(await campaigns.add_sequence(campaign_id, sequence_id))

    @tool("Remove a sequence from a campaign", REMOVES)
    async def remove_sequence_from_campaign(campaign_id: str, sequence_id: str) -> Done:
        """Take an email sequence out of a campaign; the sequence itself stays."""
        async with _Refusals():
            await campaigns.remove_sequence(campaign_id, sequence_id)
        return {"removed": sequence_id}

    @tool("Add a template to a campaign", ADDS)
    async def add_template_to_campaign(campaign_id: str, template_id: str) -> ShownCampaign:
        """Add an email template that the tenant has to a campaign."""
        async with _Refusals():
            return shown(await campaigns.add_template(campaign_id, template_id))

    @tool("Remove a template from a campaign", REMOVES)
    async def remove_template_from_campaign(campaign_id: str, template_id: str) -> Done:
        """Take an email template out of a campaign; the template itself stays."""
        async with _Refusals():
            await campaigns.remove_template(campaign_id, template_id)
        return {"removed": template_id}

    return mcp


def shown(campaign: Campaign) -> ShownCampaign:
    """A campaign as the API shows it."""
    found: Any = campaign.to_json()
    return found  # type: ignore[no-any-return]


class _Refusals:
    """Tells the model what the API has refused, and why."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, _kind: Any, error: BaseException | None, _at: Any) -> None:
        if isinstance(error, KraiterError):
            setting = setting_at_fault(error)
            told = [error.message, *unsaid_details(error), *([setting] if setting else [])]
            raise ToolError(f"{error.code}: {'; '.join(told)}") from error
        if isinstance(error, ValueError):
            raise ToolError(str(error)) from error


def main() -> None:
    """Serve on stdin and stdout until they close."""
    parser = argparse.ArgumentParser(prog="kraiter-mcp", description=__doc__)
    parser.add_argument("--read-only", action="store_true", help="offer only the tools that change nothing")
    parser.add_argument("--version", action="version", version=f"kraiter-mcp {__version__}")
    arguments = parser.parse_args()
    if what := missing_settings():
        parser.error(what)
    try:
        kraiter = AsyncKraiter()
    except ValueError as error:
        parser.error(str(error))
    server(kraiter, read_only=arguments.read_only).run()
