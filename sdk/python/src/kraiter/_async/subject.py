"""What the methods of all subjects have in common."""

from typing import TypeVar

from kraiter.exchange import AsyncTake, Steps

T = TypeVar("T")


class AsyncSubject:
    """Methods on one subject of the API, whose steps a client takes."""

    def __init__(self, take: AsyncTake, retries: int) -> None:
        self._take = take
        self._retries = retries

    async def _do(self, steps: Steps[T]) -> T:
        result: T = await self._take(steps)
        return result
