"""Where webhooks may be sent: which URLs are taken when a webhook is made.

What a name stands for is looked at when something is sent (``campaigns.webhooks.addresses``). Here a URL has to be
plain: what programs read in more than one way is not taken at all.
"""

import re
from typing import Final, NamedTuple

MAX_URL: Final = 2048
PORTS: Final = (443, 8443)
_SPECIAL = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "onion", "invalid", "test")
"""Names that mean something else on every machine, or are nobody's (RFC 6761, RFC 6762, RFC 8375 and custom)."""
_URL = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?P<target>.*)", re.DOTALL)
_TARGET = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# The last label begins with a letter: otherwise the host may be an address in one of its many spellings.
_NAME = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?")
_LOOPBACK = re.compile(r"(?P<host>localhost|127\.0\.0\.1|\[::1\])(?::(?P<port>[1-9][0-9]{0,4}))?")
_LONGEST_NAME = 253
_DEFAULT_PORTS = {"http": 80, "https": 443}


class BadUrl(ValueError):
    """The URL is not taken; the message says what would be."""


class Target(NamedTuple):
    """Where a delivery goes."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""


def read_url(url: str, *, loopback: bool = False) -> Target:
    """What a URL says, where webhooks may go there. ``loopback`` allows this very machine, by HTTP, too.

    Raises:
        BadUrl: they may not.
    """
    if len(url) > MAX_URL:
        raise BadUrl(f"must have at most {MAX_URL} characters")
    if not _PRINTABLE.fullmatch(url):
        raise BadUrl("must be ASCII without spaces: write other hosts as xn--..., and other characters as %..")
    if not (parts := _URL.fullmatch(url)):
        raise BadUrl("must begin with https:// and a host")
    scheme, authority, target = parts["scheme"].lower(), parts["authority"], parts["target"]
    if not _TARGET.fullmatch(target):
        raise BadUrl("must have no fragment, and what is no letter or digit as %..")
    path = target if target.startswith("/") else f"/{target}"
    if loopback and scheme in _DEFAULT_PORTS and (local := _LOOPBACK.fullmatch(authority)):
        return Target(scheme, local["host"].strip("[]"), int(local["port"] or _DEFAULT_PORTS[scheme]), path)
    if scheme != "https":
        raise BadUrl("must begin with https://")
    host, port = _read_authority(authority)
    return Target(scheme, host, port, path)


def _read_authority(authority: str) -> tuple[str, int]:
    """The host and the port of a URL that leads elsewhere."""
    if "@" in authority:
        raise BadUrl("must name neither user nor password")
    host, colon, port = authority.lower().partition(":")
    if colon and port not in map(str, PORTS):
        raise BadUrl(f"must be at port {' or '.join(map(str, PORTS))}, and at no literal address")
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        raise BadUrl("must name a host by its full name, as hooks.example.com, and not by an address")
    if any(host.endswith(f".{each}") for each in _SPECIAL):
        raise BadUrl("must name a host that everybody can reach")
    return host, int(port or 443)
