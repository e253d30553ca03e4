"""The clients: they take the steps of a call, with and without ``await``."""

import asyncio
import time
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from kraiter.calls import Send, Steps
from kraiter.campaigns import AsyncCampaigns, Campaigns

T = TypeVar("T")


class _Configuration:
    def __init__(self, api_key: str, base_url: str, timeout: float, max_retries: int) -> None:
        if not api_key:
            raise ValueError("api_key must be an API key (kr_...)")
        if not base_url.startswith(("https://", "http://")):
            raise ValueError("base_url must be the URL of the API, such that base_url + /api/campaigns is the list")
        if max_retries < 0:
            raise ValueError("max_retries must not be negative")
        self.options: dict[str, Any] = {
            "base_url": f"{base_url.rstrip('/')}/api",
            "headers": {"Authorization": f"Bearer {api_key}", "User-Agent": "kraiter-python"},
            "timeout": timeout,
        }

    def request(self, client: httpx.Client | httpx.AsyncClient, step: Send) -> httpx.Request:
        return client.build_request(
            step.method, f"campaigns{step.path}", params=step.params or None, json=step.body, headers=step.headers
        )


class Kraiter:
    """A client of the Campaigns API. Safe to share between threads; close it, or use it in a ``with`` block."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``base_url`` + ``/api/campaigns`` is the list; ``timeout`` is in seconds, of one attempt.

        Calls that were throttled or got no answer are repeated up to ``max_retries`` times, where that can't do harm.
        """
        self._configuration = _Configuration(api_key, base_url, timeout, max_retries)
        self._http = httpx.Client(**self._configuration.options, transport=transport)
        self.campaigns = Campaigns(self._take, max_retries)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _take(self, steps: Steps[T]) -> T:
        answer: httpx.Response | httpx.RequestError | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Send):
                try:
                    answer = self._http.send(self._configuration.request(self._http, step))
                except httpx.RequestError as error:
                    answer = error
            else:
                time.sleep(step.seconds)
                answer = None


class AsyncKraiter:
    """The same for ``asyncio``: ``async with AsyncKraiter(...) as kraiter: await kraiter.campaigns.get(...)``."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``base_url`` + ``/api/campaigns`` is the list; ``timeout`` is in seconds, of one attempt.

        Calls that were throttled or got no answer are repeated up to ``max_retries`` times, where that can't do harm.
        """
        self._configuration = _Configuration(api_key, base_url, timeout, max_retries)
        self._http = httpx.AsyncClient(**self._configuration.options, transport=transport)
        self.campaigns = AsyncCampaigns(self._take, max_retries)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _take(self, steps: Steps[T]) -> T:
        answer: httpx.Response | httpx.RequestError | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Send):
                try:
                    answer = await self._http.send(self._configuration.request(self._http, step))
                except httpx.RequestError as error:
                    answer = error
            else:
                await asyncio.sleep(step.seconds)
                answer = None
