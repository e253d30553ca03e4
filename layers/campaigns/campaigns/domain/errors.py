"""The ways in which an operation on campaigns can fail, in the domain's own words.

``campaigns.http.errors`` maps each to a status and a code; nothing else does.
"""

from typing import NamedTuple


class FieldError(NamedTuple):
    """One field of the input that is to blame, and what would be right."""

    field: str
    message: str


class CampaignsError(Exception):
    """Base of all errors that a client may see. The message is written for that client."""

    def __init__(self, message: str, details: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidInput(CampaignsError):
    """The input breaks a rule; ``details`` names the fields."""

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidInput":
        """One field is to blame."""
        return cls(f"{field} {message}", (FieldError(field, message),))


class NotFound(CampaignsError):
    """This tenant has no such thing."""


class Conflict(CampaignsError):
    """The request contradicts what is already there."""


class PreconditionFailed(CampaignsError):
    """The campaign is at another version than the client named."""


class Unavailable(CampaignsError):
    """The database did not answer in time or turned us away; trying again later is right."""
