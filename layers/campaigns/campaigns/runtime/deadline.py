"""Until when the work at hand must have ended: what repeats a call to the database asks here whether it still may."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DEFAULT_SECONDS = 10.0
"""For a request to the API, and for work that nobody has set a limit for."""

_end: ContextVar[float | None] = ContextVar("end", default=None)


def now() -> float:
    """The moment, on a clock that only moves forward. Tests have a clock of their own."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Let time pass."""
    time.sleep(seconds)


@contextmanager
def answer_within(seconds: float) -> Iterator[None]:
    """What happens inside has ``seconds``, and no more than what happens outside."""
    outside = _end.get()
    token = _end.set(min(now() + seconds, math.inf if outside is None else outside))
    try:
        yield
    finally:
        _end.reset(token)


def end(seconds: float = DEFAULT_SECONDS) -> float:
    """The end, on the clock ``now``; for work without a limit, as if it began now and had ``seconds``."""
    limit = _end.get()
    return now() + seconds if limit is None else limit
