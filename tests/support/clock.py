"""Clocks that the tests own."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

from campaigns.runtime import deadline
from support.catalogue import START


def ticking() -> datetime:
    """A millisecond later with every look at it: what follows each other quickly has moments of its own."""
    return START + timedelta(milliseconds=next(_TICKS))


_TICKS = itertools.count()


class Stopwatch(threading.local):
    """The time that requests have, which passes only in pauses, and where something is said to have taken long.

    Each thread has its own.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds

    @contextmanager
    def running(self) -> Iterator[None]:
        """Deadlines are kept by this watch, and botocore pauses on it."""
        pausing = patch("botocore.endpoint.time", SimpleNamespace(sleep=self.pause))
        with patch.object(deadline, "now", self.now), patch.object(deadline, "pause", self.pause), pausing:
            yield


class ManualClock:
    """Starts at ``START``."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, milliseconds: float) -> None:
        """Move on (or, with a negative number, back)."""
        self.now += timedelta(milliseconds=milliseconds)
