"""The clauses that several subjects' requests are made of."""

from collections.abc import Collection
from typing import Any

from campaigns.runtime.work import current_author
from campaigns.store import keys

type Request = dict[str, Any]

EXISTS = "attribute_exists(PK)"
IS_NEW = "attribute_not_exists(PK)"
AT_ONE_OF = "version IN ({})"
"""What If-Match asks for."""
CLOCK_MOVES_ON = "updatedAt < :now"
"""updatedAt must move strictly forward, whatever the clocks of two writers say."""
NOT_DELETED = "attribute_not_exists(deletedAt)"
"""A catalogue entry that is no tombstone."""
HOLDS = "attribute_exists(#held.#id)"
CHANGE = "updatedAt = :now, byUpdate = :byUpdate, version = version + :one, changedBy = :changedBy"
"""What every change of a campaign does besides."""


def change(campaign_id: str, now: str) -> dict[str, Any]:
    """The values of ``CHANGE``."""
    return {
        ":now": now,
        ":byUpdate": keys.by_update(now, campaign_id),
        ":one": 1,
        ":changedBy": changed_by(now),
    }


def changed_by(now: str) -> dict[str, Any] | None:
    """Who makes the change of this moment, as the item keeps it, so that the table's stream tells.

    With the moment: a release that knows nothing of it leaves it as it is, and then it is of an earlier change.
    """
    author = current_author()
    return author and {"at": now, **author._asdict()}


def if_match(condition: str, versions: Collection[int] | None) -> tuple[str, dict[str, int]]:
    """The condition narrowed to the versions that the client accepts; None accepts any."""
    if versions is None:
        return condition, {}
    named = {f":version{index}": version for index, version in enumerate(versions)}
    return f"{condition} AND {AT_ONE_OF.format(', '.join(named))}", named
