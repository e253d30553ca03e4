"""What a campaign shall hold, as requests name it: several sequences and templates at once."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from campaigns.domain.campaign import MAX_ASSOCIATIONS, Association, Campaign, Kind
from campaigns.domain.errors import InvalidInput

MOST_ADDED: Final = 49
MOST_REMOVED: Final = 99
"""What one transaction holds beside the campaign: an addition takes two of its places, a removal one."""

type Thing = tuple[Kind, str]
"""A sequence or template, by its id."""


class Wanted(NamedTuple):
    """A sequence or template that shall be part of a campaign."""

    kind: Kind
    id: str
    place: str
    """Where the request names it: ``add.sequences.3``."""

    @property
    def thing(self) -> Thing:
        """It, wherever it was named."""
        return self.kind, self.id


def wanted(kind: Kind, ids: Sequence[str], field: str) -> list[Wanted]:
    """The things of one list in a request."""
    return [Wanted(kind, id_, f"{field}.{index}") for index, id_ in enumerate(ids)]


class Wish(NamedTuple):
    """What a request wants of a campaign's associations."""

    add: Sequence[Wanted]
    """In the order in which they shall stand behind what is part already."""
    remove: Collection[Thing] = ()
    exactly: Kind | None = None
    """The kind of which nothing else shall be part, in this order."""

    def of(self, campaign: Campaign) -> "Step":
        """What it takes to fulfil the wish.

        Raises:
            InvalidInput: it is more than one transaction, or than a campaign, can hold.
        """
        ids: dict[Kind, tuple[str, ...]] = {}
        for kind in Kind:
            named = tuple(each.id for each in self.add if each.kind is kind)
            held = [each.id for each in campaign.associations(kind)]
            kept = [id_ for id_ in held if (kind, id_) not in self.remove]
            ids[kind] = named if kind is self.exactly else (*kept, *(id_ for id_ in named if id_ not in held))
        added = [each for each in self.add if not campaign.holds(*each.thing)]
        removed = [(kind, each.id) for kind in Kind for each in campaign.associations(kind) if each.id not in ids[kind]]
        check_fits(len(added), len(removed))
        for kind in Kind:
            if len(ids[kind]) > max(MAX_ASSOCIATIONS, len(campaign.associations(kind))):
                raise InvalidInput.of(kind.plural, f"must not hold more than {MAX_ASSOCIATIONS} {kind.plural}")
        return Step(ids, added, removed)


def exactly(kind: Kind, ids: Sequence[str]) -> Wish:
    """That a campaign holds exactly these of one kind, in this order."""
    return Wish(wanted(kind, ids, "ids"), exactly=kind)


class Step(NamedTuple):
    """The way from what a campaign holds to what it shall hold."""

    ids: dict[Kind, tuple[str, ...]]
    """All that it shall hold, in order."""
    added: list[Wanted]
    removed: list[Thing]

    def changes(self, campaign: Campaign) -> bool:
        """Whether it leads anywhere."""
        return any(tuple(each.id for each in campaign.associations(kind)) != self.ids[kind] for kind in Kind)


def check_fits(added: int, removed: int) -> None:
    """InvalidInput where one transaction could not do as much."""
    if 2 * added + removed > MOST_REMOVED:
        raise InvalidInput.of(
            "body",
            f"must add at most {MOST_ADDED} or take out at most {MOST_REMOVED} at once (2 x added + removed is at most "
            f"{MOST_REMOVED}); this would add {added} and take out {removed}",
        )


def holding(campaign: Campaign, held: dict[Kind, list[Association]], at: str, version: int) -> Campaign:
    """The campaign, holding exactly this, in this order."""
    fields: dict[str, Any] = {kind.plural: tuple(held[kind]) for kind in Kind}
    return replace(campaign, **fields, updated_at=at, version=version)
