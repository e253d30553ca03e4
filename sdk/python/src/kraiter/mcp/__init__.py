"""``kraiter-mcp``: the Campaigns API as tools, resources and prompts of the Model Context Protocol, over stdio."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from typing import Any

try:
    from mcp.server import MCPServer
    from mcp_types import ToolAnnotations
except ImportError:  # pragma: no cover - tried in an environment without it
    sys.exit("kraiter-mcp: the MCP server needs one more package: pip install './sdk/python[mcp]'")

from kraiter import AsyncKraiter, __version__
from kraiter.mcp import campaigns, finding, history, prompts, resources, webhooks
from kraiter.mcp.shown import ShownIdentity
from kraiter.mcp.tools import READS, answered
from kraiter.shell import missing_settings

INSTRUCTIONS = (
    "Campaigns group email sequences and templates, which are made elsewhere and named by their ids: list_sequences "
    "and list_templates know them. A new campaign is a draft; its status then becomes active and completed. The "
    "resource campaigns://guide tells more."
)


def server(kraiter: AsyncKraiter, *, read_only: bool = False) -> MCPServer[Any]:
    """All that is offered over one client; with ``read_only``, of the tools those that change nothing."""
    mcp: MCPServer[Any] = MCPServer(
        "campaigns", title="Campaigns", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )

    def tool(title: str, annotations: ToolAnnotations) -> Callable[[Callable[..., Awaitable[Any]]], object]:
        if read_only and not annotations.read_only_hint:
            return lambda action: action
        made = mcp.tool(title=title, annotations=annotations)
        return lambda action: made(answered(action))

    @tool("Who am I", READS)
    async def whoami() -> ShownIdentity:
        """Tell which tenant the campaigns are of, and what the API key in use may do."""
        found: Any = (await kraiter.whoami()).to_json()
        return found  # type: ignore[no-any-return]

    for subject in (finding, campaigns, history, webhooks):
        subject.add_tools(tool, kraiter)
    resources.add_resources(mcp, kraiter)
    prompts.add_prompts(mcp)
    return mcp


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
