"""What clients do to one campaign, and how an order of all that they were answered is looked for."""

from collections.abc import Callable
from typing import Any, NamedTuple

from campaigns.domain.campaign import Campaign, Kind, Status
from campaigns.domain.contents import Wish, exactly, wanted
from campaigns.domain.errors import CampaignsError, Conflict, InvalidInput, NotFound, PreconditionFailed, Unavailable
from campaigns.domain.finding import Filters, Query
from campaigns.domain.identifiers import new_id
from campaigns.domain.inputs import CampaignPatch, CloneOptions, NewCampaign
from campaigns.domain.webhook_inputs import NewWebhook
from campaigns.domain.webhooks import ALL_OF_CAMPAIGNS
from campaigns.store.webhooks import WebhookStore
from support.isolation import Killed
from support.linearizability import NO_ANSWER, Operation, State
from support.sealing import memory_sealer
from support.stores import CampaignStore

TENANT = "acme"
STATUS: dict[type[CampaignsError], int] = {
    InvalidInput: 400,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 412,
    Unavailable: NO_ANSWER,
}

type Do = Callable[[CampaignStore, str], Campaign | None]


class Request(NamedTuple):
    """What a client asks of the campaign, as the model of answers knows it, and as the stores do it."""

    verb: str
    argument: Any
    do: Do
    if_match: int | None = None

    def __repr__(self) -> str:
        given = [self.argument, *([self.if_match] if self.if_match else [])]
        return f"{self.verb}({', '.join(repr(each) for each in given if each is not None)})"


def answer(request: Request, store: CampaignStore, campaign_id: str, now: Callable[[], int]) -> Operation:
    """Ask, and note what came of it. ``now`` tells what was earlier."""
    began = now()
    campaign: Campaign | None = None
    try:
        campaign = request.do(store, campaign_id)
        status = 204 if campaign is None else 201 if request.verb in {"clone", "create"} else 200
    except CampaignsError as error:
        status = next(each for kind, each in STATUS.items() if isinstance(error, kind))
    except Killed:
        status = NO_ANSWER
    except Unfound:
        status = 500
    shown = state_of(campaign) if campaign else None
    return Operation(began, now(), request.verb, request.argument, request.if_match, status, shown)


def state_of(campaign: Campaign) -> State:
    """What an answer shows."""
    return State(campaign.version, campaign.name, campaign.status, tuple(each.id for each in campaign.sequences))


def get() -> Request:
    return Request("get", None, lambda store, id_: store.get(TENANT, id_))


def add(sequence: str) -> Request:
    return Request("add", sequence, lambda store, id_: store.add(TENANT, id_, Kind.SEQUENCE, sequence))


def remove(sequence: str, if_match: int | None = None) -> Request:
    versions = None if if_match is None else {if_match}
    return Request(
        "remove", sequence, lambda store, id_: store.remove(TENANT, id_, Kind.SEQUENCE, sequence, versions), if_match
    )


def change(added: tuple[str, ...], removed: tuple[str, ...]) -> Request:
    """Bulk."""
    wish = Wish(wanted(Kind.SEQUENCE, added, "add.sequences"), [(Kind.SEQUENCE, each) for each in removed])
    return Request("change", (added, removed), lambda store, id_: store.change(TENANT, id_, wish))


def replace(*sequences: str) -> Request:
    """PUT."""
    wish = exactly(Kind.SEQUENCE, sequences)
    return Request("set", sequences, lambda store, id_: store.change(TENANT, id_, wish))


def update(name: str, if_match: int | None = None) -> Request:
    versions = None if if_match is None else {if_match}
    patch = CampaignPatch(name=name)
    return Request("update", {"name": name}, lambda store, id_: store.update(TENANT, id_, patch, versions), if_match)


def turn(status: Status) -> Request:
    """By hand."""
    patch = CampaignPatch(status=status)
    return Request("update", {"status": status}, lambda store, id_: store.update(TENANT, id_, patch, None))


def move(starts_at: str | None) -> Request:
    """To another date than it has, or to none."""
    patch = CampaignPatch(startsAt=starts_at)
    return Request("moved", starts_at, lambda store, id_: store.update(TENANT, id_, patch, None))


def delete(if_match: int | None = None) -> Request:
    versions = None if if_match is None else {if_match}
    return Request("delete", None, lambda store, id_: store.delete(TENANT, id_, versions), if_match)


def delete_webhook() -> Request:
    """The first one."""
    return _of_webhook("deleted", lambda store, id_: store.delete(TENANT, id_))


def lead_webhook(url: str) -> Request:
    """The first one, elsewhere, where it shall be told of all."""
    return _of_webhook(f"led to {url}", lambda store, id_: store.update(TENANT, id_, {"url": url, "enabled": True}))


def create_webhook(url: str) -> Request:
    """With a key; it is looked for at once."""

    def create(store: WebhookStore, key: str) -> None:
        id_ = new_id("wh_", store._clock())
        _, secret = memory_sealer().new(TENANT, id_)
        made = store.create(TENANT, id_, NewWebhook(url, (ALL_OF_CAMPAIGNS,)), secret, key)
        try:
            store.get(TENANT, made.webhook.id)
        except NotFound as error:
            raise Unfound from error

    return Request("webhook", f"created for {url}", lambda store, _: create(_webhooks(store), "key"))


def _of_webhook(what: str, do: Callable[[WebhookStore, str], object]) -> Request:
    """What the model of campaigns knows nothing of."""

    def ask(store: CampaignStore, _: str) -> None:
        webhooks = _webhooks(store)
        do(webhooks, webhooks.list(TENANT)[0].id)

    return Request("webhook", what, ask)


def _webhooks(store: CampaignStore) -> WebhookStore:
    return WebhookStore(store._table, store._clock)


def clone(key: str | None = None) -> Request:
    return Request(
        "clone", None, lambda store, id_: _found(store, store.clone(TENANT, id_, CloneOptions(), key).campaign)
    )


def create(*sequences: str, key: str = "key", listed: bool = False) -> Request:
    """Another campaign, which the model of this one knows nothing of; ``listed`` looks for it in a list, too."""
    new, look = NewCampaign(name="New", sequences=list(sequences)), _listed if listed else _found
    return Request("create", sequences, lambda store, _: look(store, store.create_with_key(TENANT, new, key).campaign))


class Unfound(Exception):
    """What was made, by the answer, is not there for a read that starts then."""


def _found(store: CampaignStore, made: Campaign) -> Campaign:
    try:
        store.get(TENANT, made.id)
    except NotFound as error:
        raise Unfound from error
    return made


def _listed(store: CampaignStore, made: Campaign) -> Campaign:
    """The same, for those who ask what holds what it was made with, which nobody takes out."""
    for sequence in made.sequences:
        filters = Filters(held=((Kind.SEQUENCE, sequence.id),))
        if made.id not in {each.id for each in store.list(TENANT, 100, None, Query(filters)).campaigns}:
            raise Unfound
    return _found(store, made)
