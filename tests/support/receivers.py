"""Receivers of webhooks on loopback, each with a manner of its own."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

type Manner = Callable[[socket.socket, "Receiver"], None]
"""What a receiver does with a connection."""


class Received(NamedTuple):
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Where it is, and what has come."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[Received] = []
        self.over = threading.Event()
        """Set when the test is over: those who keep somebody waiting stop."""

    def read(self, sock: socket.socket) -> Received:
        """One request from a connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            if not (some := sock.recv(65536)):
                raise ConnectionError
            data += some
        head, _, body = data.partition(b"\r\n\r\n")
        line, *rest = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
        while len(body) < int(headers["content-length"]):
            body += sock.recv(65536)
        self.requests.append(Received(line, headers, body))
        return self.requests[-1]


@contextmanager
def receiver(manner: Manner, context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver with this manner, with TLS where there is a context."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = Receiver(server.getsockname()[1])

        def serve(sock: socket.socket) -> None:
            # It is the sender who is tested: what happens to it is no concern of the receiver's.
            with contextlib.suppress(OSError), sock:
                if context is None:
                    manner(sock, there)
                else:
                    with context.wrap_socket(sock, server_side=True) as secured:
                        manner(secured, there)

        def accept() -> None:
            while True:
                try:
                    sock, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=[sock], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield there
        finally:
            there.over.set()
            server.shutdown(socket.SHUT_RDWR)


def answering(status: str = "200 OK", body: bytes = b"thanks", **headers: str) -> Manner:
    """Reads a request, and answers so."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())

    def answer(sock: socket.socket, there: Receiver) -> None:
        there.read(sock)
        length = f"Content-Length: {len(body)}\r\n"
        sock.sendall(f"HTTP/1.1 {status}\r\n{length}{lines}\r\n".encode() + body)

    return answer


class Certificates(NamedTuple):
    """A certificate authority of the test's own, and what it vouches for."""

    roots: Path
    context: ssl.SSLContext


def certificates(folder: Path, *names: str) -> Certificates:
    """A certificate for these names and addresses, by an authority that nobody knows but who has ``roots``."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])

    def built(subject: str, public: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(
            issuer_name=issuer,
            subject_name=issuer if subject == "" else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
            public_key=public,
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(hours=1),
            not_valid_after=now + timedelta(hours=1),
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(key, hashes.SHA256())

    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    root = built("", key.public_key(), x509.BasicConstraints(ca=True, path_length=None), usage, identifier)
    own = ec.generate_private_key(ec.SECP256R1())
    named = [x509.IPAddress(ipaddress.ip_address(each)) if each[0].isdigit() else x509.DNSName(each) for each in names]
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    leaf = built(names[0], own.public_key(), x509.SubjectAlternativeName(named), authority)
    (folder / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    private = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "own.pem").write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return Certificates(folder / "root.pem", context)
