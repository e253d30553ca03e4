"""The work at hand: for whom it is done, and what it has asked of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Work:
    """A request, or a message."""

    def __init__(self, tenant_id: str | None) -> None:
        self.tenant_id = tenant_id
        self.database_attempts = 0
        """Calls that were sent, repetitions included."""
        self.database_seconds = 0.0
        """What they took together, the pauses between them left out."""


_at_hand: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def working_for(tenant_id: str | None) -> Iterator[Work]:
    """What happens inside is done for this tenant; None where there is none, as on a route without a key."""
    token = _at_hand.set(work := Work(tenant_id))
    try:
        yield work
    finally:
        _at_hand.reset(token)


def current_tenant() -> str | None:
    """For whom the work is done; None where nobody has said so."""
    work = _at_hand.get()
    return work.tenant_id if work else None


def count_attempt(seconds: float) -> None:
    """Note one call to the database."""
    if work := _at_hand.get():
        work.database_attempts += 1
        work.database_seconds += seconds
