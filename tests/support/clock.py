"""A clock that moves only when it is told to."""

from datetime import datetime, timedelta

from support.catalogue import START


class ManualClock:
    """Starts at ``START``."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, milliseconds: float) -> None:
        """Move on (or, with a negative number, back)."""
        self.now += timedelta(milliseconds=milliseconds)
