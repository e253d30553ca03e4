"""The ways in which an operation on campaigns can fail, in the domain's own words.

``campaigns.http.errors`` maps each to a status and a code; nothing else does.
"""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple, Self


class FieldError(NamedTuple):
    """One field of the input that is to blame, and what would be right."""

    field: str
    message: str


MOST_DETAILS, LONGEST_NAME = 20, 40
"""An answer shall not be larger than the request that it complains about."""


def _readable(name: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in name[:LONGEST_NAME]) or '""'


class CampaignsError(Exception):
    """Base of all errors that a client may see. The message is written for that client."""

    def __init__(self, message: str, details: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @classmethod
    def of_fields(cls, details: Iterable[FieldError]) -> Self:
        """Several fields are to blame. Names may be a client's own: what is repeated of them is short and readable."""
        named = tuple(FieldError(_readable(field), message) for field, message in islice(details, MOST_DETAILS))
        return cls("; ".join(f"{field} {message}" for field, message in named), named)


class InvalidInput(CampaignsError):
    """The input breaks a rule; ``details`` names the fields."""

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidInput":
        """One field is to blame."""
        return cls.of_fields([FieldError(field, message)])


class NotFound(CampaignsError):
    """This tenant has no such thing; ``details`` names where a body asks for it."""


class Conflict(CampaignsError):
    """The request contradicts what is already there."""


class PreconditionFailed(CampaignsError):
    """The campaign is at another version than the client named."""


class Unavailable(CampaignsError):
    """The database, or another service, did not answer in time or turned us away; trying again later is right."""
