"""The methods on the history."""

from collections.abc import Iterable
from datetime import datetime

from kraiter import history
from kraiter._async.pages import AsyncListing
from kraiter._async.subject import AsyncSubject
from kraiter.history import Event
from kraiter.models import Campaign


class AsyncEvents(AsyncSubject):
    """What happened to campaigns, and who did it. It takes a key that may read events."""

    def list(
        self,
        *,
        campaign: Campaign | str | None = None,
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the API calls it
        actor: str | None = None,
        after: datetime | str | None = None,
        before: datetime | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncListing[Event]:
        """What happened, newest first, in pages of ``limit`` (1-100, 20 unless given), from ``cursor`` on.

        To this ``campaign`` alone, of these types (``campaign.updated``, say), by this ``actor`` (an API key's id,
        ``catalogue`` or ``schedule``), after and before these moments; texts are in ISO 8601, with an offset. What a
        rename or deletion in the catalogue led to in a campaign is told under ``campaign``; else it is told once.
        """
        asked = history.query(campaign, type, actor, after, before)
        return AsyncListing(
            lambda from_, most: self._do(history.page(asked, from_, most, self._retries)), cursor, limit
        )
