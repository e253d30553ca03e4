"""Commands that find campaigns, and what campaigns may hold."""

from typing import Annotated, Any, Literal, TypeVar, get_args

import typer
from rich.table import Column, Table

from kraiter import CatalogueEntry, Count, Filters, Listing, Sort, Status
from kraiter.cli.common import App
from kraiter.cli.options import All, Limit, campaign_ids, sequence_ids, template_ids
from kraiter.cli.terminal import AsJson, cell, client, err, out, print_json, progress, say

T = TypeVar("T")
app = App()
FILTERS = "Filters"
USUAL = 20
"""As many as a page has, unless told otherwise."""


def option(text: str, *names: str, **more: Any) -> Any:
    """One of the filters."""
    return typer.Option(*names, help=text, rich_help_panel=FILTERS, **more)


MAY_REPEAT = "several with commas, or repeated."
Statuses = Annotated[
    list[str] | None,
    option(f"draft, active or completed; {MAY_REPEAT}", "--status", autocompletion=lambda: list(get_args(Status))),
]
AllLabels = Annotated[list[str] | None, option(f"Has this label, whatever its case; {MAY_REPEAT}", "--label", "-l")]
Text = Annotated[str | None, option("Has this in its name, whatever the case.", "--q", "-q")]
Sequence = Annotated[
    str | None, option("Holds the sequence with this id.", "--sequence", "-s", autocompletion=sequence_ids)
]
Template = Annotated[
    str | None, option("Holds the template with this id.", "--template", "-t", autocompletion=template_ids)
]
Moment = "a time with its offset: 2025-09-15T10:00:00Z"
CreatedAfter = Annotated[str | None, option(f"Was created after this, {Moment}.")]
CreatedBefore = Annotated[str | None, option("Was created before this.")]
UpdatedAfter = Annotated[str | None, option("Was last changed after this.")]
UpdatedBefore = Annotated[str | None, option("Was last changed before this.")]
Ids = Annotated[
    list[str] | None,
    option(f"This campaign; {MAY_REPEAT} Alone, and in this order.", "--ids", autocompletion=campaign_ids),
]
InArchive = Annotated[
    Literal["false", "true", "any"] | None, option("Is in the archive; false unless given.", "--archived")
]


@app.command("list")
def list_(
    status: Statuses = None,
    label: AllLabels = None,
    q: Text = None,
    sequence: Sequence = None,
    template: Template = None,
    created_after: CreatedAfter = None,
    created_before: CreatedBefore = None,
    updated_after: UpdatedAfter = None,
    updated_before: UpdatedBefore = None,
    archived: InArchive = None,
    ids: Ids = None,
    sort: Annotated[Sort | None, typer.Option(help="What they are sorted by; -createdAt unless given.")] = None,
    limit: Limit = None,
    all_: All = False,
    as_json: AsJson = False,
) -> None:
    """List campaigns, newest first, or those that all filters let pass."""
    times = (created_after, created_before, updated_after, updated_before)
    filters = filters_of(status, label, q, sequence, template, times, archived)
    with client() as kraiter:
        listing = kraiter.campaigns.list(**filters, sort=sort, ids=ids or None, limit=limit)
        found, more = fetched(listing, "campaigns", None if all_ or ids else limit or USUAL)
    if as_json:
        print_json([each.to_json() for each in found])
        return
    # What scripts and eyes look for stays whole, however narrow the terminal; a name takes the lines that it needs.
    whole = [Column(name, no_wrap=True) for name in ("id", "status", "updated", "seq", "tpl")]
    table = Table(whole[0], Column("name", overflow="fold"), *whole[1:], box=None, padding=(0, 2, 0, 0))
    for each in found:
        holds = (str(len(each.sequences)), str(len(each.templates)))
        table.add_row(each.id, cell(each.name), cell(each.status), cell(each.updated_at[:10]), *holds)
    show(table, more=more)


