"""The command that tells who changed what."""

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from json import dumps
from typing import Annotated, Any

import typer

from kraiter import Event, Kraiter
from kraiter.cli.common import App
from kraiter.cli.finding import USUAL, fetched, option
from kraiter.cli.options import All, Limit, campaign_ids
from kraiter.cli.terminal import AsJson, client, err, out, print_json
from kraiter.shell import without_controls

app = App()
PAUSE = 2.0
"""Seconds between two looks of who follows."""
OVERLAP = timedelta(minutes=1)
"""How long an event may take to be listed: it is looked for so long behind newer ones."""
LONGEST = 80
TYPES = [
    *(f"campaign.{verb}" for verb in ("created", "updated", "deleted")),
    *(f"campaign.{kind}_{verb}" for kind in ("sequence", "template") for verb in ("added", "removed")),
    *(f"{kind}.{verb}" for kind in ("sequence", "template") for verb in ("updated", "deleted")),
]


@app.command()
def history(
    campaign_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[CAMPAIGN]", help="Of this campaign alone, deleted ones included.", autocompletion=campaign_ids
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        option("campaign.updated, say; several with commas, or repeated.", "--type", autocompletion=lambda: TYPES),
    ] = None,
    actor: Annotated[str | None, option("An API key's id; or catalogue, or schedule.")] = None,
    after: Annotated[str | None, option("After this, a time with its offset: 2025-09-15T10:00:00Z.")] = None,
    before: Annotated[str | None, option("Before this.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what happens, oldest first, until Ctrl-C.")
    ] = False,
    limit: Limit = None,
    all_: All = False,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to campaigns, newest first: what changed, and who changed it."""
    if follow and (before is not None or all_):
        raise typer.BadParameter("--follow goes without --before and --all")
    asked: dict[str, Any] = {"campaign": campaign_id, "type": types or None, "actor": actor}
    with client() as kraiter:
        if follow:
            go_on(kraiter, asked, after, limit or USUAL, as_json)
            return
        listing = kraiter.events.list(**asked, after=after, before=before, limit=limit)
        found, more = fetched(listing, "events", None if all_ else limit or USUAL)
    if as_json:
        print_json([each.to_json() for each in found])
        return
    for each in found:
        show(each)
    if more:
        err.print("There are more; --all shows them all.", style="dim")


def go_on(kraiter: Kraiter, asked: dict[str, Any], after: str | None, most: int, as_json: bool) -> None:
    """Show what happens, each event once: a line of JSON each, or as usual."""
    try:
        for event in following(kraiter, asked, after, most):
            if as_json:
                sys.stdout.write(dumps(event.to_json()) + "\n")
                sys.stdout.flush()
            else:
                show(event)
    except KeyboardInterrupt:
        return


def following(kraiter: Kraiter, asked: dict[str, Any], after: str | None, most: int) -> Iterator[Event]:
    """The last ``most`` events, oldest first, and for ever those that come.

    Those of different campaigns may be listed a little out of order, so each look goes back behind the newest one.
    """
    newest = datetime.now(UTC)
    last = kraiter.events.list(**asked, after=after).take(most)
    if last:
        newest = datetime.fromisoformat(last[0].occurred_at)
        yield from reversed(last)
    begin = last[-1].occurred_at if len(last) == most else after
    seen = {each.id: each.occurred_at for each in last}
    while True:
        time.sleep(PAUSE)
        since = (newest - OVERLAP).isoformat()
        lately = [each for each in kraiter.events.list(**asked, after=since, limit=100) if each.id not in seen]
        seen = {id_: at for id_, at in seen.items() if at > since}
        for each in reversed(lately):
            seen[each.id] = each.occurred_at
            newest = max(newest, datetime.fromisoformat(each.occurred_at))
            if begin is None or each.occurred_at >= begin:
                yield each


def show(event: Event) -> None:
    """An event: when and what, who, and what changed from what to what."""
    if event.campaign is not None:
        subject = f"{event.campaign['name']} ({event.campaign['id']})"
    elif event.webhook is not None:
        subject = f"{event.webhook['id']}: {event.webhook['reason']}"
    else:
        subject = "in all campaigns that hold it"
    time_ = event.occurred_at[:19].replace("T", " ")
    lines = [f"{time_}  {event.type}  {subject}", f"    by {told_by(event)}", *map("    ".__add__, changes_of(event))]
    out.print(without_controls("\n".join(lines)), markup=False, highlight=False, soft_wrap=True)


def told_by(event: Event) -> str:
    """Who it was, and from where."""
    actor, request = event.actor, event.request
    if actor is None:
        return "somebody" if event.webhook is None else "the service"
    who = f"{actor.name} ({actor.id})" if actor.name else actor.id or f"the {actor.type}"
    where = [each for each in (request.ip, request.user_agent) if each] if request else []
    return f"{who} from {', '.join(where)}" if where else who


def changes_of(event: Event) -> Iterable[str]:
    """What changed, a line each."""
    for each in event.changes:
        if each.before is None and each.after is None:
            yield f"{each.field}: another order"
        else:
            yield f"{each.field}: {value(each.before)} -> {value(each.after)}"


def value(found: Any) -> str:
    """A value on one line, cut where it is long."""
    match found:
        case None:
            text = "none"
        case {"id": id_, "name": name}:
            text = f"{name} ({id_})"
        case dict():
            text = ", ".join(f"{key}={each}" for key, each in found.items()) or "none"
        case list():
            text = ", ".join(found) or "none"
        case _:
            text = dumps(found, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
