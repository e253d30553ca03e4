"""The clients: they take the steps of a call, with and without ``await``."""

import asyncio
import contextvars
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import aclosing, closing
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from kraiter import calls
from kraiter._async.campaigns import AsyncCampaigns
from kraiter._async.catalogue import AsyncCatalogue
from kraiter._async.events import AsyncEvents
from kraiter._async.webhooks import AsyncWebhooks
from kraiter._sync.campaigns import Campaigns
from kraiter._sync.catalogue import Catalogue
from kraiter._sync.events import Events
from kraiter._sync.webhooks import Webhooks
from kraiter.configuration import Configuration, __version__
from kraiter.exchange import Answer, Send, Steps
from kraiter.models import Identity, RawAnswer

T = TypeVar("T")
_MISTAKES = httpx.LocalProtocolError, httpx.UnsupportedProtocol
"""Failures that are due to the request: no repetition mends them."""


class Kraiter:
    """A client of the Campaigns API. Safe to share between threads; close it, or use it in a ``with`` block."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``base_url`` + ``/api/campaigns`` is the list; ``timeout`` is in seconds, of one attempt as a whole.

        Where they are not given, the environment says ``CAMPAIGNS_API_KEY`` and ``CAMPAIGNS_BASE_URL``.

        Calls that were throttled or got no answer are repeated up to ``max_retries`` times, where that can't do harm.
        """
        self._configuration = Configuration.of(api_key, base_url, timeout, max_retries)
        self._http = httpx.Client(**_options(self._configuration), transport=transport)
        self.campaigns = Campaigns(self._take, max_retries)
        self.catalogue = Catalogue(self._take, max_retries)
        self.webhooks = Webhooks(self._take, max_retries)
        self.events = Events(self._take, max_retries)

    def __repr__(self) -> str:
        return f"Kraiter({self._configuration})"

    def whoami(self) -> Identity:
        """The tenant and the key that this client calls for and with. Any key may ask."""
        return self._take(calls.whoami(self._configuration.max_retries))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str | int] | None = None,
        json: Any = None,
        headers: dict[str, str] | None = None,
    ) -> RawAnswer:
        """What has no method yet: ``path`` begins with ``/api/campaigns``. Errors and repetitions are as everywhere."""
        return self._take(calls.request(method, path, params, json, headers, self._configuration.max_retries))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _take(self, steps: Steps[T]) -> T:
        answer: Answer = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Send):
                answer = self._attempt(_request(self._http, step))
            else:
                time.sleep(step.seconds)
                answer = None

    def _attempt(self, request: httpx.Request) -> httpx.Response | httpx.RequestError:
        """One attempt. In a thread of its own: httpx bounds each wait, but neither their sum nor looking up a name."""
        given_up = threading.Event()

        def send() -> httpx.Response:
            response = self._http.send(request, stream=True)
            with closing(response):
                return _whole(response, itertools.takewhile(lambda _: not given_up.is_set(), response.iter_bytes()))

        try:
            return _in_thread(send).result(self._configuration.timeout)
        except TimeoutError:
            given_up.set()
            return _too_late(request)
        except _MISTAKES:
            raise
        except httpx.RequestError as error:
            return error


class AsyncKraiter:
    """The same for ``asyncio``: ``async with AsyncKraiter(...) as kraiter: await kraiter.campaigns.get(...)``."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``base_url`` + ``/api/campaigns`` is the list; ``timeout`` is in seconds, of one attempt as a whole.

        Where they are not given, the environment says ``CAMPAIGNS_API_KEY`` and ``CAMPAIGNS_BASE_URL``.

        Calls that were throttled or got no answer are repeated up to ``max_retries`` times, where that can't do harm.
        """
        self._configuration = Configuration.of(api_key, base_url, timeout, max_retries)
        self._http = httpx.AsyncClient(**_options(self._configuration), transport=transport)
        self.campaigns = AsyncCampaigns(self._take, max_retries)
        self.catalogue = AsyncCatalogue(self._take, max_retries)
        self.webhooks = AsyncWebhooks(self._take, max_retries)
        self.events = AsyncEvents(self._take, max_retries)

    def __repr__(self) -> str:
        return f"AsyncKraiter({self._configuration})"

    async def whoami(self) -> Identity:
        """The tenant and the key that this client calls for and with. Any key may ask."""
        return await self._take(calls.whoami(self._configuration.max_retries))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str | int] | None = None,
        json: Any = None,
        headers: dict[str, str] | None = None,
    ) -> RawAnswer:
        """What has no method yet: ``path`` begins with ``/api/campaigns``. Errors and repetitions are as everywhere."""
        return await self._take(calls.request(method, path, params, json, headers, self._configuration.max_retries))

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
        answer: Answer = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Send):
                answer = await self._attempt(_request(self._http, step))
            else:
                await asyncio.sleep(step.seconds)
                answer = None

    async def _attempt(self, request: httpx.Request) -> httpx.Response | httpx.RequestError:
        try:
            async with asyncio.timeout(self._configuration.timeout):
                response = await self._http.send(request, stream=True)
                async with aclosing(response):
                    return _whole(response, [part async for part in response.aiter_bytes()])
        except TimeoutError:
            return _too_late(request)
        except _MISTAKES:
            raise
        except httpx.RequestError as error:
            return error


def _options(configuration: Configuration) -> dict[str, Any]:
    return {
        "base_url": f"{configuration.base_url}/api",
        "headers": {
            "Authorization": f"Bearer {configuration.api_key}",
            "User-Agent": f"kraiter-python/{__version__}",
        },
        "timeout": configuration.timeout,
    }


def _request(client: httpx.Client | httpx.AsyncClient, step: Send) -> httpx.Request:
    return client.build_request(
        step.method, f"campaigns{step.path}", params=step.params or None, json=step.body, headers=step.headers
    )


def _whole(response: httpx.Response, parts: Iterable[bytes]) -> httpx.Response:
    headers = {name: value for name, value in response.headers.items() if name != "content-encoding"}
    return httpx.Response(response.status_code, headers=headers, content=b"".join(parts), request=response.request)


def _in_thread(action: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(action())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    return future


def _too_late(request: httpx.Request) -> httpx.ReadTimeout:
    return httpx.ReadTimeout("The attempt took too long.", request=request)
