"""All that the endpoints do to the table, in one object."""

from campaigns.domain.identifiers import Clock, utc_now
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.associations import AssociationStore
from campaigns.store.campaigns import CampaignStore as WholeCampaigns
from campaigns.store.changes import ChangeStore
from campaigns.store.clones import CloneStore
from campaigns.store.creation import CreationStore
from campaigns.store.finding import CampaignFinder
from campaigns.store.table import Table


class CampaignStore(CreationStore, WholeCampaigns, AssociationStore, ChangeStore, CampaignFinder, CloneStore):
    """The stores of all subjects but the catalogue and the keys."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        super().__init__(table, clock)


def tenant_of(api_keys: ApiKeyStore, raw_key: str) -> str | None:
    """Whom a key lets in; None where it lets in nobody."""
    holder = api_keys.holder_of(raw_key)
    return holder and holder.tenant_id
