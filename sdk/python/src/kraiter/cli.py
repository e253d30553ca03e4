"""``campaigns``: the Campaigns API on the command line."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Annotated, Any

try:
    import typer
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column, Table
except ImportError:  # pragma: no cover - tried in an environment without them
    sys.exit("campaigns: the command line needs more packages: pip install './sdk/python[cli]'")

from kraiter import Campaign, Contents, Kraiter, KraiterError, __version__
from kraiter.shell import missing_settings, setting_at_fault, unsaid_details, without_controls

EXIT_STATUS = {
    "VALIDATION_ERROR": 3,
    "PAYLOAD_TOO_LARGE": 3,
    "UNAUTHORISED": 4,
    "FORBIDDEN": 4,
    "NOT_FOUND": 5,
    "CONFLICT": 6,
    "PRECONDITION_FAILED": 6,
    "RATE_LIMITED": 7,
    "UNAVAILABLE": 7,
    "TIMEOUT": 7,
    "NO_ANSWER": 7,
}
"""By the kind of error; 1 is any other, and 2 a command line or setting that is not understood."""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # The key is one of them.
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Group email sequences and templates into campaigns.\n\n"
    "CAMPAIGNS_API_KEY and CAMPAIGNS_BASE_URL in the environment say which key and which API.\n\n"
    "Exit status: 0 done, 2 not understood, 3 not valid, 4 not permitted, 5 not found, 6 conflict, "
    "7 try again later, 1 any other error.",
)
out = Console()
err = Console(stderr=True)

CampaignId = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id (cmp_...).")]
IdempotencyKey = Annotated[str | None, typer.Option(help="The same key creates once in 24 hours.")]
in_json: dict[str, bool] = {}
"""Whether to print JSON, errors too; known before the command runs."""


def remember(parameter: typer.CallbackParam, value: bool) -> bool:
    """Errors have the form of the answers."""
    in_json[str(parameter.name)] = value
    return value


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts; errors too.", callback=remember)]
Sequences = Annotated[list[str] | None, typer.Option("--sequence", "-s", help="A sequence's id; may be repeated.")]
Templates = Annotated[list[str] | None, typer.Option("--template", "-t", help="A template's id; may be repeated.")]
Labels = Annotated[list[str] | None, typer.Option("--label", "-l", help="A label; may be repeated.")]
Metadata = Annotated[
    list[str] | None, typer.Option("--metadata", "-m", metavar="KEY=VALUE", help="A pair of metadata; may be repeated.")
]
IfMatch = Annotated[str | None, typer.Option(help="Only if the campaign still has this ETag, as show --json gives it.")]


class Status(str, Enum):
    """The steps of a campaign's life."""

    draft = "draft"
    active = "active"
    completed = "completed"


def say_version(value: bool) -> None:
    """Before anything else."""
    if value:
        sys.stdout.write(f"campaigns {__version__}\n")
        raise typer.Exit


@app.callback()
def start(
    _version: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=say_version, is_eager=True)
    ] = False,
) -> None:
    """Take what is for all commands."""


