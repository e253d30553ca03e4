"""``campaigns``: the Campaigns API on the command line."""

import io
import sys
from typing import Annotated

try:
    import typer
except ImportError:  # pragma: no cover - tried in an environment without them
    sys.exit("campaigns: the command line needs more packages: pip install './sdk/python[cli]'")

from kraiter import __version__
from kraiter.cli import account, api, campaigns, finding, history, listen, transfer, webhooks
from kraiter.cli.terminal import EXIT_STATUS, err, out

__all__ = ["EXIT_STATUS", "app", "err", "main", "out"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # The key is one of them.
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Group email sequences and templates into campaigns.\n\n"
    "campaigns login keeps a key, and the URL of the API; CAMPAIGNS_API_KEY and CAMPAIGNS_BASE_URL in the environment "
    "come before it, and --profile before both.\n\n"
    "Exit status: 0 done, 2 not understood, 3 not valid, 4 not permitted, 5 not found, 6 conflict, "
    "7 try again later, 1 any other error.",
)


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


for each in (account.app, finding.app, campaigns.app, history.app, listen.app, transfer.app, api.app):
    app.add_typer(each)
app.add_typer(webhooks.app, name="webhooks")


def main() -> None:
    """The command. What a terminal can't show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="campaigns")
