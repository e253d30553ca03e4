"""Tools that find campaigns, and what campaigns may hold."""

from typing import Any, Literal

from kraiter import AsyncKraiter, AsyncListing, CatalogueEntry, Filters, Sort
from kraiter.mcp.shown import ShownCount, ShownEntries, ShownPage, shown
from kraiter.mcp.tools import READS, Tool


def add_tools(tool: Tool, kraiter: AsyncKraiter) -> None:
    """Those that list and count."""

    @tool("List campaigns", READS)
    async def list_campaigns(
        status: list[Literal["draft", "active", "completed"]] | None = None,
        label: list[str] | None = None,
        q: str | None = None,
        sequence: str | None = None,
        template: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        updated_after: str | None = None,
        updated_before: str | None = None,
        archived: Literal["false", "true", "any"] | None = None,
        sort: Sort | None = None,
        ids: list[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ShownPage:
        """List campaigns, newest first: those that pass all filters, limit (1-100, 20 unless given) of them.

        status: has one of these. label: has all of these. q: its name contains this, whatever the case. sequence,
        template: holds the one with this id. created_after and the like: times in ISO 8601 with an offset. archived:
        is in the archive; false unless given. ids: these campaigns (1-100), and no other parameter. cursor: the
        nextCursor of a page with the same filters and sort; any page may be short, the last one has null.
        """
        filters = filters_of(
            status,
            label,
            q,
            sequence,
            template,
            created_after,
            created_before,
            updated_after,
            updated_before,
            archived,
        )
        listing = kraiter.campaigns.list(**filters, sort=sort, ids=ids or None, limit=limit, cursor=cursor)
        page = await listing.first_page()
        return {"data": [shown(each) for each in page.data], "nextCursor": page.next_cursor}

    @tool("Count campaigns", READS)
    async def count_campaigns(
        status: list[Literal["draft", "active", "completed"]] | None = None,
        label: list[str] | None = None,
        q: str | None = None,
        sequence: str | None = None,
        template: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        updated_after: str | None = None,
        updated_before: str | None = None,
        archived: Literal["false", "true", "any"] | None = None,
    ) -> ShownCount:
        """Count the campaigns that pass all filters, which are as for list_campaigns; exact below 10,000."""
        filters = filters_of(
            status,
            label,
            q,
            sequence,
            template,
            created_after,
            created_before,
            updated_after,
            updated_before,
            archived,
        )
        found: Any = (await kraiter.campaigns.count(**filters)).to_json()
        return found  # type: ignore[no-any-return]

    @tool("List sequences", READS)
    async def list_sequences(q: str | None = None, limit: int | None = None, cursor: str | None = None) -> ShownEntries:
        """List the email sequences that campaigns may hold, by id: those with q in their names, limit of them."""
        return await entries(kraiter.catalogue.sequences(q=q, limit=limit, cursor=cursor))

    @tool("List templates", READS)
    async def list_templates(q: str | None = None, limit: int | None = None, cursor: str | None = None) -> ShownEntries:
        """List the email templates that campaigns may hold, by id: those with q in their names, limit of them."""
        return await entries(kraiter.catalogue.templates(q=q, limit=limit, cursor=cursor))


async def entries(listing: AsyncListing[CatalogueEntry]) -> ShownEntries:
    """A page of the catalogue."""
    page = await listing.first_page()
    data: Any = [each.to_json() for each in page.data]
    return {"data": data, "nextCursor": page.next_cursor}


def filters_of(
    status: list[Literal["draft", "active", "completed"]] | None,
    label: list[str] | None,
    q: str | None,
    sequence: str | None,
    template: str | None,
    created_after: str | None,
    created_before: str | None,
    updated_after: str | None,
    updated_before: str | None,
    archived: Literal["false", "true", "any"] | None,
) -> Filters:
    """An empty list asks for nothing: models send those where they mean none."""
    return {
        "status": status or None,
        "label": label or None,
        "q": q,
        "sequence": sequence,
        "template": template,
        "created_after": created_after,
        "created_before": created_before,
        "updated_after": updated_after,
        "updated_before": updated_before,
        "archived": archived if archived in {"any", None} else archived == "true",
    }
