"""The POST of a webhook over real connections, to receivers of every manner."""

import socket
import ssl
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from campaigns.domain.deliveries import MAX_ANSWER, Outcome
from campaigns.webhooks.sending import TIMED_OUT, USER_AGENT, Sender
from support.receivers import Certificates, Manner, Receiver, answering, certificates, receiver

SECRETS = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
BODY = '{"type":"campaign.updated","timestamp":"2025-09-15T10:00:30.000Z","data":{"n":"\u00e9\U0001f680"}}'


def sent(there: Receiver, path: str = "/hook?a=b", seconds: float = 10) -> Outcome:
    sender = Sender(loopback=True, seconds=seconds)
    return sender.send(f"http://127.0.0.1:{there.port}{path}", "evt_1", BODY, SECRETS)


def test_a_receiver_gets_what_was_signed() -> None:
    with receiver(answering()) as there:
        outcome = sent(there)
    (request,) = there.requests
    assert (outcome.status, outcome.succeeded, outcome.answer, outcome.error) == (200, True, "thanks", None)
    assert request.line == "POST /hook?a=b HTTP/1.1"
    assert request.body.decode() == BODY
    assert (request.headers["content-type"], request.headers["user-agent"]) == ("application/json", USER_AGENT)
    assert request.headers["host"] == f"127.0.0.1:{there.port}"
    for secret in SECRETS:
        assert Verifier(secret).verify(request.body, request.headers)["type"] == "campaign.updated"


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "204 No Content", "299 Fine"])
def test_2xx_is_success(status: str) -> None:
    with receiver(answering(status, b"")) as there:
        outcome = sent(there)
    assert (outcome.succeeded, outcome.answer) == (True, None)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent", "400 Bad", "500 Oh"])
def test_anything_else_is_not_and_no_redirect_is_followed(status: str) -> None:
    with (
        receiver(answering()) as elsewhere,
        receiver(answering(status, Location=f"http://127.0.0.1:{elsewhere.port}/")) as there,
    ):
        outcome = sent(there)
    assert (outcome.succeeded, outcome.status) == (False, int(status[:3]))
    assert (len(there.requests), elsewhere.requests) == (1, [])


def test_proxies_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(answering()) as proxy, receiver(answering()) as there:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sent(there).succeeded
    assert proxy.requests == []


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("120", 120), ("0", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", None), ("soon", None), ("", None), ("-5", None)],
)
def test_what_a_receiver_asks_for_is_read(given: str, seconds: int | None) -> None:
    with receiver(answering("503 Busy", Retry_After=given)) as there:
        asked = sent(there).retry_after
    assert asked == seconds if not given.startswith("Fri") else asked is not None and asked > 10**9


def drip(first: bytes, then: bytes) -> Manner:
    """Answers with a beginning, and then byte by byte for as long as it is listened to."""

    def answer(sock: socket.socket, there: Receiver) -> None:
        there.read(sock)
        sock.sendall(first)
        while not there.over.wait(0.02):
            sock.sendall(then)

    return answer


def silent(sock: socket.socket, there: Receiver) -> None:
    there.over.wait()


