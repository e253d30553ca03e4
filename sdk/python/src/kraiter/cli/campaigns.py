"""Commands on one campaign."""

from typing import Annotated, Any

import typer
from rich.table import Table

from kraiter import Campaign, Contents, Kraiter
from kraiter.cli.common import App
from kraiter.cli.dates import read_date, shown_date
from kraiter.cli.dry_run import DryRun
from kraiter.cli.options import (
    FROM_INPUT,
    CampaignId,
    CampaignIds,
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
from kraiter.cli.terminal import AsJson, cell, client, each_of, out, print_json, say

app = App()


@app.command()
def show(campaign_ids: CampaignIds, as_json: AsJson = False) -> None:
    """Show a campaign."""
    each_of(campaign_ids, lambda kraiter, id_: display(kraiter.campaigns.get(id_), as_json))


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
    _dry_run: DryRun = False,
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
    _dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a draft with all that a campaign holds."""
    with client() as kraiter:
        made = kraiter.campaigns.clone(campaign_id, name=name, idempotency_key=idempotency_key)
        display(made, as_json)


@app.command()
def update(
    campaign_ids: CampaignIds,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    description: Annotated[str | None, typer.Option("--description", "-d", help="Its new description.")] = None,
    no_description: Annotated[bool, typer.Option("--no-description", help="Clear the description.")] = False,
    status: Annotated[Status | None, typer.Option(help="Its new status.")] = None,
    starts_at: StartsAt = None,
    no_starts_at: Annotated[bool, typer.Option("--no-starts-at", help="Let it not start by itself.")] = False,
    ends_at: EndsAt = None,
    no_ends_at: Annotated[bool, typer.Option("--no-ends-at", help="Let it not end by itself.")] = False,
    if_match: IfMatch = None,
    _dry_run: DryRun = False,
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
    each_of(
        campaign_ids,
        lambda kraiter, id_: display(kraiter.campaigns.update(id_, **patch, if_match=if_match), as_json),
    )


@app.command()
def delete(
    campaign_ids: CampaignIds,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    if_match: IfMatch = None,
    dry_run: DryRun = False,
) -> None:
    """Delete a campaign. Its sequences and templates stay."""
    if campaign_ids == FROM_INPUT and not yes and not dry_run:
        raise typer.BadParameter("give --yes: standard input has the ids, and can't answer")
    if not yes and not dry_run:
        typer.confirm(f"Delete {campaign_ids}?", abort=True, err=True)

    def gone(kraiter: Kraiter, id_: str) -> None:
        kraiter.campaigns.delete(id_, if_match=if_match)
        say(f"Deleted {id_}.")

    each_of(campaign_ids, gone)


@app.command()
def add(
    campaign_ids: CampaignIds,
    sequence: Sequences = None,
    template: Templates = None,
    if_match: IfMatch = None,
    _dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add sequences and templates to a campaign, all or none. What is part already stays."""
    add_these = given(sequence, template)
    each_of(
        campaign_ids,
        lambda kraiter, id_: display(
            kraiter.campaigns.change_associations(id_, add=add_these, if_match=if_match), as_json
        ),
    )


@app.command()
def remove(
    campaign_ids: CampaignIds,
    sequence: Sequences = None,
    template: Templates = None,
    if_match: IfMatch = None,
    _dry_run: DryRun = False,
) -> None:
    """Take sequences and templates out of a campaign, all or none. What is not part is no error."""
    remove_these = given(sequence, template)
    gone = [f"sequence {each}" for each in sequence or []] + [f"template {each}" for each in template or []]

    def take_out(kraiter: Kraiter, id_: str) -> None:
        kraiter.campaigns.change_associations(id_, remove=remove_these, if_match=if_match)
        say(f"{id_} is without {', '.join(gone)}.")

    each_of(campaign_ids, take_out)


@app.command()
def label(
    campaign_ids: CampaignIds,
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL]...", help="All labels that it shall have.")
    ] = None,
    if_match: IfMatch = None,
    _dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a campaign these labels and no others; none clears them."""
    each_of(
        campaign_ids,
        lambda kraiter, id_: display(kraiter.campaigns.update(id_, labels=labels or [], if_match=if_match), as_json),
    )


@app.command()
def archive(
    campaign_ids: CampaignIds, if_match: IfMatch = None, _dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Archive a campaign."""
    each_of(
        campaign_ids,
        lambda kraiter, id_: display(kraiter.campaigns.update(id_, archived=True, if_match=if_match), as_json),
    )


@app.command()
def unarchive(
    campaign_ids: CampaignIds, if_match: IfMatch = None, _dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Take a campaign out of the archive."""
    each_of(
        campaign_ids,
        lambda kraiter, id_: display(kraiter.campaigns.update(id_, archived=False, if_match=if_match), as_json),
    )


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
