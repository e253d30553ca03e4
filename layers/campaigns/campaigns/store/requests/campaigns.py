"""Requests for campaigns, each as a whole."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from campaigns.domain.campaign import DATES, MAX_PAIRS, Campaign, Kind
from campaigns.domain.names import folded
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.requests.clauses import (
    CHANGE,
    CLOCK_MOVES_ON,
    EXISTS,
    IS_NEW,
    Request,
    change,
    changed_by,
    if_match,
)

if TYPE_CHECKING:
    from campaigns.domain.inputs import CampaignPatch

NEVER = IS_NEW
"""Contradicts ``EXISTS``: for a patch that can change nothing, such as no pairs of metadata."""
HAS_METADATA = "attribute_exists(#metadata)"
"""No path leads into a map that is not there, as in campaigns of the first release."""
IN_ORDER = {
    "startsAt": "(attribute_not_exists(endsAt) OR endsAt > :startsAt)",
    "endsAt": "(attribute_not_exists(startsAt) OR startsAt < :endsAt)",
}
"""What must hold for a date that is sent without the other."""


def campaign_item(tenant_id: str, campaign: Campaign, held: Mapping[Kind, Any] | None = None) -> Request:
    """A new campaign as an item; ``held`` is what ``items.in_order`` makes of each kind."""
    return keys.campaign(tenant_id, campaign.id) | serialize_all(
        {
            "id": campaign.id,
            "name": campaign.name,
            "description": campaign.description,
            "status": campaign.status,
            **{kind.plural: held[kind] if held else {} for kind in Kind},
            "metadata": dict(campaign.metadata),
            **(_labelled(campaign.labels) if campaign.labels else {}),
            **{name: date for name, date in zip(DATES, campaign.dates, strict=True) if date is not None},
            "version": campaign.version,
            "createdAt": campaign.created_at,
            "updatedAt": campaign.updated_at,
            "changedBy": changed_by(campaign.updated_at),
            "byStatus": keys.by_status(campaign.status, campaign.id),
            "byUpdate": keys.by_update(campaign.updated_at, campaign.id),
            "byName": keys.by_name(campaign.name, campaign.id),
        }
    )


def create(tenant_id: str, campaign: Campaign, held: Mapping[Kind, Any] | None = None) -> list[Request]:
    """TransactWriteItems: a new campaign.

    A transaction, for its token: a lone PutItem that is repeated after a lost answer could bring back what someone
    has deleted meanwhile.
    """
    return [{"Put": {"Item": campaign_item(tenant_id, campaign, held), "ConditionExpression": IS_NEW}}]


def update(
    tenant_id: str,
    campaign_id: str,
    patch: "CampaignPatch",
    *,
    write: str,
    now: str,
    versions: Collection[int] | None,
    whole_metadata: Mapping[str, str] | None = None,
) -> Request:
    """UpdateItem: apply ``patch`` where that changes anything; answers with the new campaign, or why not.

    ``lastWrite`` stays in the item so that this very write (``now`` and a random id) is recognised when it is repeated
    after a lost answer. It can't happen twice: the first time moves ``updatedAt`` to ``now``.

    Metadata are merged in place, where there is room for as many new pairs; where that was refused, the caller has seen
    the campaign, and replaces them by ``whole_metadata`` on condition that it is at one of ``versions``.
    """
    parts = _Parts()
    for name in ("name", "description", "status"):
        if name in patch:
            parts.assign(name, patch[name], differs=f"#{name} <> :{name}")
    parts.schedule(patch, now)
    for name, key in _index_keys(campaign_id, patch).items():
        parts.assign(name, key)
    if "labels" in patch:
        parts.label(patch["labels"])
    if whole_metadata is not None:
        parts.assign("metadata", dict(whole_metadata), differs="#metadata <> :metadata")
    elif "metadata" in patch:
        parts.merge(patch["metadata"])
    if "archived" in patch:
        parts.archive(wanted=patch["archived"])
    differs = " OR ".join(parts.differences) or NEVER
    condition, at_versions = if_match(
        " AND ".join((EXISTS, CLOCK_MOVES_ON, *parts.conditions, f"({differs})")), versions
    )
    removals = f" REMOVE {', '.join(parts.removals)}" if parts.removals else ""
    names = {"ExpressionAttributeNames": parts.names} if parts.names else {}
    return {
        "Key": keys.campaign(tenant_id, campaign_id),
        "UpdateExpression": f"SET {', '.join((*parts.assignments, 'lastWrite = :write', CHANGE))}{removals}",
        "ConditionExpression": condition,
        **names,
        "ExpressionAttributeValues": serialize_all(
            {**parts.values, **at_versions, **change(campaign_id, now), ":write": write}
        ),
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


class _Parts:
    """What an update sets and removes, what must hold for it, and where it would make a difference."""

    def __init__(self) -> None:
        self.assignments: list[str] = []
        self.removals: list[str] = []
        self.conditions: list[str] = []
        self.differences: list[str] = []
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def assign(self, name: str, value: Any, differs: str | None = None) -> None:
        """Set an attribute."""
        self.assignments.append(f"#{name} = :{name}")
        self.names[f"#{name}"] = name
        self.values[f":{name}"] = value
        if differs:
            self.differences.append(differs)

    def label(self, labels: Sequence[str]) -> None:
        """Replace the labels; where there are none, neither attribute is there."""
        if not labels:
            self.removals += ["labels", "labelKeys"]
            self.differences.append("attribute_exists(labels)")
            return
        for name, value in _labelled(labels).items():
            self.assign(name, value)
        self.differences.append("#labels <> :labels")

    def merge(self, patch: Mapping[str, str | None] | None) -> None:
        """Merge metadata pair by pair; None removes a key, or all."""
        if patch is None:
            self.assign("metadata", {}, differs=f"{HAS_METADATA} AND size(#metadata) > :none")
            self.values[":none"] = 0
            return
        if not patch:
            return
        self.names["#metadata"] = "metadata"
        set_pairs = sum(value is not None for value in patch.values())
        self.conditions += [HAS_METADATA, "size(#metadata) <= :room"]
        self.values[":room"] = MAX_PAIRS - set_pairs
        for index, (key, value) in enumerate(patch.items()):
            path = f"#metadata.#key{index}"
            self.names[f"#key{index}"] = key
            if value is None:
                self.removals.append(path)
                self.differences.append(f"attribute_exists({path})")
            else:
                self.assignments.append(f"{path} = :value{index}")
                self.values[f":value{index}"] = value
                self.differences.append(f"{path} <> :value{index}")

    def schedule(self, patch: "CampaignPatch", now: str) -> None:
        """Say when the campaign starts and ends by itself, and as of when it has its status.

        It can't end before it starts. A date that has passed already acts on the status that there is, whoever has set
        it; but only where the date is a new one.
        """
        given: Mapping[str, Any] = patch
        acts_at_once = False
        for name in [name for name in DATES if name in given]:
            if given[name] is None:
                self.removals.append(name)
                self.differences.append(f"attribute_exists({name})")
                continue
            self.assign(name, given[name], differs=f"#{name} <> :{name}")
            if not set(DATES) <= set(given):
                self.conditions.append(IN_ORDER[name])
            if given[name] <= now:
                self.conditions.append(f"#{name} <> :{name}")
                acts_at_once = True
        if acts_at_once:
            self.removals.append("statusAt")
        elif "status" in patch:
            self.assignments.append("statusAt = :now")

    def archive(self, *, wanted: bool) -> None:
        """Say since when the campaign is archived, or that it is not."""
        if wanted:
            self.assignments.append("archivedAt = if_not_exists(archivedAt, :now)")
            self.differences.append("attribute_not_exists(archivedAt)")
        else:
            self.removals.append("archivedAt")
            self.differences.append("attribute_exists(archivedAt)")


def delete(
    tenant_id: str, campaign_id: str, versions: Collection[int] | None, *, now: str, note_expires_at: int
) -> list[Request]:
    """TransactWriteItems: delete a campaign, and note by whom: the stream shows no item that could tell.

    A transaction, for its token: a lone DeleteItem whose answer was lost can't tell its own success from a campaign
    that never was.
    """
    condition, at_versions = if_match(EXISTS, versions)
    operation: Request = {
        "Key": keys.campaign(tenant_id, campaign_id),
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if at_versions:
        operation["ExpressionAttributeValues"] = serialize_all(at_versions)
    note = keys.deletion(tenant_id, campaign_id) | serialize_all(
        {"changedBy": changed_by(now), "expiresAt": note_expires_at}
    )
    return [{"Delete": operation}, {"Put": {"Item": note}}]


def _index_keys(campaign_id: str, patch: "CampaignPatch") -> dict[str, str]:
    """What moves in the indexes where these fields change."""
    moved = {}
    if "status" in patch:
        moved["byStatus"] = keys.by_status(patch["status"], campaign_id)
    if "name" in patch:
        moved["byName"] = keys.by_name(patch["name"], campaign_id)
    return moved


def _labelled(labels: Sequence[str]) -> dict[str, list[str]]:
    """Labels as they are shown, and as they are looked for."""
    return {"labels": list(labels), "labelKeys": [folded(label) for label in labels]}
