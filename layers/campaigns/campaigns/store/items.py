"""From items to campaigns, and the refusals that every operation on a campaign shares."""

from collections.abc import Collection
from typing import Any

from campaigns.domain.campaign import Association, Campaign, Kind
from campaigns.domain.errors import FieldError, InvalidInput, NotFound, PreconditionFailed
from campaigns.domain.identifiers import is_association_id, is_campaign_id
from campaigns.store.table import Item


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
    )


def _associations(held: dict[str, Any]) -> tuple[Association, ...]:
    in_order = sorted(held.items(), key=lambda entry: str(entry[1]["addedAt"]))
    return tuple(Association(id=association_id, name=entry["name"]) for association_id, entry in in_order)


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
