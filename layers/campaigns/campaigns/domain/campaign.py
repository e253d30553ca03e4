"""The campaign, and a page of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypedDict

from campaigns.domain.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from campaigns.domain.inputs import CampaignPatch

MAX_ASSOCIATIONS: Final = 500
"""How many sequences, and how many templates, one campaign holds at most."""
MAX_PAIRS: Final = 20
"""How many pairs of metadata one campaign has at most."""

_to_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Status = Literal["draft", "active", "completed"]
DATES: Final = ("startsAt", "endsAt")
"""The moments at which a campaign changes its status by itself."""


class Kind(StrEnum):
    """The two kinds of things that a campaign groups."""

    SEQUENCE = "sequence"
    TEMPLATE = "template"

    @property
    def plural(self) -> Literal["sequences", "templates"]:
        """The campaign's field that holds this kind."""
        return "sequences" if self is Kind.SEQUENCE else "templates"


class Association(NamedTuple):
    """A sequence or template of a campaign, under its current name."""

    id: str
    name: str


class ShownAssociation(TypedDict):
    """A sequence or template of a campaign, under its current name."""

    id: str
    name: str


class ShownCampaign(TypedDict):
    """A campaign as clients and subscribers see it."""

    id: str
    name: str
    description: str | None
    status: Status
    sequences: list[ShownAssociation]
    templates: list[ShownAssociation]
    labels: list[str]
    metadata: dict[str, str]
    startsAt: str | None
    endsAt: str | None
    archivedAt: str | None
    createdAt: str
    updatedAt: str
    etag: str


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign."""

    id: str
    name: str
    description: str | None
    status: Status
    sequences: tuple[Association, ...]
    """In the order in which they were added."""
    templates: tuple[Association, ...]
    """In the order in which they were added."""
    created_at: str
    updated_at: str
    version: int
    """Grows by one with every change."""
    labels: tuple[str, ...] = ()
    """Sorted, as ``names.sorted_labels`` has it."""
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    archived_at: str | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    status_at: str | None = None
    """As of when it has its status: where a date set it, that date; None where nobody has set it since a past date."""

    @property
    def etag(self) -> str:
        """Its version, as clients see it."""
        return f'"{self.version}"'

    def shown(self) -> ShownCampaign:
        """What clients and subscribers see of it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "sequences": [{"id": each.id, "name": each.name} for each in self.sequences],
            "templates": [{"id": each.id, "name": each.name} for each in self.templates],
            "labels": list(self.labels),
            "metadata": dict(sorted(self.metadata.items())),
            "startsAt": self.starts_at,
            "endsAt": self.ends_at,
            "archivedAt": self.archived_at,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "etag": self.etag,
        }

    @cached_property
    def json(self) -> str:
        """The JSON text that clients receive."""
        return _to_json(self.shown())

    def associations(self, kind: Kind) -> tuple[Association, ...]:
        """Its sequences or its templates."""
        return self.sequences if kind is Kind.SEQUENCE else self.templates

    def holds(self, kind: Kind, association_id: str) -> bool:
        """Whether a sequence or template is part of the campaign."""
        return any(association.id == association_id for association in self.associations(kind))

    def with_association(self, kind: Kind, added: Association, at: str) -> "Campaign":
        """This campaign after ``added`` joined it at ``at``.

        Raises:
            Conflict: it is already part of the campaign.
            InvalidInput: the campaign is full.
        """
        held = self.associations(kind)
        if self.holds(kind, added.id):
            raise Conflict(f"The {kind} is already part of the campaign.")
        if len(held) >= MAX_ASSOCIATIONS:
            raise InvalidInput.of(kind.plural, f"must not hold more than {MAX_ASSOCIATIONS} {kind.plural}")
        changed: dict[str, Any] = {kind.plural: (*held, added), "updated_at": at, "version": self.version + 1}
        return replace(self, **changed)

    def patched(self, patch: "CampaignPatch", at: str) -> "Campaign":
        """This campaign after a merge patch at ``at``; itself where that changes nothing.

        Raises:
            InvalidInput: it would have too many pairs of metadata, or end before it starts.
        """
        fields: dict[str, Any] = {name: patch[name] for name in ("name", "description", "status") if name in patch}
        if "labels" in patch:
            fields["labels"] = tuple(patch["labels"])
        if "metadata" in patch:
            fields["metadata"] = _merged(self.metadata, patch["metadata"])
        if "archived" in patch:
            fields["archived_at"] = (self.archived_at or at) if patch["archived"] else None
        if "startsAt" in patch:
            fields["starts_at"] = patch["startsAt"]
        if "endsAt" in patch:
            fields["ends_at"] = patch["endsAt"]
        after = replace(self, **fields)
        if after == self:
            return self
        check_dates(after.starts_at, after.ends_at, "endsAt" if "endsAt" in patch else "startsAt")
        status_at = at if "status" in patch else self.status_at
        if any(new != old and new is not None and new <= at for new, old in zip(after.dates, self.dates, strict=True)):
            status_at = None
        return replace(after, status_at=status_at, updated_at=at, version=self.version + 1)

    @property
    def dates(self) -> tuple[str | None, str | None]:
        """When it starts and when it ends by itself."""
        return self.starts_at, self.ends_at

    def due(self, at: str) -> "Turn | None":
        """What a date makes of it that has passed by ``at``.

        A date acts once, on the status that the campaign had before: whoever sets the status after the date has won.
        """
        start = self.starts_at and Turn("startsAt", self.starts_at, "draft", "active")
        end = self.ends_at and Turn("endsAt", self.ends_at, "active", "completed")
        for turn in (start, end):
            if turn and self.status == turn.before and (self.status_at or "") < turn.moment <= at:
                return turn
        return None


class Turn(NamedTuple):
    """That a date changes a campaign's status."""

    date: Literal["startsAt", "endsAt"]
    moment: str
    before: Status
    after: Status


def check_dates(starts_at: str | None, ends_at: str | None, field: str) -> None:
    """InvalidInput, which blames ``field``, where a campaign would end no later than it starts."""
    if starts_at and ends_at and ends_at <= starts_at:
        message = "must be later than startsAt" if field == "endsAt" else "must be earlier than endsAt"
        raise InvalidInput.of(field, f"{message}, which is {starts_at if field == 'endsAt' else ends_at}")


def _merged(metadata: Mapping[str, str], patch: Mapping[str, str | None] | None) -> dict[str, str]:
    """Metadata after its part of a merge patch, in which None removes a key, or all."""
    merged = {} if patch is None else {key: value for key, value in {**metadata, **patch}.items() if value is not None}
    if len(merged) > MAX_PAIRS:
        raise InvalidInput.of("metadata", f"must not have more than {MAX_PAIRS} pairs")
    return merged


class Page(NamedTuple):
    """Campaigns, newest first, and the cursor of the page after them (None on the last page)."""

    campaigns: list[Campaign]
    next_cursor: str | None
