"""Dates as people write them, in the time zone that they are in, and as they read them."""

from datetime import datetime
from importlib import import_module

import typer


def read_date(name: str, text: str) -> datetime:
    """The moment that is meant by ``monday 9:00``, ``in 2 hours``, ``2026-10-05 09:00``, with an offset or without."""
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        # Loaded only here: it takes a third of a second.
        parse = import_module("dateparser").parse
        moment = parse(text, languages=["en"], settings={"PREFER_DATES_FROM": "future"})
    try:
        if moment is not None:
            return moment.astimezone()
    except (OverflowError, ValueError):
        pass  # of a year that this machine does not know in its time zone
    raise typer.BadParameter(f"--{name} must be a date, as in: monday 9:00, in 2 hours, 2026-10-05T09:00:00+02:00")


def shown_date(date: str | None) -> str:
    """A date of a campaign, in the time zone of who reads it."""
    try:
        return f"{datetime.fromisoformat(date).astimezone():%A, %Y-%m-%d %H:%M:%S %Z}" if date else ""
    except (OverflowError, ValueError):  # of the year 1, or of a service that is not this one
        return str(date)
