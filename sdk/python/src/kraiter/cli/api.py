"""Commands for what has no command: any call, and the documentation."""

import json
from typing import Annotated, Any

import typer

from kraiter.cli import profiles
from kraiter.cli.common import App
from kraiter.cli.dry_run import DryRun
from kraiter.cli.terminal import AsJson, client, print_json, say

app = App()


@app.command()
def api(
    method: Annotated[str, typer.Argument(help="GET, POST, PATCH, PUT or DELETE.")],
    path: Annotated[str, typer.Argument(help="/api/campaigns?status=active, say.")],
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field", "-f", metavar="NAME=VALUE", help="A parameter of a GET, else a field of the body; JSON or text."
        ),
    ] = None,
    input_: Annotated[
        typer.FileText | None, typer.Option("--input", help="The body, in JSON; - for standard input.")
    ] = None,
    if_match: Annotated[str | None, typer.Option(help="Sent as If-Match.")] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="Sent as Idempotency-Key.")] = None,
    _dry_run: DryRun = False,
    as_json: AsJson = False,  # noqa: ARG001 - it always is
) -> None:
    """Call the API, and print what it answers."""
    fields = dict(map(read_field, field or []))
    if input_ and fields:
        raise typer.BadParameter("--input goes without --field")
    try:
        body = json.load(input_) if input_ else fields or None
    except ValueError:
        raise typer.BadParameter("--input must be JSON") from None
    reads = method.upper() in {"GET", "HEAD"}
    given = {"If-Match": if_match, "Idempotency-Key": idempotency_key}
    with client() as kraiter:
        answer = kraiter.request(
            method.upper(),
            path,
            params={name: value if isinstance(value, int) else str(value) for name, value in fields.items()}
            if reads and fields
            else None,
            json=None if reads else body,
            headers={name: value for name, value in given.items() if value is not None},
        )
        if answer.body is not None:
            print_json(answer.body)


@app.command("open")
def open_() -> None:
    """Open the API's documentation in a browser."""
    with client():
        found = profiles.settings()
        url = f"{found.base_url if found else ''}/api/docs"
        say(url)
        typer.launch(url)


def read_field(text: str) -> tuple[str, Any]:
    """A name and its value, as JSON where that is what it is."""
    name, is_, value = text.partition("=")
    if not (name and is_):
        raise typer.BadParameter("--field must be NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
