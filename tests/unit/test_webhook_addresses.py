"""Where a delivery may go is decided by addresses, all of them, and the connection goes to what was looked at."""

import socket
from typing import Any

import pytest

from campaigns.webhooks.addresses import NotPublic, checked, is_public
from campaigns.webhooks.sending import Sender
from support.webhooks import PUBLIC

PUBLIC_ADDRESSES = ["8.8.8.8", PUBLIC, "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"]
PUBLIC_ADDRESSES += ["192.167.255.255", "192.169.0.0", "198.17.255.255", "223.255.255.255", "2606:4700:4700::1111"]
PUBLIC_ADDRESSES += ["2a00:1450:4001:81b::200e", "3ffe::1"]
OTHERS = [
    # This machine, and what any machine calls itself.
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::"),  # noqa: S104 - not bound to
    # Private, link-local (credentials and the like), shared by carriers.
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "169.254.0.1"),
    *(
        "169.254.170.2",
        "100.64.0.1",
        "100.127.255.255",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "fe80::1%eth0",
    ),
    "fec0::1",
    # Of protocols, documents and tests.
    *(
        "192.0.0.1",
        "192.0.0.9",
        "192.0.0.10",
        "192.0.0.170",
        "192.0.2.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
    ),
    *("203.0.113.1", "192.88.99.1", "2001:db8::1", "3fff::1", "100::1", "2001::1", "2001:20::1", "5f00::1"),
    # Many at once, or none any more.
    *("224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "ff02::1", "ff0e::1"),
    # Others in disguise.
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:169.254.169.254", "::ffff:a00:1", "::127.0.0.1", "::8.8.8.8"),
    *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001:0:7f00:1::1"),
    *("::ffff:0:127.0.0.1", "fe80::5efe:127.0.0.1"),
    # None at all.
    *("", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.1.", " 8.8.8.8", "8.8.8.8:443", "[::1]"),
]


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_what_everybody_can_reach(address: str) -> None:
    assert is_public(address)


def test_the_table_is_long() -> None:
    assert len(set(OTHERS)) == len(OTHERS) >= 60


@pytest.mark.parametrize("address", OTHERS)
def test_nothing_else(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(NotPublic):
        checked([PUBLIC, address])


def test_a_name_without_an_address_leads_nowhere() -> None:
    with pytest.raises(NotPublic):
        checked([])


def test_the_switch_allows_loopback_and_nothing_besides() -> None:
    assert checked(["127.0.0.1", "::1"], loopback=True) == ["127.0.0.1", "::1"]
    for address in ("169.254.169.254", "10.0.0.1", "0.0.0.0", "::ffff:10.0.0.1"):  # noqa: S104 - not bound to
        with pytest.raises(NotPublic):
            checked(["127.0.0.1", address], loopback=True)


class Network:
    """Names that change their addresses with each look, and connections that are only written down."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.connected: list[str] = []

    def resolve(self, *_: Any) -> list[str]:
        return self.answers.pop(0)

    def connect(self, address: str, *_: Any) -> socket.socket:
        self.connected.append(address)
        raise ConnectionRefusedError


def error(network: Network, url: str = "https://rebinding.example.com/") -> str | None:
    sender = Sender(resolve=network.resolve, connect=network.connect)
    return sender.send(url, "evt_1", "{}", ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]).error


def test_a_name_that_is_bound_anew_between_look_and_connection_gains_nothing() -> None:
    network = Network([PUBLIC], ["127.0.0.1"])
    assert error(network) == "the connection was refused"
    assert (network.connected, network.answers) == ([PUBLIC], [["127.0.0.1"]])
    assert error(network) == "the host's addresses are not all public"
    assert network.connected == [PUBLIC]


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"])
def test_one_bad_address_among_good_ones_is_enough(address: str) -> None:
    network = Network([PUBLIC, address])
    assert error(network) == "the host's addresses are not all public"
    assert network.connected == []


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://a@example.com/"])
def test_a_url_is_read_again_at_each_delivery(url: str) -> None:
    """One that was taken under another rule, or put into the table, does not lead anywhere."""
    network = Network()
    assert (error(network, url) or "").startswith("the URL must ")
    assert network.connected == []


def test_a_name_that_nobody_knows() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    outcome = Sender(resolve=unknown).send("https://nobody.example.com/", "evt_1", "{}", [])
    assert (outcome.status, outcome.error) == (None, "the host has no address")