@app.command()
def count(
    status: Statuses = None,
    label: AllLabels = None,
    q: Text = None,
    sequence: Sequence = None,
    template: Template = None,
    created_after: CreatedAfter = None,
    created_before: CreatedBefore = None,
    updated_after: UpdatedAfter = None,
    updated_before: UpdatedBefore = None,
    archived: InArchive = None,
    as_json: AsJson = False,
) -> None:
    """Count campaigns, or those that all filters let pass."""
    times = (created_after, created_before, updated_after, updated_before)
    with client() as kraiter:
        found = kraiter.campaigns.count(**filters_of(status, label, q, sequence, template, times, archived))
    if as_json:
        print_json(found.to_json())
    else:
        say(shown(found))


@app.command()
def sequences(
    sequence_id: Annotated[
        str | None, typer.Argument(metavar="[SEQUENCE]", help="One's id.", autocompletion=sequence_ids)
    ] = None,
    q: Text = None,
    limit: Limit = None,
    all_: All = False,
    as_json: AsJson = False,
) -> None:
    """List the sequences that campaigns may hold, or show one and how many hold it."""
    with client() as kraiter:
        if sequence_id is not None:
            display(kraiter.catalogue.sequence(sequence_id), as_json)
        else:
            listing = kraiter.catalogue.sequences(q=q, limit=limit)
            tell(*fetched(listing, "sequences", None if all_ else limit or USUAL), as_json)


@app.command()
def templates(
    template_id: Annotated[
        str | None, typer.Argument(metavar="[TEMPLATE]", help="One's id.", autocompletion=template_ids)
    ] = None,
    q: Text = None,
    limit: Limit = None,
    all_: All = False,
    as_json: AsJson = False,
) -> None:
    """List the templates that campaigns may hold, or show one and how many hold it."""
    with client() as kraiter:
        if template_id is not None:
            display(kraiter.catalogue.template(template_id), as_json)
        else:
            listing = kraiter.catalogue.templates(q=q, limit=limit)
            tell(*fetched(listing, "templates", None if all_ else limit or USUAL), as_json)


def filters_of(
    status: list[str] | None,
    label: list[str] | None,
    q: str | None,
    sequence: str | None,
    template: str | None,
    times: tuple[str | None, str | None, str | None, str | None],
    archived: str | None,
) -> Filters:
    """What the options ask for; what the API makes of it, it says itself."""
    asked: dict[str, Any] = {"q": q, "sequence": sequence, "template": template}
    asked |= dict(zip(("created_after", "created_before", "updated_after", "updated_before"), times, strict=True))
    asked |= {"status": status or None, "label": label or None, "archived": archived}
    filters: Any = asked
    return filters  # type: ignore[no-any-return]


def fetched(listing: Listing[T], what: str, most: int | None) -> tuple[list[T], bool]:
    """As many as are wanted (None for all), and whether there is more. A page may be short, and not the last."""
    found: list[T] = []
    with progress(what) as tell_count:
        for page in listing.pages():
            found += page.data
            tell_count(len(found))
            if most is not None and (len(found) > most or (len(found) == most and page.has_next_page)):
                return found[:most], True
    return found, False


def show(table: Table, *, more: bool) -> None:
    """What was found, and a word on what was not shown."""
    out.print(table)
    if more:
        err.print("There are more; --all shows them all.", style="dim")


def tell(entries: list[CatalogueEntry], more: bool, as_json: bool) -> None:
    """Entries of the catalogue, for people or for scripts."""
    if as_json:
        print_json([each.to_json() for each in entries])
        return
    folded = [Column(name, overflow="fold") for name in ("id", "name")]
    table = Table(*folded, Column("updated", no_wrap=True), box=None, padding=(0, 2, 0, 0))
    for each in entries:
        table.add_row(cell(each.id), cell(each.name), cell(each.updated_at[:10]))
    show(table, more=more)


def display(entry: CatalogueEntry, as_json: bool) -> None:
    """One of them, and how many campaigns hold it."""
    if as_json:
        print_json(entry.to_json())
        return
    table = Table(show_header=False, box=None)
    held = "" if entry.campaign_count is None else shown(entry.campaign_count)
    for name, value in (("id", entry.id), ("name", entry.name), ("updated", entry.updated_at), ("campaigns", held)):
        table.add_row(name, cell(value))
    out.print(table)


def shown(count: Count) -> str:
    """A number, or that there are more."""
    return f"{count.count}" if count.precision == "exact" else f"{count.count} or more"
