"""What the methods of all subjects have in common."""

from typing import TypeVar

from kraiter.exchange import Steps, Take

T = TypeVar("T")


class Subject:
    """Methods on one subject of the API, whose steps a client takes."""

    def __init__(self, take: Take, retries: int) -> None:
        self._take = take
        self._retries = retries

    def _do(self, steps: Steps[T]) -> T:
        result: T = self._take(steps)
        return result
