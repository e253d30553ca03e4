"""TLS in front of DynamoDB Local, as AWS's endpoints have it: a first call without would miss most of its cost."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HOST = "127.0.0.1"
AUTHORITY = "Benchmark Root CA"
CERTIFIES = x509.KeyUsage(
    key_cert_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@contextmanager
def tls_front(endpoint: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The HTTPS endpoint in front of ``endpoint``, and its authority's certificate in PEM. Files go to ``folder``."""
    authority = certify(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    upstream = urlsplit(endpoint)
    loop = asyncio.new_event_loop()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_database = await asyncio.open_connection(upstream.hostname, upstream.port)
        await asyncio.gather(pipe(reader, to_database[1]), pipe(to_database[0], writer))

    server = loop.run_until_complete(asyncio.start_server(meet, HOST, 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"https://{HOST}:{server.sockets[0].getsockname()[1]}", authority
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes, to its end."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # The other side is gone, as at the end of each process that was measured.
    finally:
        writer.close()


def certify(folder: Path) -> str:
    """Make an authority and, in ``folder``/server.pem, a key and certificate under it, of the kind that AWS has."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    authority = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = certificate(AUTHORITY, root_key, root_key, [x509.BasicConstraints(True, 0), CERTIFIES, authority])
    leaf = certificate(
        HOST,
        key,
        root_key,
        [
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]),
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority),
        ],
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + leaf)
    return root.decode()


def certificate(
    name: str, key: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey, extensions: list[x509.ExtensionType]
) -> bytes:
    """A certificate in PEM, for a day."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(AUTHORITY))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension in extensions:
        critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


def named(name: str) -> x509.Name:
    """A name in a certificate."""
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
