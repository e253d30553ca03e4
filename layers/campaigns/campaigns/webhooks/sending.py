"""The POST itself: signed, to an address that was checked, and over when its time is."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from threading import Timer
from typing import Any, Final

import botocore
from standardwebhooks import Webhook as Signer
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from campaigns.domain.deliveries import MAX_ANSWER, Outcome
from campaigns.domain.identifiers import Clock, utc_now
from campaigns.domain.webhook_urls import BadUrl, Target, read_url
from campaigns.webhooks.addresses import NotPublic, Resolve, checked, resolve

SECONDS: Final = 15.0
"""For all of it: the name, the connection, the answer."""
BODY_SECONDS: Final = 1.0
"""For the beginning of the answer's body, which decides nothing."""
USER_AGENT: Final = "Kraiter-Webhooks/1.0"
TIMED_OUT: Final = "there was no answer within 15 s"

type Connect = Callable[[str, int, float], socket.socket]


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an address; never a name, so nothing is looked up again."""
    return socket.create_connection((address, port), timeout=seconds)


class Sender:
    """Sends what is signed."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        seconds: float = SECONDS,
        clock: Clock = utc_now,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        roots: Path | None = None,
    ) -> None:
        """``loopback`` allows this very machine; ``roots`` are those of a test's own receivers."""
        self._loopback = loopback
        self._seconds = seconds
        self._clock = clock
        self._resolve = resolve
        self._connect = connect
        # Everybody's, where the clients of AWS are content with Amazon's.
        self._roots = roots or Path(botocore.__file__).with_name("cacert.pem")

    def send(
        self, url: str, event_id: str, payload: str, secrets: Sequence[str], seconds: float | None = None
    ) -> Outcome:
        """POST a payload, signed with each of the secrets, and see what comes back. Nothing is raised."""
        start, limit = time.monotonic(), min(seconds or self._seconds, self._seconds)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            **signed(event_id, payload, secrets, self._clock()),
        }
        try:
            target = read_url(url, loopback=self._loopback)
            addresses = checked(self._resolve(target.host, target.port), loopback=self._loopback)
            with self._connected(target, addresses, start + limit) as connection:
                connection.request(
                    "POST", target.path, payload.encode(), headers, preload_content=False, decode_content=False
                )
                answer = connection.getresponse()
                took = _milliseconds(start)
                if time.monotonic() >= start + limit:  # What was broken off reads as if it had ended there.
                    return Outcome(None, TIMED_OUT, took)
                retry_after = _seconds_of(answer.headers.get("Retry-After"), self._clock())
                return Outcome(answer.status, None, took, _beginning(answer), retry_after)
        except (BadUrl, NotPublic, HTTPError, HTTPException, OSError) as error:
            over = time.monotonic() >= start + limit
            return Outcome(None, TIMED_OUT if over else _told(error), _milliseconds(start))

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._roots))

    @contextmanager
    def _connected(self, target: Target, addresses: Sequence[str], end: float) -> Iterator[HTTPConnection]:
        """A connection to the first of the addresses that takes one; it is broken off at the end."""
        sock = self._first(target, addresses, end)
        # Time-outs of sockets are for each read: a receiver that lets bytes trickle would never meet one.
        twin = sock.dup()
        timer = Timer(max(0.0, end - time.monotonic()), _break_off, [twin])
        timer.daemon = True
        timer.start()
        kind: Any = _Https if target.scheme == "https" else _Http
        more = {"ssl_context": self._context} if target.scheme == "https" else {}
        connection: HTTPConnection = kind(target.host, target.port, timeout=self._seconds, **more)
        connection.given = sock  # type: ignore[attr-defined]
        try:
            yield connection
        finally:
            timer.cancel()
            connection.close()
            sock.close()
            twin.close()

    def _first(self, target: Target, addresses: Sequence[str], end: float) -> socket.socket:
        *others, last = addresses
        for address in others:
            with suppress(OSError):
                return self._connect(address, target.port, max(0.001, end - time.monotonic()))
        return self._connect(last, target.port, max(0.001, end - time.monotonic()))


class _Http(HTTPConnection):
    """Speaks over a connection that was given."""

    given: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.given


class _Https(HTTPSConnection):
    """Likewise, with the certificate and the name of the host, not of the address."""

    given: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.given


def signed(event_id: str, payload: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0, with a signature for each secret."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Signer(each).sign(event_id, now.astimezone(UTC), payload) for each in secrets),
    }


def _break_off(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _milliseconds(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def _beginning(answer: HTTPResponse) -> str | None:
    """What comes at once of a body. That it breaks off, or makes no sense, is no failure: there was an answer."""
    end, read = time.monotonic() + BODY_SECONDS, b""
    with suppress(HTTPError, HTTPException, OSError):
        while len(read) < MAX_ANSWER and time.monotonic() < end:
            some = answer.read1(MAX_ANSWER - len(read))
            if not some:
                break
            read += some
    return read[:MAX_ANSWER].decode(errors="replace") or None


def _seconds_of(retry_after: str | None, now: datetime) -> int | None:
    """What a receiver asks for: seconds, or a date."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0, round((moment.astimezone(UTC) - now).total_seconds())) if moment.tzinfo else None


_TOLD: Final[dict[type[Exception], str]] = {
    NotPublic: "the host's addresses are not all public",
    socket.gaierror: "the host has no address",
    ssl.SSLCertVerificationError: "the certificate does not verify",
    ssl.SSLError: "the TLS handshake failed",
    TimeoutError: TIMED_OUT,
    ConnectionRefusedError: "the connection was refused",
}
"""What went wrong, in words that tell nothing of the network here. The first that fits counts."""


def _told(error: Exception) -> str:
    if isinstance(error, BadUrl):
        return f"the URL {error}"
    chain = (error, error.__cause__, error.__context__)
    fitting = (told for each in chain for kind, told in _TOLD.items() if isinstance(each, kind))
    return next(fitting, "the connection ended without an answer")
