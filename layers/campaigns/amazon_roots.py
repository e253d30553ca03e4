"""Picks the roots of Amazon Trust Services out of a CA bundle: ``python amazon_roots.py BUNDLE ROOTS``.

Every endpoint of AWS's own partition has a certificate under one of them (amazontrust.com/repository). OpenSSL parses
the whole bundle for each new connection: 126 roots are most of what a function's first call costs.
"""

import hashlib
import re
import ssl
import sys
from pathlib import Path

FINGERPRINTS = {
    "Amazon Root CA 1": "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "Amazon Root CA 2": "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "Amazon Root CA 3": "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "Amazon Root CA 4": "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "Starfield Services Root Certificate Authority - G2": (
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5"
    ),
}
"""SHA-256 of each certificate, by the name that it gives itself."""
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n", re.DOTALL)


def roots(bundle: str) -> str:
    """Those five of a bundle in PEM.

    Raises:
        ValueError: the bundle lacks one.
    """
    found = {hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest(): text for text in _CERTIFICATE.findall(bundle)}
    missing = [name for name, fingerprint in FINGERPRINTS.items() if fingerprint not in found]
    if missing:
        raise ValueError(f"the bundle lacks {', '.join(missing)}")
    return "".join(found[fingerprint] for fingerprint in FINGERPRINTS.values())


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(roots(Path(sys.argv[1]).read_text()))
