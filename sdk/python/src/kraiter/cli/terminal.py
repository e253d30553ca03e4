"""What all commands have in common: a client, what is shown where, and errors that become an exit status."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from kraiter import Kraiter, KraiterError
from kraiter.cli import output, profiles
from kraiter.cli.dry_run import NotSentError, transport
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
    """The API that an option, the environment or a profile names."""
    with connected(_kraiter) as kraiter:
        yield kraiter


def _kraiter() -> Kraiter:
    found = profiles.settings()
    if found is None or not all(found):
        raise ValueError(f"{missing_settings()}, or: campaigns login")
    if found.source == profiles.ENVIRONMENT:
        return Kraiter(transport=transport())
    return Kraiter(api_key=found.api_key, base_url=found.base_url, transport=transport())


@contextmanager
def connected(make: Callable[[], Kraiter], settings: profiles.Settings | None = None) -> Iterator[Kraiter]:
    """A client, whose errors become one line and an exit status; with ``settings`` that are nobody's profile yet."""
    with understood():
        try:
            with make() as kraiter, told_if_not_sent():
                yield kraiter
        except KraiterError as error:
            fail_of(error, settings=settings)


@contextmanager
def understood() -> Iterator[None]:
    """What is wrong with an argument or a setting becomes one line and an exit status."""
    try:
        yield
    except UnicodeEncodeError:
        fail("NOT_UNDERSTOOD", ["the command line must be text in UTF-8"], 2)
    except ValueError as error:
        fail("NOT_UNDERSTOOD", [str(error)], 2)


def each_of(id_: str, act: Callable[[Kraiter, str], None]) -> None:
    """Do something with one thing, or with all whose ids standard input has, in turn; the first error ends it."""
    with client() as kraiter:
        if id_ != "-":
            act(kraiter, id_)
            return
        for line in filter(None, map(str.strip, sys.stdin)):
            with about(line):
                act(kraiter, line)


@contextmanager
def about(subject: str) -> Iterator[None]:
    """One of several things: its error names it."""
    try:
        with told_if_not_sent():
            yield
    except KraiterError as error:
        fail_of(error, subject)


@contextmanager
def told_if_not_sent() -> Iterator[None]:
    """With ``--dry-run``, go on behind what is shown in the place of being sent."""
    try:
        yield
    except NotSentError as unsent:
        if any(in_json.values()):
            print_json(unsent.to_json())
        else:
            say(f"would send {unsent}")


def fail_of(error: KraiterError, about: str = "", settings: profiles.Settings | None = None) -> None:
    """What the API, or the way to it, has to say; each thing once. ``about`` says of which of several things."""
    details = [f"{each.field}: {each.message}" for each in error.details]
    unsaid = unsaid_details(error)
    told = [error.message, *unsaid] if unsaid or not details else details
    told[0] = f"{about}: {told[0]}" if about else told[0]
    if error.request_id:
        told[0] += f" (request {error.request_id})"
    if setting := setting_at_fault(error, settings or profiles.in_use()):
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
def progress(what: str, total: int | None = None) -> Iterator[Any]:
    """A bar on stderr that counts what has come, of how many where that is known; only on a terminal."""
    of_all = () if total is None else (BarColumn(), TextColumn("of {task.total}"))
    columns = (SpinnerColumn(), TextColumn("{task.completed} " + what), *of_all, TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.update(task, completed=count)


def cell(text: str) -> str:
    """Text of the server's, as it is and no more than text."""
    return escape(without_controls(text))


def say(sentence: str) -> None:
    """What was done, where there is nothing to show."""
    out.print(without_controls(sentence), markup=False, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """An answer, in the form that is asked for."""
    output.write(value)
