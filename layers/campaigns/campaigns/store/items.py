"""From items to campaigns, and the refusals that every operation on a campaign shares."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from campaigns.domain.actors import Author
from campaigns.domain.campaign import Association, Campaign, Kind, ShownCampaign
from campaigns.domain.errors import FieldError, InvalidInput, NotFound, PreconditionFailed
from campaigns.domain.identifiers import is_association_id, is_campaign_id
from campaigns.store.table import Item

MAX_PAGE_BYTES: Final = 5_000_000
"""A page ends early rather than pass what Lambda lets through (6 MB)."""


def campaign_from(item: Item) -> Campaign:
    """The campaign that an item holds."""
    return Campaign(
        id=item["id"],
        name=item["name"],
        description=item["description"],
        status=item["status"],
        sequences=_associations(item["sequences"]),
        templates=_associations(item["templates"]),
        created_at=item["createdAt"],
        updated_at=item["updatedAt"],
        version=item["version"],
        # What the first release wrote has none of these.
        labels=tuple(item.get("labels", ())),
        metadata=item.get("metadata", {}),
        archived_at=item.get("archivedAt"),
        starts_at=item.get("startsAt"),
        ends_at=item.get("endsAt"),
        status_at=item.get("statusAt"),
    )


def author_of(item: Item) -> Author | None:
    """Who made the last change of the campaign that an item holds; None where that was not written down."""
    changed_by = item.get("changedBy")
    return author_in(changed_by) if changed_by and changed_by["at"] == item["updatedAt"] else None


def author_in(changed_by: Item) -> Author:
    """The author that is written down so."""
    return Author(changed_by["actor"], changed_by["request"])


def campaign_shown(shown: ShownCampaign) -> Campaign:
    """The campaign that was shown so."""
    return Campaign(
        id=shown["id"],
        name=shown["name"],
        description=shown["description"],
        status=shown["status"],
        sequences=tuple(Association(**each) for each in shown["sequences"]),
        templates=tuple(Association(**each) for each in shown["templates"]),
        created_at=shown["createdAt"],
        updated_at=shown["updatedAt"],
        version=int(shown["etag"].strip('"')),
        labels=tuple(shown["labels"]),
        metadata=shown["metadata"],
        archived_at=shown["archivedAt"],
        starts_at=shown["startsAt"],
        ends_at=shown["endsAt"],
    )


def bytes_in_answer(body: str) -> int:
    """Lambda hands on a body as a JSON string, in which each quotation mark and backslash takes one byte more."""
    return len(body.encode()) + body.count('"') + body.count("\\")


def _associations(held: dict[str, Any]) -> tuple[Association, ...]:
    in_order = sorted(held.items(), key=lambda entry: str(entry[1]["addedAt"]))
    return tuple(Association(id=association_id, name=entry["name"]) for association_id, entry in in_order)


def in_order(held: Mapping[str, Item], ids: Iterable[str], entries: Mapping[str, Item], now: str) -> dict[str, Item]:
    """What an item holds of one kind once it holds exactly ``ids``, in this order.

    ``held`` is what it holds, ``entries`` the catalogue's entries of what is new. What one request adds stands in the
    order of its places: ``addedAt`` is the moment and the place, which sorts behind the moment alone, where a single
    addition stands. What is part already keeps its own as long as the order is the same.
    """
    arranged: dict[str, Item] = {}
    last = ""
    for place, id_ in enumerate(ids):
        part = held.get(id_) or {"name": entries[id_]["name"], "asOf": entries[id_]["asOf"], "addedAt": ""}
        if part["addedAt"] <= last:
            part = part | {"addedAt": f"{now}#{place:03}"}
        arranged[id_], last = part, part["addedAt"]
    return arranged


def found(item: Item | None) -> Campaign:
    """The campaign that an item holds; NotFound where there is none."""
    if item is None:
        raise no_such("campaign")
    return campaign_from(item)


def check_campaign_id(campaign_id: str) -> None:
    """NotFound where nothing can have such an id."""
    if not is_campaign_id(campaign_id):
        raise no_such("campaign")


def check_association_id(kind: Kind, association_id: str) -> None:
    """NotFound where nothing can have such an id."""
    if not is_association_id(association_id):
        raise no_such(kind)


def check_version(campaign: Campaign, if_match: Collection[int] | None) -> None:
    """PreconditionFailed where the client accepts other versions only."""
    if if_match is not None and campaign.version not in if_match:
        raise PreconditionFailed("The campaign has changed since the version that If-Match names.")


def no_such(what: str) -> NotFound:
    """The tenant has no such thing."""
    return NotFound(f"There is no such {what}.")


def too_large(*fields: str) -> InvalidInput:
    """DynamoDB can't hold the campaign that these fields would make."""
    message = "would make the campaign pass 400 KB, the most that one can take"
    return InvalidInput.of_fields(FieldError(field, message) for field in fields)
