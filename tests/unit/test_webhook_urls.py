"""Which URLs are taken for a webhook: plain ones, and none that programs read in more than one way."""

import pytest

from campaigns.domain.webhook_urls import MAX_URL, BadUrl, Target, read_url

TAKEN = {
    "https://hooks.example.com": Target("https", "hooks.example.com", 443, "/"),
    "https://hooks.example.com/": Target("https", "hooks.example.com", 443, "/"),
    "HTTPS://Hooks.Example.COM/A": Target("https", "hooks.example.com", 443, "/A"),
    "https://example.com:443/a?b=c&d=%20": Target("https", "example.com", 443, "/a?b=c&d=%20"),
    "https://example.com:8443?x": Target("https", "example.com", 8443, "/?x"),
    "https://xn--bcher-kva.example/": Target("https", "xn--bcher-kva.example", 443, "/"),
    "https://a.b.c.d.example.com/@user:pass": Target("https", "a.b.c.d.example.com", 443, "/@user:pass"),
    "https://169-254-169-254.example.com/": Target("https", "169-254-169-254.example.com", 443, "/"),
    "https://1.example.com/": Target("https", "1.example.com", 443, "/"),
}
REFUSED = [
    # No https, or nothing of the kind.
    *("", " ", "example.com", "//example.com/", "http://example.com/", "ftp://example.com/", "file:///etc/passwd"),
    *(
        "gopher://example.com/",
        "javascript:alert(1)",
        "https:",
        "https:/example.com",
        "https:///example.com",
        "https://",
    ),
    *("https:example.com", "https://\texample.com/", " https://example.com/", "https://example.com/ "),
    # Other ports.
    *("https://example.com:22/", "https://example.com:80/", "https://example.com:9001/", "https://example.com:0443/"),
    *(
        "https://example.com:/",
        "https://example.com:+443/",
        "https://example.com:443:443/",
        "https://example.com:65979/",
    ),
    # Users, and what reads as one to some.
    *("https://user@example.com/", "https://user:password@example.com/", "https://example.com@127.0.0.1/"),
    *("https://example.com:443@localhost/", "https://@example.com/", "https://127.0.0.1\\@example.com/"),
    # This machine and its neighbours, by name.
    *(
        "https://localhost/",
        "https://LOCALHOST/",
        "https://localhost:8443/",
        "https://a.localhost/",
        "https://localhost./",
    ),
    *("https://metadata.google.internal/", "https://ip-10-0-0-1.eu-west-1.compute.internal/", "https://printer.local/"),
    *("https://router.lan/", "https://nas.home.arpa/", "https://x.onion/", "https://intranet/", "https://api.test/"),
    # Addresses, in all spellings.
    *("https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://8.8.8.8/"),
    *(
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
    ),
    *(
        "https://127.1/",
        "https://127.0.1/",
        "https://0/",
        "https://0.0.0.0/",
        "https://127.0.0.1./",
        "https://1.2.3.4.5/",
    ),
    *(
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25eth0]/",
    ),
    *("https://[fd00:ec2::254]/", "https://[2001:4860:4860::8888]/", "https://[::1]:8443/", "https://[v1.x]/"),
    "https://example.0x7f/",
    # Dots, dashes and underscores where none belong.
    *("https://example.com./", "https://.example.com/", "https://example..com/", "https://-a.example.com/"),
    *("https://a-.example.com/", "https://a_b.example.com/", "https://example/", f"https://{'a' * 64}.example.com/"),
    f"https://{'a.' * 127}com/",
    # Other letters, which some programs map to these.
    *(
        "https://b\u00fccher.example/",
        "https://\u24db\u24de\u24d2\u24d0\u24db.example/",
        "https://127\u30020\u30020\u30021/",
    ),
    *(
        "https://ex\u00adample.com/",
        "https://example\uff0ecom/",
        "https://example.com/caf\u00e9",
        "https://\u202eexample.com/",
    ),
    # Line ends and other controls.
    *(
        "https://example.com/\r\nHost: other",
        "https://example.com\r\n.evil.com/",
        "https://example.com/\0",
        "https://exa\nmple.com/",
    ),
    *(
        "https://example.com/%0",
        "https://example.com/%zz",
        "https://example.com%2f/",
        "https://example.com%00.evil.com/",
    ),
    *(
        "https://example.com/#fragment",
        "https://example.com#@evil.com/",
        "https://example.com/<script>",
        "https://example.com/a b",
    ),
    *('https://example.com/"', "https://example.com/\\evil", "https:\\\\example.com/", "https://example.com/{x}"),
    "https://example.com/" + "a" * MAX_URL,
    "https://example.com/" + "a" * 3000,
]


@pytest.mark.parametrize("url", TAKEN)
def test_a_plain_url_is_taken(url: str) -> None:
    assert read_url(url) == TAKEN[url]


def test_the_table_is_long_and_names_nothing_twice() -> None:
    assert len(set(REFUSED)) == len(REFUSED) >= 60


@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.parametrize("loopback", [False, True])
def test_any_other_is_refused(url: str, loopback: bool) -> None:
    if loopback and url in LOOPBACK:
        return
    with pytest.raises(BadUrl, match=r"^must "):
        read_url(url, loopback=loopback)


LOOPBACK = {
    "http://localhost:3000/hook": Target("http", "localhost", 3000, "/hook"),
    "http://127.0.0.1/": Target("http", "127.0.0.1", 80, "/"),
    "https://127.0.0.1/": Target("https", "127.0.0.1", 443, "/"),
    "https://localhost/": Target("https", "localhost", 443, "/"),
    "https://localhost:8443/": Target("https", "localhost", 8443, "/"),
    "https://[::1]/": Target("https", "::1", 443, "/"),
    "https://[::1]:8443/": Target("https", "::1", 8443, "/"),
}


@pytest.mark.parametrize("url", LOOPBACK)
def test_this_machine_is_taken_where_a_switch_says_so(url: str) -> None:
    assert read_url(url, loopback=True) == LOOPBACK[url]
    with pytest.raises(BadUrl):
        read_url(url)
