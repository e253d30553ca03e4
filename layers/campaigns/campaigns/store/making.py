"""How a campaign comes to be, with all that it holds, in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from campaigns.domain.campaign import Association, Campaign, Kind
from campaigns.domain.contents import MOST_ADDED, Thing, Wanted, holding
from campaigns.domain.errors import FieldError, NotFound
from campaigns.domain.identifiers import is_association_id
from campaigns.store import keys
from campaigns.store.idempotency import Created, Once
from campaigns.store.items import in_order, too_large
from campaigns.store.requests import campaigns as requests
from campaigns.store.requests import contents
from campaigns.store.table import OVERTAKEN, Item, ItemTooLarge, Table, TransactionRefused

type Entries = dict[Thing, Item | None]
"""The catalogue's entries, as they were read last; None where there is none."""


class Read(NamedTuple):
    """What was read at once."""

    others: list[Item | None]
    entries: Entries


def read_entries(table: Table, tenant_id: str, wanted: Iterable[Wanted], *others: keys.Key) -> Read:
    """What the catalogue has of these, and what is at other keys. One round trip per 100.

    Nothing has an id that can't exist.
    """
    entries: Entries = {each.thing: None for each in wanted}
    possible = [thing for thing in entries if is_association_id(thing[1])]
    found = table.get_all([*others, *(keys.catalogue_entry(tenant_id, *thing) for thing in possible)])
    return Read(found[: len(others)], entries | dict(zip(possible, found[len(others) :], strict=True)))


def is_there(entry: Item | None) -> bool:
    """Whether a catalogue's entry is that of something that a campaign may hold."""
    return entry is not None and "deletedAt" not in entry


def known(wanted: Sequence[Wanted], entries: Mapping[Thing, Item | None]) -> Sequence[Wanted]:
    """All of them.

    Raises:
        NotFound: the tenant does not have one; ``details`` says where it was named.
    """
    unknown = [each for each in wanted if not is_there(entries[each.thing])]
    if unknown:
        raise NotFound.of_fields(FieldError(each.place, f"names no {each.kind} that there is") for each in unknown)
    return wanted


def existing(wanted: Sequence[Wanted], entries: Mapping[Thing, Item | None]) -> Sequence[Wanted]:
    """Those that the tenant has."""
    return [each for each in wanted if is_there(entries[each.thing])]


def make(
    table: Table,
    draft: Campaign,
    wanted: Sequence[Wanted],
    entries: Entries,
    *,
    choose: Callable[[Sequence[Wanted], Entries], Sequence[Wanted]],
    tenant_id: str,
    once: Once | None,
) -> Created:
    """Write ``draft``, holding what is chosen of what is wanted, and the record of ``once``. One round trip.

    ``entries`` are the catalogue's as they were read. Where one is another by now, the refusal has it, and it is tried
    again with that.

    Raises:
        Conflict: the idempotency key was used for something else.
        NotFound: what ``choose`` does not find.
        InvalidInput: the campaign would be too large.
    """
    for _ in table.attempts(OVERTAKEN):
        chosen = choose(wanted, entries)
        things = [each.thing for each in chosen]
        campaign, held = filled(draft, chosen, entries)
        operations = requests.create(tenant_id, campaign, held)
        named = {thing: entries[thing] for thing in things}
        operations += contents.are_still(tenant_id, named)
        operations += contents.join(tenant_id, campaign.id, named)
        operations += [once.remember(campaign)] if once else []
        try:
            table.transact(operations)
        except TransactionRefused as error:
            record = error.refusals.get(len(operations) - 1)
            if once and record and (first := answered(table, once, record.item, draft)):
                return first
            entries |= {
                thing: error.refusals[place].item for place, thing in enumerate(things, 1) if place in error.refusals
            }
            continue
        except ItemTooLarge as error:
            raise too_large("body") from error
        return Created(campaign, replayed=False)
    raise AssertionError("attempts() ends by raising")


def answered(table: Table, once: Once, record: Item | None, draft: Campaign | None = None) -> Created | None:
    """The first answer again; None where there is none, or none any more. One round trip where there is one.

    It waits until all is there: the record may be committed a moment before what its transaction wrote besides. More
    memberships than one transaction holds were there before.

    Raises:
        Conflict: the key was used for something else.
    """
    first = once.answer(record, draft)
    if first:
        id_, held = first.campaign.id, [(kind, each.id) for kind in Kind for each in first.campaign.associations(kind)]
        memberships = (
            [keys.membership(once.tenant_id, *thing, id_) for thing in held] if len(held) <= MOST_ADDED else []
        )
        table.get_settled([keys.campaign(once.tenant_id, id_), *memberships])
    return first


def filled(draft: Campaign, chosen: Sequence[Wanted], entries: Entries) -> tuple[Campaign, dict[Kind, dict[str, Item]]]:
    """The campaign that holds these, and its maps as they are stored."""
    held: dict[Kind, dict[str, Item]] = {}
    for kind in Kind:
        ids = [each.id for each in chosen if each.kind is kind]
        named = {id_: entry for id_ in ids if (entry := entries[kind, id_]) is not None}
        held[kind] = in_order({}, ids, named, draft.created_at)
    return holding(draft, shown(held), draft.updated_at, draft.version), held


def shown(held: Mapping[Kind, Mapping[str, Item]]) -> dict[Kind, list[Association]]:
    """What maps as they are stored, in order, are shown as."""
    return {kind: [Association(id_, part["name"]) for id_, part in held[kind].items()] for kind in Kind}
