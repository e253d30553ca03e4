"""Who changes campaigns, and how they asked for it."""

from typing import Final, Literal, NamedTuple, TypedDict

MOST_OF_USER_AGENT: Final = 200
"""Characters that are kept: each change of a campaign stores them."""


class Actor(TypedDict):
    """Who made a change: an API key; the catalogue, by an announcement; or a schedule, by its date.

    ``id`` and ``name`` are the API key's; the others have none.
    """

    type: Literal["api_key", "catalogue", "schedule"]
    id: str | None
    name: str | None


class Asked(TypedDict):
    """The HTTP request that asked for a change. ``id`` is its ``X-Request-Id``, ``ip`` where it came from."""

    id: str
    ip: str | None
    userAgent: str | None


class Author(NamedTuple):
    """Who makes a change, and by which request; None where nobody asked over HTTP."""

    actor: Actor
    request: Asked | None = None


CATALOGUE: Final = Author({"type": "catalogue", "id": None, "name": None})
"""What other services announce of sequences and templates."""
SCHEDULE: Final = Author({"type": "schedule", "id": None, "name": None})
"""The dates at which a campaign starts and ends."""


def readable(user_agent: str | None) -> str | None:
    """A client's description of itself as it is kept: short, and without control characters."""
    if user_agent is None:
        return None
    return "".join(each for each in user_agent if each.isprintable())[:MOST_OF_USER_AGENT]
