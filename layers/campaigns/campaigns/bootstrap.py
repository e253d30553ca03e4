"""Builds what the functions need, from their environment. Tests pass others."""

import os

from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.campaigns import CampaignStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table, dynamodb_client


def campaign_store() -> CampaignStore:
    """The campaigns."""
    return CampaignStore(_table())


def catalogue_store() -> CatalogueStore:
    """The catalogue and its fan-out."""
    return CatalogueStore(_table())


def api_key_store() -> ApiKeyStore:
    """The API keys."""
    return ApiKeyStore(_table())


def _table() -> Table:
    return Table(dynamodb_client(), os.environ["CAMPAIGNS_TABLE"])
