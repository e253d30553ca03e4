"""What is the same for everybody: compressed, cached, and sent once."""

import gzip
import hashlib
import re
from base64 import b64decode, b64encode
from typing import Any

import pytest

from support.functions import load
from support.http import Context
from support.http import event as request

PAGES = ["get_docs", "get_openapi"]


def answer(name: str, **headers: str) -> dict[str, Any]:
    return dict(load(name).handler(request(headers=headers), Context()))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("accepted", ["gzip", "deflate, GZIP;q=0.5, br", "gzip;q=0.01"])
def test_it_is_compressed_for_whoever_takes_that(name: str, accepted: str) -> None:
    plain, small = answer(name), answer(name, **{"Accept-Encoding": accepted})
    assert small["headers"] == plain["headers"] | {"Content-Encoding": "gzip"}
    assert (plain["isBase64Encoded"], small["isBase64Encoded"]) == (False, True)
    assert gzip.decompress(b64decode(small["body"])).decode() == plain["body"]
    assert len(b64decode(small["body"])) < len(plain["body"]) / 3


@pytest.mark.parametrize("accepted", ["identity", "", "gzip;q=0", "gzip; q=0.000, br", "xgzip"])
def test_it_is_not_for_others(accepted: str) -> None:
    plain = answer("get_openapi", **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in plain["headers"]
    assert plain["headers"]["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", PAGES)
def test_whoever_has_it_is_told_so(name: str) -> None:
    tag = answer(name)["headers"]["ETag"]
    again = answer(name, **{"If-None-Match": tag, "Accept-Encoding": "gzip"})
    assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", tag)
    assert answer(name, **{"If-None-Match": '"another"'})["statusCode"] == 200


def test_the_page_runs_its_own_scripts_only() -> None:
    page = answer("get_docs")
    scripts = re.findall(r"^<script>(.*?)</script>$", page["body"], re.DOTALL | re.MULTILINE)
    hashes = [b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    (sources,) = re.findall(r"script-src ([^;]+);", page["headers"]["Content-Security-Policy"])
    assert sources == " ".join(f"'sha256-{each}'" for each in hashes)
    assert len(hashes) == 2


@pytest.mark.parametrize("name", PAGES)
def test_it_can_be_left_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGNS_DOCUMENTATION", "false")
    assert (answer(name)["statusCode"], '"code": "NOT_FOUND"' in answer(name)["body"]) == (404, True)
