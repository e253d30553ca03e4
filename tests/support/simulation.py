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
        heapq.heappush(self._waiting, (self._now + seconds, self.dice.random(), turn))
        self._let_next_run()
        turn.acquire()

    def run[Result](self, actions: Sequence[Callable[[], Result]], over: float = 0.0) -> list[Result]:
        """Start the actions at even distances within ``over`` seconds; their results, in order."""
        results: dict[int, Result] = {}
        failures: list[BaseException] = []

        def act(number: int, action: Callable[[], Result], turn: threading.Semaphore) -> None:
            turn.acquire()
            try:
                results[number] = action()
            except BaseException as failure:
                failures.append(failure)
            self._let_next_run()

        threads = []
        for number, action in enumerate(actions):
            turn = threading.Semaphore(0)
            start = self._now + over * number / len(actions)
            heapq.heappush(self._waiting, (start, self.dice.random(), turn))
            threads.append(threading.Thread(target=act, args=(number, action, turn)))
        for thread in threads:
            thread.start()
        with self._ruling():
            self._let_next_run()
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]
        return [results[number] for number in range(len(actions))]

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