def large(sock: socket.socket, there: Receiver) -> None:
    there.read(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while not there.over.is_set():
        sock.sendall(b"x" * 65536)


def garbage(sock: socket.socket, there: Receiver) -> None:
    there.read(sock)
    sock.sendall(b"\x16\x03\x01" + b"\xff" * 500)


SLOW: dict[str, Manner] = {
    "silent": silent,
    "a status line that trickles": drip(b"HTTP/1.1 200", b" "),
    "headers that trickle": drip(b"HTTP/1.1 200 OK\r\n", b"X"),
    "headers without end": drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "interim answers without end": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("manner", SLOW)
def test_a_receiver_that_takes_its_time_is_left_at_its_end(manner: str) -> None:
    start = time.monotonic()
    with receiver(SLOW[manner]) as there:
        outcome = sent(there, seconds=0.4)
    assert (outcome.status, outcome.error) == (None, TIMED_OUT)
    assert time.monotonic() - start < 5


def test_of_a_large_answer_the_beginning_is_kept() -> None:
    with receiver(large) as there:
        outcome = sent(there)
    assert (outcome.succeeded, outcome.answer) == (True, "x" * MAX_ANSWER)


def test_an_answer_counts_though_its_body_trickles() -> None:
    with receiver(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x")) as there:
        outcome = sent(there)
    assert outcome.succeeded
    assert outcome.answer
    assert set(outcome.answer) == {"x"}


def endless(sock: socket.socket, there: Receiver) -> None:
    there.read(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 10**6)


def listening(sock: socket.socket, there: Receiver) -> None:
    there.read(sock)


def hanging_up(sock: socket.socket, there: Receiver) -> None:
    """No word."""


ODD: dict[str, Manner] = {
    "no HTTP": garbage,
    "nothing": hanging_up,
    "nothing after the request": listening,
    "an endless header": endless,
}


@pytest.mark.parametrize("manner", ODD)
def test_what_makes_no_sense_is_a_failure(manner: str) -> None:
    with receiver(ODD[manner]) as there:
        outcome = sent(there)
    assert (outcome.status, outcome.error) == (None, "the connection ended without an answer")


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert sent(Receiver(port)).error == "the connection was refused"


HOST = "hooks.example.com"


@pytest.fixture
def secured(tmp_path: Path) -> Certificates:
    return certificates(tmp_path, HOST)


def to_host(there: Receiver, roots: Path | None, seen: list[tuple[str, int]] | None = None) -> Outcome:
    """Send to a name that is found at a public address; the connection leads to the receiver all the same."""

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        if seen is not None:
            seen.append((address, port))
        return socket.create_connection(("127.0.0.1", there.port), seconds)

    sender = Sender(resolve=lambda *_: ["93.184.215.14"], connect=connect, roots=roots, seconds=10)
    return sender.send(f"https://{HOST}/hook", "evt_1", BODY, SECRETS)


def test_tls_is_with_the_host_and_the_connection_to_its_address(secured: Certificates) -> None:
    names: list[str | None] = []

    def note(sock: object, name: str | None, context: object) -> None:
        names.append(name)

    secured.context.sni_callback = note
    seen: list[tuple[str, int]] = []
    with receiver(answering(), secured.context) as there:
        outcome = to_host(there, secured.roots, seen)
    assert outcome.succeeded, outcome.error
    assert (seen, names, there.requests[0].headers["host"]) == ([("93.184.215.14", 443)], [HOST], HOST)


def test_a_certificate_of_another_name_or_authority_is_refused(secured: Certificates, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = certificates(tmp_path / "other", "other.example.com")
    for context, roots in ((other.context, other.roots), (secured.context, other.roots), (secured.context, None)):
        with receiver(answering(), context) as there:
            outcome = to_host(there, roots)
        assert outcome.error == "the certificate does not verify"
        assert there.requests == []


def test_garbage_in_the_place_of_tls(secured: Certificates) -> None:
    def rubbish(sock: socket.socket, there: Receiver) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 10)

    with receiver(rubbish) as there:
        assert to_host(there, secured.roots).error == "the TLS handshake failed"


def test_a_handshake_that_never_ends(secured: Certificates) -> None:
    def connect(address: str, port: int, seconds: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", there.port), seconds)

    with receiver(silent) as there:
        sender = Sender(resolve=lambda *_: ["93.184.215.14"], connect=connect, roots=secured.roots, seconds=0.4)
        assert sender.send(f"https://{HOST}/", "evt_1", BODY, SECRETS).error == TIMED_OUT


def test_old_versions_of_tls_are_refused(secured: Certificates) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        secured.context.minimum_version = ssl.TLSVersion.TLSv1
        secured.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with receiver(answering(), secured.context) as there:
        assert to_host(there, secured.roots).error == "the TLS handshake failed"


def test_the_next_address_is_tried_where_the_first_takes_no_connection() -> None:
    with receiver(answering()) as there:
        tried: list[str] = []

        def connect(address: str, port: int, seconds: float) -> socket.socket:
            tried.append(address)
            if len(tried) == 1:
                raise ConnectionRefusedError
            return socket.create_connection((address, port), seconds)

        sender = Sender(loopback=True, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"], connect=connect)
        assert sender.send(f"http://localhost:{there.port}/", "evt_1", BODY, SECRETS).succeeded
    assert tried == ["127.0.0.9", "127.0.0.1"]


@pytest.mark.parametrize("count", [1, 20])
def test_nothing_is_left_open(count: int) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    def settled(look: Callable[[], int], most: int) -> bool:
        end = time.monotonic() + 5
        while look() > most and time.monotonic() < end:
            time.sleep(0.01)
        return look() <= most

    files, running = open_files(), threads()
    with receiver(answering()) as there:
        for _ in range(count):
            assert sent(there).succeeded
    assert settled(open_files, files)
    assert settled(threads, running)
