"""The functions trust the roots of Amazon Trust Services, and nobody else."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore
import pytest

from amazon_roots import FINGERPRINTS, roots
from campaigns.runtime import bootstrap

BUNDLE = (Path(botocore.__file__).parent / "cacert.pem").read_text()


def test_the_five_and_no_others_are_picked_by_their_fingerprints() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=roots(BUNDLE))
    certificates = context.get_ca_certs()
    assert len(certificates) == len(FINGERPRINTS)
    for name in FINGERPRINTS:
        assert sum((("commonName", name),) in each["subject"] for each in certificates) == 1
    for each in certificates:
        end = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(each["notAfter"])), UTC)
        assert end > datetime.now(UTC) + timedelta(days=365), "Amazon will have new roots: add them"


def test_a_bundle_without_one_of_them_is_not_built() -> None:
    without = roots(BUNDLE).replace("-----BEGIN CERTIFICATE-----", "", 1)
    with pytest.raises(ValueError, match="the bundle lacks Amazon Root CA 1"):
        roots(without)


def test_clients_trust_the_bundle_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/opt/python/amazon-roots.pem")
    bootstrap._session.cache_clear()
    try:
        session = bootstrap.dynamodb_client()._endpoint.http_session  # type: ignore[attr-defined]
        assert session._verify == "/opt/python/amazon-roots.pem"
    finally:
        bootstrap._session.cache_clear()
