"""Commands on one campaign."""

from typing import Annotated, Any

import typer
from rich.table import Table

from kraiter import Campaign, Contents
from kraiter.cli.dates import read_date, shown_date
from kraiter.cli.options import (
    CampaignId,
    EndsAt,
    IdempotencyKey,
    IfMatch,
    Labels,
    Metadata,
    Sequences,
    StartsAt,
    Status,
    Templates,
)
from kraiter.cli.terminal import AsJson, cell, client, out, print_json, say

app = typer.Typer()


@app.command()
def show(campaign_id: CampaignId, as_json: AsJson = False) -> None:
    """Show a campaign."""
    with client() as kraiter:
        display(kraiter.campaigns.get(campaign_id), as_json)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="1-200 characters.")],
    description: Annotated[str | None, typer.Option("--description", "-d", help="Up to 2,000 characters.")] = None,
    sequence: Sequences = None,
    template: Templates = None,
    label: Labels = None,
    metadata: Metadata = None,
    starts_at: StartsAt = None,
    ends_at: EndsAt = None,
    idempotency_key: IdempotencyKey = None,
    as_json: AsJson = False,
) -> None:
    """Create a campaign, a draft, with all that it shall hold."""
    pairs = {key: value for key, _, value in (each.partition("=") for each in metadata or [])}
    if any("=" not in each for each in metadata or []):
        raise typer.BadParameter("--metadata must be KEY=VALUE")
    dates = dates_of(starts_at, ends_at)
    with client() as kraiter:
        made = kraiter.campaigns.create(
            name=name,
            description=description,
            labels=label or [],
            metadata=pairs,
            sequences=sequence or [],
            templates=template or [],
            **dates,
            idempotency_key=idempotency_key,
        )
        display(made, as_json)


@app.command()
def clone(
    campaign_id: CampaignId,
    name: Annotated[str | None, typer.Option(help="Its name; otherwise, Copy of the other.")] = None,
    idempotency_key: IdempotencyKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft with all that a campaign holds."""
    with client() as kraiter:
        made = kraiter.campaigns.clone(campaign_id, name=name, idempotency_key=idempotency_key)
        display(made, as_json)


@app.command()
def update(
    campaign_id: CampaignId,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    description: Annotated[str | None, typer.Option("--description", "-d", help="Its new description.")] = None,
    no_description: Annotated[bool, typer.Option("--no-description", help="Clear the description.")] = False,
    status: Annotated[Status | None, typer.Option(help="Its new status.")] = None,
    starts_at: StartsAt = None,
    no_starts_at: Annotated[bool, typer.Option("--no-starts-at", help="Let it not start by itself.")] = False,
    ends_at: EndsAt = None,
    no_ends_at: Annotated[bool, typer.Option("--no-ends-at", help="Let it not end by itself.")] = False,
    if_match: IfMatch = None,
    as_json: AsJson = False,
) -> None:
    """Change a campaign's name, description, status or dates."""
    patch: dict[str, Any] = {}
    if name is not None:
        patch["name"] = name
    if description is not None or no_description:
        patch["description"] = None if no_description else description
    if status is not None:
        patch["status"] = status.value
    patch |= dates_of(starts_at, ends_at)
    patch |= {name: None for name, gone in (("starts_at", no_starts_at), ("ends_at", no_ends_at)) if gone}
    if not patch:
        known = (
            "--name, --description, --no-description, --status, --starts-at, --no-starts-at, --ends-at, --no-ends-at"
        )
        raise typer.BadParameter(f"give at least one of {known}")
    with client() as kraiter:
        display(kraiter.campaigns.update(campaign_id, **patch, if_match=if_match), as_json)


@app.command()
def delete(
    campaign_id: CampaignId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    if_match: IfMatch = None,
) -> None:
    """Delete a campaign. Its sequences and templates stay."""
    if not yes:
        typer.confirm(f"Delete {campaign_id}?", abort=True, err=True)
    with client() as kraiter:
        kraiter.campaigns.delete(campaign_id, if_match=if_match)
    say(f"Deleted {campaign_id}.")


@app.command()
def add(
    campaign_id: CampaignId,
    sequence: Sequences = None,
    template: Templates = None,
    if_match: IfMatch = None,
    as_json: AsJson = False,
) -> None:
    """Add sequences and templates to a campaign, all or none. What is part already stays."""
    add_these = given(sequence, template)
    with client() as kraiter:
        display(kraiter.campaigns.change_associations(campaign_id, add=add_these, if_match=if_match), as_json)


@app.command()
def remove(
    campaign_id: CampaignId, sequence: Sequences = None, template: Templates = None, if_match: IfMatch = None
) -> None:
    """Take sequences and templates out of a campaign, all or none. What is not part is no error."""
    remove_these = given(sequence, template)
    with client() as kraiter:
        kraiter.campaigns.change_associations(campaign_id, remove=remove_these, if_match=if_match)
    gone = [f"sequence {each}" for each in sequence or []] + [f"template {each}" for each in template or []]
    say(f"{campaign_id} is without {', '.join(gone)}.")


@app.command()
def label(
    campaign_id: CampaignId,
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL]...", help="All labels that it shall have.")
    ] = None,
    if_match: IfMatch = None,
    as_json: AsJson = False,
) -> None:
    """Give a campaign these labels and no others; none clears them."""
    with client() as kraiter:
        display(kraiter.campaigns.update(campaign_id, labels=labels or [], if_match=if_match), as_json)


@app.command()
def archive(campaign_id: CampaignId, if_match: IfMatch = None, as_json: AsJson = False) -> None:
    """Archive a campaign."""
    with client() as kraiter:
        display(kraiter.campaigns.update(campaign_id, archived=True, if_match=if_match), as_json)


@app.command()
def unarchive(campaign_id: CampaignId, if_match: IfMatch = None, as_json: AsJson = False) -> None:
    """Take a campaign out of the archive."""
    with client() as kraiter:
        display(kraiter.campaigns.update(campaign_id, archived=False, if_match=if_match), as_json)


def dates_of(starts_at: str | None, ends_at: str | None) -> dict[str, Any]:
    """The dates that are given, by the names that the client has for them."""
    named = (("starts_at", "starts-at", starts_at), ("ends_at", "ends-at", ends_at))
    return {name: read_date(option, text) for name, option, text in named if text is not None}


def given(sequence: list[str] | None, template: list[str] | None) -> Contents:
    """There must be something to do."""
    if not sequence and not template:
        raise typer.BadParameter("give at least one --sequence or --template")
    return {"sequences": sequence or [], "templates": template or []}


def display(campaign: Campaign, as_json: bool) -> None:
    """A campaign, for people or for scripts."""
    if as_json:
        print_json(campaign.to_json())
        return
    table = Table(show_header=False, box=None)
    for name, value in (
        ("id", campaign.id),
        ("name", campaign.name),
        ("description", campaign.description or ""),
        ("status", campaign.status),
        ("starts", shown_date(campaign.starts_at)),
        ("ends", shown_date(campaign.ends_at)),
        ("sequences", "\n".join(f"{each.id}  {each.name}" for each in campaign.sequences)),
        ("templates", "\n".join(f"{each.id}  {each.name}" for each in campaign.templates)),
        ("labels", ", ".join(campaign.labels)),
        ("metadata", "\n".join(f"{key}={each}" for key, each in campaign.metadata.items())),
        ("archived", campaign.archived_at or ""),
        ("created", campaign.created_at),
        ("updated", campaign.updated_at),
    ):
        table.add_row(name, cell(value))
    out.print(table)
