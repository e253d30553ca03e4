"""How a client sends and waits, with and without ``await``; all else of it is in ``_async``."""

import asyncio
import contextvars
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import aclosing, closing
from typing import Any, TypeVar

import httpx

from kraiter.configuration import Configuration, __version__
from kraiter.exchange import Send

T = TypeVar("T")
_MISTAKES = httpx.LocalProtocolError, httpx.UnsupportedProtocol
"""Failures that are due to the request: no repetition mends them."""


class Sender:
    """The connections of a client, and of all that are made of it with other options."""

    def __init__(self, configuration: Configuration, transport: httpx.BaseTransport | None) -> None:
        self._http = httpx.Client(**_options(configuration), transport=transport)

    def request(self, step: Send, configuration: Configuration) -> httpx.Request:
        """What a step sends."""
        return self._http.build_request(**_request(step, configuration))

    def attempt(self, request: httpx.Request, timeout: float) -> httpx.Response | httpx.RequestError:
        """One attempt. In a thread of its own: httpx bounds each wait, but neither their sum nor looking up a name."""
        given_up = threading.Event()

        def send() -> httpx.Response:
            response = self._http.send(request, stream=True)
            with closing(response):
                return _whole(response, itertools.takewhile(lambda _: not given_up.is_set(), response.iter_bytes()))

        try:
            return _in_thread(send).result(timeout)
        except TimeoutError:
            given_up.set()
            return _too_late(request)
        except _MISTAKES:
            raise
        except httpx.RequestError as error:
            return error

    def pause(self, seconds: float) -> None:
        """Do nothing for a while."""
        time.sleep(seconds)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncSender:
    """The same for ``asyncio``."""

    def __init__(self, configuration: Configuration, transport: httpx.AsyncBaseTransport | None) -> None:
        self._http = httpx.AsyncClient(**_options(configuration), transport=transport)

    def request(self, step: Send, configuration: Configuration) -> httpx.Request:
        """What a step sends."""
        return self._http.build_request(**_request(step, configuration))

    async def attempt(self, request: httpx.Request, timeout: float) -> httpx.Response | httpx.RequestError:
        """One attempt."""
        try:
            async with asyncio.timeout(timeout):
                response = await self._http.send(request, stream=True)
                async with aclosing(response):
                    return _whole(response, [part async for part in response.aiter_bytes()])
        except TimeoutError:
            return _too_late(request)
        except _MISTAKES:
            raise
        except httpx.RequestError as error:
            return error

    async def pause(self, seconds: float) -> None:
        """Do nothing for a while."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _options(configuration: Configuration) -> dict[str, Any]:
    return {
        "base_url": f"{configuration.base_url}/api",
        "headers": {
            "Authorization": f"Bearer {configuration.api_key}",
            "User-Agent": f"kraiter-python/{__version__}",
        },
    }


def _request(step: Send, configuration: Configuration) -> dict[str, Any]:
    return {
        "method": step.method,
        "url": f"campaigns{step.path}",
        "params": step.params or None,
        "json": step.body,
        "headers": {**configuration.headers, **step.headers},
        "timeout": configuration.timeout,
    }


def _whole(response: httpx.Response, parts: Iterable[bytes]) -> httpx.Response:
    # As they came: they need not be ASCII.
    headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"content-encoding"]
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
