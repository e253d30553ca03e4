"""What a user may have a model do, by name."""

from typing import Any

from mcp.server import MCPServer


def add_prompts(mcp: MCPServer[Any]) -> None:
    """Those that take several tools."""

    @mcp.prompt(title="Plan a launch")
    def plan_launch(what: str, when: str = "") -> str:
        """Plan a campaign for what is launched, with what there is, and make it once you have been told to."""
        moment = f"It shall start {when}." if when else "Ask me when it shall start, or whether I start it by hand."
        return (
            f"Plan an email campaign for the launch of {what}. {moment}\n\n"
            "1. Read the resource campaigns://guide.\n"
            "2. Look for sequences and templates that fit (list_sequences, list_templates), and for a campaign of this "
            "name (list_campaigns with q), so that none is made twice.\n"
            "3. Show me the plan: name, description, labels, sequences and templates with their ids, and the moments "
            "of start and end in my time zone. Say what is missing.\n"
            "4. Only when I agree: create_campaign with all of it in one call, and show me what was made. It is a "
            "draft until its start; activate nothing unless I say so."
        )

    @mcp.prompt(title="Review what happened")
    def review_changes(since: str) -> str:
        """Tell who changed what in campaigns since a moment, and what looks like a mistake."""
        return (
            f"Tell me what happened to our campaigns since {since}: list_campaign_events with after, all pages. Group "
            "it by campaign, name who made each change, and point out what looks like a mistake: what was deleted, "
            "changed back and forth, or activated without sequences. Change nothing."
        )
