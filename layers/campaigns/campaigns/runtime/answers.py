"""What comes of a call to a service of AWS besides the table, whose own answers ``store.table`` reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from campaigns.domain.errors import Unavailable

_TRIED: Final = frozenset({"MaxAttemptsReached", "RetryQuotaReached"})
"""What botocore notes with an error that it would have tried again after, if it might."""


@contextmanager
def answers_expected() -> Iterator[None]:
    """What happens inside calls a service; also a decorator.

    Raises:
        Unavailable: there was no answer, or one that botocore knows to pass. Whether it was done is not known.
    """
    try:
        yield
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable("A service that we need did not answer; try again.") from error
    except ClientError as error:
        if _TRIED.isdisjoint(error.response["ResponseMetadata"]):
            raise
        raise Unavailable("A service that we need is busy; try again.") from error
