"""What there may be many of, page by page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from kraiter.exchange import AsyncFetch

T = TypeVar("T")
LARGEST = 100


@dataclass(frozen=True, slots=True)
class AsyncPage(Generic[T]):
    """Some of what was asked for, and the cursor of the page after it (None on the last one)."""

    data: tuple[T, ...]
    next_cursor: str | None
    _fetch: AsyncFetch[T] = field(repr=False, compare=False)
    _limit: int | None = field(repr=False, compare=False)

    @property
    def has_next_page(self) -> bool:
        """Whether there is, or may be, more: a page may be empty, and not be the last."""
        return self.next_cursor is not None

    async def next_page(self) -> Self | None:
        """The page after this one; None after the last one."""
        if self.next_cursor is None:
            return None
        return type(self)(*await self._fetch(self.next_cursor, self._limit), self._fetch, self._limit)


class AsyncListing(Generic[T]):
    """All that was asked for, one after the other; pages are fetched as they are needed."""

    def __init__(self, fetch: AsyncFetch[T], cursor: str | None, limit: int | None) -> None:
        self._fetch, self._cursor, self._limit = fetch, cursor, limit

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for each in page.data:
                yield each

    async def pages(self) -> AsyncIterator[AsyncPage[T]]:
        """The same, page by page."""
        page: AsyncPage[T] | None = await self.first_page()
        while page is not None:
            yield page
            page = await page.next_page()

    async def first_page(self) -> AsyncPage[T]:
        """The first page alone."""
        return await self._page(self._limit)

    async def take(self, count: int) -> list[T]:
        """The first ``count`` of them, or as many as there are; in pages as large as that, unless they have a limit."""
        if count < 1:
            return []
        page: AsyncPage[T] | None = await self._page(self._limit or min(count, LARGEST))
        found: list[T] = []
        while page is not None:
            found += page.data
            page = await page.next_page() if len(found) < count else None
        return found[:count]

    async def _page(self, limit: int | None) -> AsyncPage[T]:
        return AsyncPage(*await self._fetch(self._cursor, limit), self._fetch, limit)
