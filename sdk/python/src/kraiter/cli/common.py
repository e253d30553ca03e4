"""Options that every command has: whose key, in what form answers are printed, and whether calls are told of."""

import os
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, TypeVar

import typer

from kraiter.cli import output, profiles, terminal

Action = TypeVar("Action", bound=Callable[..., Any])
PANEL = "For all commands"
ALWAYS: dict[str, Any] = {
    "profile": Annotated[
        str | None,
        typer.Option(
            help="Whose key and which API, of those that campaigns login keeps.",
            autocompletion=lambda: list(profiles.kept()),
            rich_help_panel=PANEL,
        ),
    ],
    "debug": Annotated[bool, typer.Option("--debug", help="Tell of each call on stderr.", rich_help_panel=PANEL)],
}
OF_ANSWERS: dict[str, Any] = {
    "output": Annotated[
        output.Form, typer.Option("--output", "-o", help="The form of what is printed.", rich_help_panel=PANEL)
    ],
    "fields": Annotated[
        str | None, typer.Option(help="These alone, with commas, as JSON: id,name", rich_help_panel=PANEL)
    ],
    "jq": Annotated[
        str | None, typer.Option(metavar="FILTER", help="What jq makes of the JSON.", rich_help_panel=PANEL)
    ],
}
DEFAULTS: dict[str, Any] = {"debug": False, "output": output.Form.table}


class App(typer.Typer):
    """Commands that have the common options; those on answers where a command can print JSON."""

    def command(self, name: str | None = None, **named: Any) -> Callable[[Action], Action]:
        """Register a command."""
        register = super().command(name, **named)

        def decorate(action: Action) -> Action:
            register(_with_common_options(action))
            return action

        return decorate


def _with_common_options(action: Callable[..., Any]) -> Callable[..., Any]:
    own = signature(action)
    options = ALWAYS | (OF_ANSWERS if "as_json" in own.parameters else {})

    @wraps(action)
    def run(**given: Any) -> Any:
        asked = {name: given.pop(name) for name in options}
        profiles.asked_for(asked["profile"])
        if asked["debug"]:
            os.environ["KRAITER_LOG"] = "debug"
        if output.ask_for(asked.get("output", output.Form.table), asked.get("fields"), asked.get("jq")):
            given["as_json"] = terminal.in_json["as_json"] = True
        return action(**given)

    added = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=DEFAULTS.get(name), annotation=option)
        for name, option in options.items()
    ]
    changed: Any = run
    changed.__signature__ = own.replace(parameters=[*own.parameters.values(), *added])
    changed.__annotations__ = {**action.__annotations__, **options}
    return run
