"""Threads of which one runs at a time, on a clock that moves on while all of them wait: one seed is one run."""

import heapq
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from campaigns.runtime import deadline
from campaigns.store import table
from support.memory import MemoryDynamoDB


class Simulation:
    """The time that passes for those who run in it, and nothing else, is theirs to share."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self._now = 0.0
        self._waiting: list[tuple[float, float, threading.Semaphore]] = []

    def now(self) -> float:
        return self._now

    def pause(self, seconds: float) -> None:
        """Let the others run for so long."""
        turn = threading.Semaphore(0)
        self.wake(seconds, turn)
        self._let_next_run()
        turn.acquire()

    def wake(self, seconds: float, turn: threading.Semaphore) -> None:
        """Let somebody run who waits, in so many seconds."""
        heapq.heappush(self._waiting, (self._now + seconds, self.dice.random(), turn))

    def run[Result](self, actions: Sequence[Callable[[], Result]], over: float = 0.0) -> list[Result]:
        """Start the actions at even distances within ``over`` seconds; their results, in order."""
        group = _Group(self, actions, over)
        with self._ruling():
            self._let_next_run()
            return group.join()

    def together[Result](self, actions: Sequence[Callable[[], Result]]) -> list[Result]:
        """The same for one who runs here: its actions start now, and it goes on when all are done."""
        group = _Group(self, actions)
        if actions:
            group.last = threading.Semaphore(0)
            self._let_next_run()
            group.last.acquire()
        return group.join()

    def _let_next_run(self) -> None:
        if self._waiting:
            self._now, _, turn = heapq.heappop(self._waiting)
            turn.release()

    @contextmanager
    def _ruling(self) -> Iterator[None]:
        with (
            patch.object(deadline, "now", self.now),
            patch.object(deadline, "pause", self.pause),
            patch.object(table, "_dice", self.dice),
        ):
            yield


class _Group[Result]:
    """Actions that were started together."""

    def __init__(self, simulation: Simulation, actions: Sequence[Callable[[], Result]], over: float = 0.0) -> None:
        self.last: threading.Semaphore | None = None
        """Of whom the last of them wakes."""
        self._simulation = simulation
        self._results: dict[int, Result] = {}
        self._failures: list[BaseException] = []
        self._busy = len(actions)
        self._threads = []
        for number, action in enumerate(actions):
            turn = threading.Semaphore(0)
            simulation.wake(over * number / len(actions), turn)
            self._threads.append(threading.Thread(target=self._act, args=(number, action, turn)))
        for thread in self._threads:
            thread.start()

    def join(self) -> list[Result]:
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]
        return [self._results[number] for number in range(len(self._threads))]

    def _act(self, number: int, action: Callable[[], Result], turn: threading.Semaphore) -> None:
        turn.acquire()
        try:
            self._results[number] = action()
        except BaseException as failure:
            self._failures.append(failure)
        self._busy -= 1
        if not self._busy and self.last:
            self._simulation.wake(0, self.last)
        self._simulation._let_next_run()


class TakesTime(MemoryDynamoDB):
    """The engine in memory, at the end of a network: half of a call's time passes before it is done, half after it.

    A transaction takes three times as long as the other calls, which take ``call_seconds``, more or less by a half.
    """

    def __init__(self, simulation: Simulation, call_seconds: float) -> None:
        super().__init__()
        self._simulation = simulation
        self._call_seconds = call_seconds
        self.is_instant = True
        """Set while a test prepares what it needs."""

    def _answer(self, operation: str, *request: Any) -> Any:
        if self.is_instant:
            return super()._answer(operation, *request)
        half = self._call_seconds * self._simulation.dice.uniform(0.25, 0.75) * (3 if "Transact" in operation else 1)
        self._simulation.pause(half)
        try:
            return super()._answer(operation, *request)
        finally:
            self._simulation.pause(half)
