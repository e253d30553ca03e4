"""Commands on whose key is used."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from kraiter import Identity, Kraiter
from kraiter.cli import profiles
from kraiter.cli.common import App
from kraiter.cli.terminal import AsJson, cell, client, connected, out, print_json, say, understood

app = App()


@app.command()
def login(
    base_url: Annotated[str | None, typer.Option(help="The API's URL; it is asked for unless given.")] = None,
) -> None:
    """Keep a key, from a hidden prompt or standard input, in a file that only you can read.

    It is kept as the profile that --profile or CAMPAIGNS_PROFILE names, else as default.
    """
    with understood():
        there = profiles.kept().get(profiles.name(), {})
    asks = sys.stdin.isatty()
    url = base_url or (typer.prompt("URL of the API", default=there.get("baseUrl"), err=True) if asks else None)
    if not url:
        raise typer.BadParameter("give --base-url: standard input has the key alone")
    key = typer.prompt("API key", hide_input=True, err=True) if asks else sys.stdin.readline().strip()
    given = profiles.Settings(key, url, "this login")
    with connected(lambda: Kraiter(api_key=key, base_url=url), given) as kraiter:
        identity = kraiter.whoami()
    profiles.keep(profiles.name(), key, url)
    say(f"Logged in to {identity.tenant_id} as {identity.key.name or identity.key.id}, profile {profiles.name()}.")


@app.command()
def logout() -> None:
    """Forget the key of a profile. It goes on working elsewhere; who issued it can revoke it."""
    with understood():
        forgotten = profiles.forget(profiles.name())
    say(f"Forgot the profile {profiles.name()}." if forgotten else f"There is no profile {profiles.name()}.")


@app.command()
def whoami(as_json: AsJson = False) -> None:
    """Show the tenant and the API key in use, and what it may do."""
    with client() as kraiter:
        identity = kraiter.whoami()
    if as_json:
        print_json(identity.to_json())
        return
    profile = profiles.in_use()
    show(identity, profile.source if profile else None)


def show(identity: Identity, profile: str | None) -> None:
    """Who it is, and the profile that the key came from."""
    key = identity.key
    table = Table(show_header=False, box=None)
    table.add_row("tenant", cell(identity.tenant_id))
    table.add_row("key", cell("  ".join(filter(None, (key.id, key.name)))))
    table.add_row("may", cell(", ".join(key.scopes)))
    table.add_row("until", cell(key.expires_at or "revoked"))
    if profile:
        table.add_row("from", cell(profile))
    out.print(table)
