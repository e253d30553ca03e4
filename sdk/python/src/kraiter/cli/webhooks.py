"""Commands on webhooks: who is told of changes by a signed POST."""

from enum import Enum
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from kraiter import Delivery, Webhook
from kraiter.cli.common import App
from kraiter.cli.dates import shown_date
from kraiter.cli.dry_run import DryRun
from kraiter.cli.finding import USUAL, fetched
from kraiter.cli.options import IdempotencyKey, Limit, webhook_ids
from kraiter.cli.terminal import AsJson, cell, client, err, out, print_json, say

app = App(no_args_is_help=True, help="Who is told of changes by a signed POST.")

WebhookId = Annotated[
    str, typer.Argument(metavar="WEBHOOK", help="The webhook's id (wh_...).", autocompletion=webhook_ids)
]
Description = Annotated[str | None, typer.Option("--description", "-d", help="Up to 200 characters.")]
EVENTS = [
    "campaign.*",
    *(f"campaign.{verb}" for verb in ("created", "updated", "deleted")),
    *(f"campaign.{kind}_{verb}" for kind in ("sequence", "template") for verb in ("added", "removed")),
    "webhook.disabled",
]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event", "-e", help="campaign.created, say, or campaign.*; may be repeated.", autocompletion=lambda: EVENTS
    ),
]


class DeliveryStatus(str, Enum):
    """What became of a delivery."""

    pending = "pending"
    succeeded = "succeeded"
    failed = "failed"


@app.command()
def create(
    url: Annotated[str, typer.Argument(help="https://..., on port 443 or 8443.")],
    event: Events = None,
    description: Description = None,
    idempotency_key: IdempotencyKey = None,
    _dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a webhook, of all that happens to campaigns unless --event says otherwise; its secret is shown this once."""
    with client() as kraiter:
        made = kraiter.webhooks.create(
            url, event or ["campaign.*"], description=description, idempotency_key=idempotency_key
        )
        display(made, as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all webhooks, oldest first."""
    with client() as kraiter:
        found = kraiter.webhooks.list()
    if as_json:
        print_json([each.to_json() for each in found])
        return
    table = plain_table(Column("url", overflow="fold"), "events", "state")
    for each in found:
        table.add_row(*map(cell, (each.id, each.url, "\n".join(each.events), state_of(each))))
    out.print(table)


@app.command()
def get(webhook_id: WebhookId, as_json: AsJson = False) -> None:
    """Show a webhook, without its secret."""
    with client() as kraiter:
        display(kraiter.webhooks.get(webhook_id), as_json)


@app.command()
def update(
    webhook_id: WebhookId,
    url: Annotated[str | None, typer.Option(help="Its new URL.")] = None,
    event: Events = None,
    description: Description = None,
    no_description: Annotated[bool, typer.Option("--no-description", help="Clear the description.")] = False,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="Whether it is told of anything.")] = None,
    _dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change a webhook. What is enabled again has a clean slate."""
    given = {"url": url, "events": event or None, "description": description, "enabled": enabled}
    patch: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    patch |= {"description": None} if no_description else {}
    if not patch:
        known = "--url, --event, --description, --no-description, --enable, --disable"
        raise typer.BadParameter(f"give at least one of {known}")
    with client() as kraiter:
        display(kraiter.webhooks.update(webhook_id, **patch), as_json)


@app.command()
def delete(
    webhook_id: WebhookId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Delete a webhook; what waits for it is not delivered."""
    if not yes and not dry_run:
        typer.confirm(f"Delete {webhook_id}?", abort=True, err=True)
    with client() as kraiter:
        kraiter.webhooks.delete(webhook_id)
        say(f"Deleted {webhook_id}.")


@app.command()
def ping(webhook_id: WebhookId, as_json: AsJson = False) -> None:
    """Send a webhook.ping now, and show what the receiver answers; the exit status is 1 unless that is success."""
    with client() as kraiter:
        attempt = kraiter.webhooks.ping(webhook_id)
    taken = attempt.status is not None and attempt.status // 100 == 2  # noqa: PLR2004 - HTTP's
    if as_json:
        print_json(attempt.to_json())
    else:
        told = attempt.error if attempt.status is None else f"answered {attempt.status}"
        say(f"{told} after {attempt.milliseconds} ms")
        if attempt.answer:
            say(attempt.answer)
    if not taken:
        raise typer.Exit(1)


@app.command()
def rotate_secret(
    webhook_id: WebhookId,
    grace_seconds: Annotated[
        int | None, typer.Option(help="How long the secret before signs beside it; 86,400 unless given.")
    ] = None,
    _dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a webhook a new secret, which is shown this once."""
    with client() as kraiter:
        display(kraiter.webhooks.rotate_secret(webhook_id, grace_seconds=grace_seconds), as_json)


@app.command()
def deliveries(
    webhook_id: WebhookId,
    status: Annotated[DeliveryStatus | None, typer.Option(help="Those alone of which this became.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List what was delivered within 30 days, or shall be, newest first."""
    with client() as kraiter:
        listing = kraiter.webhooks.deliveries(webhook_id, status=status.value if status else None, limit=limit)
        found, more = fetched(listing, "deliveries", limit or USUAL)
    if as_json:
        print_json([each.to_json() for each in found])
        return
    table = plain_table("event", "status", "tries", "last", "next")
    for each in found:
        shown = (
            each.id,
            each.type,
            each.status,
            f"{each.attempt_count}",
            last_of(each),
            shown_date(each.next_attempt_at),
        )
        table.add_row(*map(cell, shown))
    out.print(table)
    if more:
        err.print("There are more; --limit shows up to 100.", style="dim")


@app.command()
def redeliver(
    webhook_id: WebhookId,
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id (dlv_...).")],
    _dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Deliver something once more, now."""
    with client() as kraiter:
        delivery = kraiter.webhooks.redeliver(webhook_id, delivery_id)
        if as_json:
            print_json(delivery.to_json())
        else:
            say(f"{delivery.id} is on its way again.")


def plain_table(*columns: Column | str) -> Table:
    """Ids, which scripts and eyes look for, stay whole, however narrow the terminal; and more columns."""
    return Table(Column("id", no_wrap=True), *columns, box=None, padding=(0, 2, 0, 0))


def display(webhook: Webhook, as_json: bool) -> None:
    """A webhook, for people or for scripts."""
    if as_json:
        print_json(webhook.to_json())
        return
    table = Table(show_header=False, box=None)
    for name, value in (
        ("id", webhook.id),
        ("url", webhook.url),
        ("events", "\n".join(webhook.events)),
        ("description", webhook.description or ""),
        ("state", state_of(webhook)),
        ("created", webhook.created_at),
        ("updated", webhook.updated_at),
        *([("secret", webhook.secret)] if webhook.secret else []),
    ):
        table.add_row(name, cell(value))
    out.print(table)
    if webhook.secret:
        err.print("Keep the secret: it is not shown again.", style="dim")


def state_of(webhook: Webhook) -> str:
    """Whether it is told of anything, and how that goes."""
    if not webhook.enabled:
        return f"disabled ({webhook.disabled_reason})" if webhook.disabled_reason else "disabled"
    return f"failing since {webhook.failing_since}" if webhook.failing_since else "enabled"


def last_of(delivery: Delivery) -> str:
    """What came of the last attempt."""
    if not delivery.attempts:
        return ""
    last = delivery.attempts[-1]
    return str(last.status or last.error)