@app.command()
def whoami(as_json: AsJson = False) -> None:
    """Show the tenant and the API key in use, and what it may do."""
    with client() as kraiter:
        identity = kraiter.whoami()
    if as_json:
        print_json(identity.to_json())
        return
    key = identity.key
    table = Table(show_header=False, box=None)
    table.add_row("tenant", cell(identity.tenant_id))
    table.add_row("key", cell("  ".join(filter(None, (key.id, key.name)))))
    table.add_row("may", cell(", ".join(key.scopes)))
    table.add_row("until", cell(key.expires_at or "revoked"))
    out.print(table)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, or how many a page with --all.")] = 20,
    all_: Annotated[bool, typer.Option("--all", help="All of them, page by page.")] = False,
    as_json: AsJson = False,
) -> None:
    """List campaigns, newest first."""
    with client() as kraiter:
        pages = kraiter.campaigns.list(limit=limit).pages()
        found: list[Campaign] = []
        more = False
        with progress() as count:
            for page in pages:
                found += page.data
                count(len(found))
                more = page.next_cursor is not None
                if not all_:
                    break
    if as_json:
        print_json([campaign.to_json() for campaign in found])
        return
    # What scripts and eyes look for stays whole, however narrow the terminal; a name takes the lines that it needs.
    whole = [Column(name, no_wrap=True) for name in ("id", "status", "updated", "seq", "tpl")]
    table = Table(whole[0], Column("name", overflow="fold"), *whole[1:], box=None, padding=(0, 2, 0, 0))
    for each in found:
        holds = (str(len(each.sequences)), str(len(each.templates)))
        table.add_row(each.id, cell(each.name), cell(each.status), cell(each.updated_at[:10]), *holds)
    out.print(table)
    if more and not all_:
        err.print("There are more; --all shows them all.", style="dim")


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
    idempotency_key: IdempotencyKey = None,
    as_json: AsJson = False,
) -> None:
    """Create a campaign, a draft, with all that it shall hold."""
    pairs = {key: value for key, _, value in (each.partition("=") for each in metadata or [])}
    if any("=" not in each for each in metadata or []):
        raise typer.BadParameter("--metadata must be KEY=VALUE")
    with client() as kraiter:
        made = kraiter.campaigns.create(
            name=name,
            description=description,
            labels=label or [],
            metadata=pairs,
            sequences=sequence or [],
            templates=template or [],
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
    if_match: IfMatch = None,
    as_json: AsJson = False,
) -> None:
    """Change a campaign's name, description or status."""
    patch: dict[str, Any] = {}
    if name is not None:
        patch["name"] = name
    if description is not None or no_description:
        patch["description"] = None if no_description else description
    if status is not None:
        patch["status"] = status.value
    if not patch:
        raise typer.BadParameter("give at least one of --name, --description, --no-description, --status")
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


def given(sequence: list[str] | None, template: list[str] | None) -> Contents:
    """There must be something to do."""
    if not sequence and not template:
        raise typer.BadParameter("give at least one --sequence or --template")
    return {"sequences": sequence or [], "templates": template or []}


@contextmanager
def client() -> Iterator[Kraiter]:
    """The API that the environment names; its errors become one line and an exit status."""
    if what := missing_settings():
        fail("NOT_UNDERSTOOD", [what], 2)
    try:
        with Kraiter() as kraiter:
            yield kraiter
    except KraiterError as error:
        fail_of(error)
    except UnicodeEncodeError:
        fail("NOT_UNDERSTOOD", ["the command line must be text in UTF-8"], 2)
    except ValueError as error:
        fail("NOT_UNDERSTOOD", [str(error)], 2)


def fail_of(error: KraiterError) -> None:
    """What the API, or the way to it, has to say; each thing once."""
    details = [f"{each.field}: {each.message}" for each in error.details]
    unsaid = unsaid_details(error)
    told = [error.message, *unsaid] if unsaid or not details else details
    if error.request_id:
        told[0] += f" (request {error.request_id})"
    if setting := setting_at_fault(error):
        told.append(setting)
    fail(error.code, told, EXIT_STATUS.get(error.code, 1), error)


def fail(code: str, told: list[str], status: int, error: KraiterError | None = None) -> None:
    """One line, more where there is more to say, or JSON; and the exit status."""
    if any(in_json.values()):
        shown: dict[str, Any] = {"code": code, "message": error.message if error else told[0]}
        if error:
            details = [{"field": each.field, "message": each.message} for each in error.details]
            shown |= {"requestId": error.request_id, "details": details}
        sys.stderr.write(json.dumps({"error": shown}) + "\n")
    else:
        text = without_controls("\n  ".join(told))
        err.print(f"campaigns: {text}", style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


@contextmanager
def progress() -> Iterator[Any]:
    """A bar on stderr that counts what has come; only on a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.completed} campaigns"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda count: bar.update(task, completed=count)


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


def cell(text: str) -> str:
    """Text of the server's, as it is and no more than text."""
    return escape(without_controls(text))


def say(sentence: str) -> None:
    """What was done, where there is nothing to show."""
    out.print(without_controls(sentence), markup=False, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """JSON on stdout, in ASCII: it survives whatever encoding a pipe has."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def main() -> None:
    """The command. What a terminal can't show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
