"""What the tools of all subjects have in common."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from mcp_types import CallToolResult, TextContent, ToolAnnotations

from kraiter import KraiterError
from kraiter.shell import setting_at_fault, unsaid_details

Tool = Callable[[str, ToolAnnotations], Callable[[Callable[..., Awaitable[Any]]], object]]
"""Makes a tool of a function, under a title and with what a client may know before it is called."""
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
CREATES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)
CHANGES_EACH_TIME = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
)
REMOVES = CHANGES


ERROR = "kraiter/error"
"""Where in the metadata of a result a program finds the error, in the API's form."""


def answered(action: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The function of a tool, which tells the model what was refused, and why: as text, and in the API's form."""

    @wraps(action)
    async def answer(*arguments: Any, **named: Any) -> Any:
        try:
            return await action(*arguments, **named)
        except KraiterError as error:
            setting = setting_at_fault(error)
            told = [error.message, *unsaid_details(error), *([setting] if setting else [])]
            details = [{"field": each.field, "message": each.message} for each in error.details]
            shown = {"code": error.code, "message": error.message, "requestId": error.request_id, "details": details}
            return refusal(f"{error.code}: {'; '.join(told)}", shown)
        except ValueError as error:  # an argument that is not sent at all
            shown = {"code": "VALIDATION_ERROR", "message": str(error), "requestId": None, "details": []}
            return refusal(str(error), shown)

    return answer


def refusal(text: str, error: dict[str, Any]) -> CallToolResult:
    """What a tool answers instead of what its schema says.

    Not as structured content: there are clients that hold that of an error, too, to the tool's schema.
    """
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True, _meta={ERROR: error})
