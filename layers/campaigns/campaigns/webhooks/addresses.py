"""Which addresses webhooks may be sent to: those that everybody on the internet can reach, and no others."""

import ipaddress
import socket
from collections.abc import Callable, Sequence

type Resolve = Callable[[str, int], Sequence[str]]

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_FOR_ALL = [
    ipaddress.ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments, of which Python calls two global
        "192.88.99.0/24",  # relays from IPv6, abandoned
        "2001::/23",  # protocol assignments, Teredo among them, which carries IPv4 addresses
        "2002::/16",  # 6to4, which does
        "3fff::/20",  # documents, which Python calls global
    )
]


class NotPublic(Exception):
    """A name leads where webhooks may not go."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, those of IPv4 first: what Lambda runs in has no IPv6.

    Raises:
        OSError: there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    in_order = sorted(found, key=lambda each: each[0] != socket.AF_INET)
    return list(dict.fromkeys(str(each[4][0]) for each in in_order))


def checked(addresses: Sequence[str], *, loopback: bool = False) -> Sequence[str]:
    """These addresses, where webhooks may go to every one of them; ``loopback`` allows this very machine, too.

    Raises:
        NotPublic: one is not everybody's, or there is none.
    """
    if not addresses or not all(is_public(each) or (loopback and _is_loopback(each)) for each in addresses):
        raise NotPublic
    return addresses


def is_public(address: str) -> bool:
    """Whether an address is of a single machine on the internet. What only stands for another address is of none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or any(ip in each for each in _NOT_FOR_ALL if each.version == ip.version):
        return False
    return ip.version == 4 or ip in _GLOBAL_UNICAST  # noqa: PLR2004 - IP's


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
