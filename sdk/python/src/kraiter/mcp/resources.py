"""What a model may read without calling a tool."""

import json
from importlib.resources import files
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from kraiter import AsyncKraiter, KraiterError, NotFoundError


def add_resources(mcp: MCPServer[Any], kraiter: AsyncKraiter) -> None:
    """The guide, and any campaign by its id."""

    @mcp.resource("campaigns://guide", title="How campaigns work", mime_type="text/markdown")
    def guide() -> str:
        """What a campaign is and goes through, what changes cost, and what to ask before acting."""
        return files("kraiter.mcp").joinpath("guide.md").read_text(encoding="utf-8")

    @mcp.resource("campaigns://campaign/{campaign_id}", title="A campaign", mime_type="application/json")
    async def campaign(campaign_id: str) -> str:
        """A campaign by its id (cmp_...), with all that it holds."""
        try:
            return json.dumps((await kraiter.campaigns.get(campaign_id)).to_json(), ensure_ascii=False)
        except NotFoundError as error:
            raise ResourceNotFoundError(error.message) from error
        except KraiterError as error:
            raise ResourceError(f"{error.code}: {error.message}") from error
