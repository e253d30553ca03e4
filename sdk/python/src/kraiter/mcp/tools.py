"""What the tools of all subjects have in common."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from kraiter import KraiterError
from kraiter.shell import setting_at_fault, unsaid_details

Tool = Callable[[str, ToolAnnotations], Callable[[Callable[..., Awaitable[Any]]], object]]
"""Makes a tool of a function, under a title and with what a client may know before it is called."""
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
CREATES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)
REMOVES = CHANGES


class Refusals:
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
