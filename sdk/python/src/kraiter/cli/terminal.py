"""What all commands have in common: a client, what is shown where, and errors that become an exit status."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from kraiter import Kraiter, KraiterError
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

out = Console()
err = Console(stderr=True)

in_json: dict[str, bool] = {}
"""Whether to print JSON, errors too; known before the command runs."""


def remember(parameter: typer.CallbackParam, value: bool) -> bool:
    """Errors have the form of the answers."""
    in_json[str(parameter.name)] = value
    return value


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts; errors too.", callback=remember)]


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
def progress(what: str) -> Iterator[Any]:
    """A bar on stderr that counts what has come; only on a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.completed} " + what), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda count: bar.update(task, completed=count)


def cell(text: str) -> str:
    """Text of the server's, as it is and no more than text."""
    return escape(without_controls(text))


def say(sentence: str) -> None:
    """What was done, where there is nothing to show."""
    out.print(without_controls(sentence), markup=False, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """JSON on stdout, in ASCII: it survives whatever encoding a pipe has."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
