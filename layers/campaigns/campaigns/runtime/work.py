"""The work at hand: for whom and by whom it is done, and what it has asked of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaigns.domain.actors import Author


class Work:
    """A request, or a message."""

    def __init__(self, tenant_id: str | None, author: "Author | None" = None) -> None:
        self.tenant_id = tenant_id
        self.author = author
        self.database_attempts = 0
        """Calls that were sent, repetitions included."""
        self.database_seconds = 0.0
        """What they took together, the pauses between them left out."""


_at_hand: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def working_for(tenant_id: str | None, author: "Author | None" = None) -> Iterator[Work]:
    """What happens inside is done for this tenant; None where there is none, as on a route without a key.

    What it changes of campaigns is this author's.
    """
    token = _at_hand.set(work := Work(tenant_id, author))
    try:
        yield work
    finally:
        _at_hand.reset(token)


def current_tenant() -> str | None:
    """For whom the work is done; None where nobody has said so."""
    work = _at_hand.get()
    return work.tenant_id if work else None


def current_author() -> "Author | None":
    """Who does the work; None where nobody has said so."""
    work = _at_hand.get()
    return work.author if work else None


def count_attempt(seconds: float) -> None:
    """Note one call to the database."""
    if work := _at_hand.get():
        work.database_attempts += 1
        work.database_seconds += seconds
