"""Tools on one campaign."""

from typing import Any, Literal

from kraiter import AsyncKraiter, Contents
from kraiter.mcp.shown import Done, ShownCampaign, shown
from kraiter.mcp.tools import ADDS, CHANGES, CREATES, READS, REMOVES, Tool


def add_tools(tool: Tool, kraiter: AsyncKraiter) -> None:  # noqa: C901 - a list of tools
    """Those that get, make, change and delete a campaign."""
    campaigns = kraiter.campaigns

    @tool("Get a campaign", READS)
    async def get_campaign(campaign_id: str) -> ShownCampaign:
        """Get one campaign by its id (cmp_...)."""
        return shown(await campaigns.get(campaign_id))

    @tool("Create a campaign", CREATES)
    async def create_campaign(
        name: str,
        description: str | None = None,
        labels: list[str] | None = None,
        metadata: dict[str, str] | None = None,
        sequences: list[str] | None = None,
        templates: list[str] | None = None,
        starts_at: str | None = None,
        ends_at: str | None = None,
    ) -> ShownCampaign:
        """Create a campaign, a draft, with all that it shall hold (ids of sequences and templates, up to 49).

        The name has 1-200 characters, the description up to 2,000. At starts_at it becomes active by itself, at ends_at
        completed: ISO 8601 with offset, 2026-10-05T09:00:00+02:00.
        """
        made = await campaigns.create(
            name=name,
            description=description,
            labels=labels or [],
            metadata=metadata,
            sequences=sequences or [],
            templates=templates or [],
            starts_at=starts_at,
            ends_at=ends_at,
        )
        return shown(made)

    @tool("Clone a campaign", CREATES)
    async def clone_campaign(campaign_id: str, name: str | None = None) -> ShownCampaign:
        """Make a draft with all that a campaign holds: description, labels, metadata, sequences and templates."""
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
        starts_at: str | None = None,
        ends_at: str | None = None,
        clear_starts_at: bool = False,
        clear_ends_at: bool = False,
    ) -> ShownCampaign:
        """Change a campaign's name, description, status, labels, metadata, archive or dates; what is not given stays.

        Labels are replaced as a whole. Metadata are merged; null removes a key. At starts_at a draft becomes active, at
        ends_at an active campaign completed, by itself: ISO 8601 with offset; a past moment acts at once.
        """
        patch: dict[str, Any] = {
            "name": name,
            "description": description,
            "status": status,
            "labels": labels,
            "metadata": metadata,
            "archived": archived,
            "starts_at": starts_at,
            "ends_at": ends_at,
        }
        clear = {"description": clear_description, "starts_at": clear_starts_at, "ends_at": clear_ends_at}
        patch = {field: value for field, value in patch.items() if value is not None}
        patch |= dict.fromkeys(field for field, wanted in clear.items() if wanted)
        return shown(await campaigns.update(campaign_id, **patch))

    @tool("Delete a campaign", REMOVES)
    async def delete_campaign(campaign_id: str) -> Done:
        """Delete a campaign for good. Its sequences and templates stay."""
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
        return shown(await campaigns.change_associations(campaign_id, add=add, remove=remove))

    @tool("Add a sequence to a campaign", ADDS)
    async def add_sequence_to_campaign(campaign_id: str, sequence_id: str) -> ShownCampaign:
        """Add an email sequence that the tenant has to a campaign."""
        return shown(await campaigns.add_sequence(campaign_id, sequence_id))

    @tool("Remove a sequence from a campaign", REMOVES)
    async def remove_sequence_from_campaign(campaign_id: str, sequence_id: str) -> Done:
        """Take an email sequence out of a campaign; the sequence itself stays."""
        await campaigns.remove_sequence(campaign_id, sequence_id)
        return {"removed": sequence_id}

    @tool("Add a template to a campaign", ADDS)
    async def add_template_to_campaign(campaign_id: str, template_id: str) -> ShownCampaign:
        """Add an email template that the tenant has to a campaign."""
        return shown(await campaigns.add_template(campaign_id, template_id))

    @tool("Remove a template from a campaign", REMOVES)
    async def remove_template_from_campaign(campaign_id: str, template_id: str) -> Done:
        """Take an email template out of a campaign; the template itself stays."""
        await campaigns.remove_template(campaign_id, template_id)
        return {"removed": template_id}
