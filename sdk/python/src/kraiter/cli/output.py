"""The forms of what is printed, besides tables: JSON, lines of it, values with commas between, and what jq makes."""

import io
import json
import sys
from enum import Enum
from importlib import import_module
from typing import Any

import typer


class Form(str, Enum):
    """How answers are printed."""

    table = "table"
    json = "json"
    ndjson = "ndjson"
    csv = "csv"


_asked: dict[str, Any] = {}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula in a spreadsheet, which must not run what somebody called a campaign."""


def ask_for(form: Form, fields: str | None, jq: str | None) -> bool:
    """Remember what the command shall print; whether that is made of JSON."""
    if jq is not None and form is Form.csv:
        raise typer.BadParameter("--jq goes without --output csv: its filter @csv makes that")
    _asked.update(form=form, fields=fields and [each.strip() for each in fields.split(",")], jq=_compiled(jq))
    return form is not Form.table or fields is not None or jq is not None


def write(value: Any) -> None:
    """An answer on stdout, in ASCII but for what jq makes: it survives whatever encoding a pipe has."""
    value = _selected(value, _asked.get("fields"))
    if (program := _asked.get("jq")) is not None:
        for each in _results(program, value):
            sys.stdout.write(f"{each if isinstance(each, str) else json.dumps(each)}\n")
        return
    match _asked.get("form"):
        case Form.ndjson:
            for each in value if isinstance(value, list) else [value]:
                sys.stdout.write(json.dumps(each) + "\n")
        case Form.csv:
            sys.stdout.write(_in_csv(value if isinstance(value, list) else [value]))
        case _:
            sys.stdout.write(json.dumps(value, indent=2) + "\n")


def _selected(value: Any, fields: list[str] | None) -> Any:
    if not fields:
        return value
    if isinstance(value, list):
        return [_selected(each, fields) for each in value]
    unknown = [each for each in fields if each not in value]
    if unknown:
        raise typer.BadParameter(f"--fields must be of {', '.join(value)}; {', '.join(unknown)} is not")
    return {name: value[name] for name in fields}


def _in_csv(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = import_module("csv").writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return text.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text


def _compiled(program: str | None) -> Any:
    if program is None:
        return None
    try:
        return import_module("jq").compile(program)
    except ImportError:
        raise typer.BadParameter("--jq needs one more package: pip install './sdk/python[jq]'") from None
    except ValueError as error:
        raise typer.BadParameter(f"--jq must be a filter of jq's: {error}") from None


def _results(program: Any, value: Any) -> list[Any]:
    try:
        found: list[Any] = program.input_value(value).all()
    except ValueError as error:
        raise typer.BadParameter(f"--jq: {error}") from None
    return found
