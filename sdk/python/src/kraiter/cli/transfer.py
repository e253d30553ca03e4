"""Commands that carry campaigns out and in, a line of JSON each."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, TextIO

import typer

from kraiter import Campaign, Kraiter, PreconditionFailedError
from kraiter.cli.common import App
from kraiter.cli.dry_run import DryRun
from kraiter.cli.finding import AllLabels, Statuses, filters_of
from kraiter.cli.terminal import about, client, err, fail, progress, say

app = App()
CREATED_WITH = ("name", "description", "labels", "metadata", "sequences", "templates", "startsAt", "endsAt")
SET_AFTERWARDS = ("status", "archivedAt")
OF_THE_SERVICE = ("id", "createdAt", "updatedAt", "etag")
"""What an exported line has besides, and an import leaves alone."""


@app.command("export")
def export_(
    file: Annotated[typer.FileTextWrite, typer.Argument(help="Where to write; standard output unless given.")] = "-",  # type: ignore[assignment]
    status: Statuses = None,
    label: AllLabels = None,
) -> None:
    """Write all campaigns, archived ones too, or those that the filters let pass, a line of JSON each."""
    filters = filters_of(status, label, None, None, None, (None, None, None, None), "any")
    with client() as kraiter, progress("campaigns") as tell_count:
        found = kraiter.campaigns.list(**filters, limit=100)
        for count, campaign in enumerate(found, 1):
            file.write(json.dumps(campaign.to_json()) + "\n")
            tell_count(count)


@app.command("import")
def import_(
    file: Annotated[typer.FileText, typer.Argument(help="Lines of JSON, as export writes them; - for standard input.")],
    dry_run: DryRun = False,
) -> None:
    """Create a campaign for each line, with its status and archive, all lines having been looked at before.

    Where it ended it can be run again within 24 hours: what a line has made already is not made twice.
    """
    lines = list(read(file))
    with client() as kraiter, progress("campaigns", len(lines)) as tell_count:
        for count, (number, key, line) in enumerate(lines, 1):
            with about(f"line {number}"):
                campaign = make(kraiter, key, line)
                say(f"{number}  {campaign.id}  {campaign.name}")
            tell_count(count)
    if not dry_run:
        err.print(f"Imported {len(lines)}.", style="dim")


def read(file: TextIO) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The lines that say something: number, idempotency key, object. All that is wrong with any is told at once."""
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for number, text in enumerate(file, 1):
        if not text.strip():
            continue
        line, what = object_of(text)
        wrong += [f"line {number}: {each}" for each in what]
        content = json.dumps(line, sort_keys=True)
        # The second of two equal lines is another campaign.
        digest = hashlib.sha256(f"{seen[content]} {content}".encode()).hexdigest()
        seen[content] += 1
        if not wrong:
            yield number, f"import-{digest}", line
    if wrong:
        fail("NOT_UNDERSTOOD", wrong, 2)


def object_of(text: str) -> tuple[dict[str, Any], list[str]]:
    """A line, and what is wrong with it; what its values must be, the API knows."""
    try:
        line: Any = json.loads(text)
    except ValueError:
        line = None
    if not isinstance(line, dict):
        return {}, ["must be a JSON object"]
    unknown = sorted(line.keys() - {*CREATED_WITH, *SET_AFTERWARDS, *OF_THE_SERVICE})
    wrong = [f"{each} is not a field of a campaign" for each in unknown]
    wrong += [] if isinstance(line.get("name"), str) else ["name must be text"]
    wrong += [
        f"{kind} must be a list of ids"
        for kind in ("sequences", "templates")
        if not (isinstance(line.get(kind, []), list) and all(ids_of(line.get(kind, []))))
    ]
    return line, wrong


def ids_of(things: Iterable[Any]) -> list[str]:
    """The ids of sequences or templates, as an export has them or as they are; empty ones for what is none."""
    found = [each.get("id") if isinstance(each, dict) else each for each in things]
    return [each if isinstance(each, str) else "" for each in found]


def make(kraiter: Kraiter, key: str, line: dict[str, Any]) -> Campaign:
    """The campaign of a line. What somebody has changed since it was made stays as it is."""
    made = kraiter.campaigns.create(
        name=line["name"],
        description=line.get("description"),
        labels=line.get("labels") or [],
        metadata=line.get("metadata"),
        sequences=ids_of(line.get("sequences") or []),
        templates=ids_of(line.get("templates") or []),
        starts_at=line.get("startsAt"),
        ends_at=line.get("endsAt"),
        idempotency_key=key,
    )
    patch: dict[str, Any] = {} if line.get("status") in {None, made.status} else {"status": line["status"]}
    patch |= {"archived": True} if line.get("archivedAt") else {}
    if not patch:
        return made
    try:
        return kraiter.campaigns.update(made.id, **patch, if_match=made.etag)
    except PreconditionFailedError:
        return made
