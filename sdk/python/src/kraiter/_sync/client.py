"""The client."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from kraiter import calls, observing
from kraiter._sync.campaigns import Campaigns
from kraiter._sync.catalogue import Catalogue
from kraiter._sync.events import Events
from kraiter._sync.webhooks import Webhooks
from kraiter.client import Sender
from kraiter.configuration import Configuration
from kraiter.exchange import Answer, Send, Steps, Use
from kraiter.models import Identity, ParsedAnswer, RawAnswer
from kraiter.observing import OnRequest, OnResponse

T = TypeVar("T")


class Kraiter:
    """A client of the Campaigns API, to be shared; close it, or use it in a ``with`` block."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``base_url`` + ``/api/campaigns`` is the list; ``timeout`` is in seconds, of one attempt as a whole.

        Where they are not given, the environment says ``CAMPAIGNS_API_KEY`` and ``CAMPAIGNS_BASE_URL``.

        Calls that were throttled or got no answer are repeated up to ``max_retries`` times, where that can't do harm.
        ``headers`` go with every request. The hooks are told of every attempt. ``transport`` sends, instead of httpx's.
        """
        observing.follow_environment()
        configuration = Configuration.of(api_key, base_url).but(
            timeout=timeout, max_retries=max_retries, headers=headers, on_request=on_request, on_response=on_response
        )
        self._use(configuration, Sender(configuration, transport))

    def _use(self, configuration: Configuration, sender: Sender) -> None:
        self._configuration, self._sender = configuration, sender
        self.campaigns = Campaigns(self._take, configuration.max_retries)
        self.catalogue = Catalogue(self._take, configuration.max_retries)
        self.webhooks = Webhooks(self._take, configuration.max_retries)
        self.events = Events(self._take, configuration.max_retries)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._configuration})"

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
    ) -> Self:
        """The same client with what is given, for one call or many: ``headers`` come to those that it has.

        It shares the connections, which close with either.
        """
        return self._but(
            timeout=timeout, max_retries=max_retries, headers=headers, on_request=on_request, on_response=on_response
        )

    def _but(self, **options: Any) -> Self:
        other = type(self).__new__(type(self))
        other._use(self._configuration.but(**options), self._sender)  # noqa: SLF001 - one of its own
        return other

    def with_raw_response(self, use: Use[Self, T]) -> ParsedAnswer[T]:
        """What ``use`` makes of a client, with the answer that it got: ``lambda raw: raw.campaigns.get("cmp_...")``.

        Of several answers, the last. A list asks for nothing by itself, but its ``first_page()`` does.
        """
        answers: list[httpx.Response] = []
        parsed = use(self._but(answers=answers))
        if not answers:
            raise ValueError("with_raw_response must be given what makes a request with the client that it is given")
        return ParsedAnswer(answers[-1].status_code, answers[-1].headers, calls.body_of(answers[-1]), parsed)

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
        headers: Mapping[str, str] | None = None,
    ) -> RawAnswer:
        """What has no method yet: ``path`` begins with ``/api/campaigns``. Errors and repetitions are as everywhere."""
        return self._take(calls.request(method, path, params, json, headers, self._configuration.max_retries))

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

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
                answer = self._attempt(step)
            else:
                observing.tell_pause(step.seconds)
                self._sender.pause(step.seconds)
                answer = None

    def _attempt(self, step: Send) -> httpx.Response | httpx.RequestError:
        request = self._sender.request(step, self._configuration)
        told = observing.tell_request(request, step.attempt, self._configuration.on_request)
        started = time.monotonic()
        answer = self._sender.attempt(request, self._configuration.timeout)
        observing.tell_response(told, answer, time.monotonic() - started, self._configuration.on_response)
        if self._configuration.answers is not None and isinstance(answer, httpx.Response):
            self._configuration.answers.append(answer)
        return answer
