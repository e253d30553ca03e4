"""Those who change campaigns in tests."""

from campaigns.domain.actors import MOST_OF_USER_AGENT, Author


def author(key_id: str = "key_1", name: str | None = "CI", request_id: str = "request-1") -> Author:
    """Somebody with an API key, who asked over HTTP."""
    return Author(
        {"type": "api_key", "id": key_id, "name": name},
        {"id": request_id, "ip": "198.51.100.7", "userAgent": "curl/8.7.1"},
    )


WORDY = Author(
    {"type": "api_key", "id": "key_01K56D2A80T5E6QJ3Z8W2N4V7X", "name": "n" * 64},
    {
        "id": "Q8fT1EXAMPLEjEw=" * 2,
        "ip": "2001:db8:1234:5678:9abc:def0:1234:5678",
        "userAgent": "u" * MOST_OF_USER_AGENT,
    },
)
"""One who takes as many bytes as any in ASCII."""
