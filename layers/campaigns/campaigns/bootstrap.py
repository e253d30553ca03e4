"""Builds what the functions need, from their environment. Tests pass others."""

import os
from typing import TYPE_CHECKING

import boto3

from campaigns.queues import CatalogueQueues
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.campaigns import CampaignStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table, dynamodb_client
from campaigns.usage import UsagePlan

if TYPE_CHECKING:
    from types_boto3_events.client import EventBridgeClient


def campaign_store() -> CampaignStore:
    """The campaigns."""
    return CampaignStore(_table())


def catalogue_store() -> CatalogueStore:
    """The catalogue and its fan-out."""
    return CatalogueStore(_table())


def api_key_store() -> ApiKeyStore:
    """The API keys."""
    return ApiKeyStore(_table())


def usage_plan() -> UsagePlan:
    """The limits that every tenant has."""
    return UsagePlan(boto3.client("apigateway"), os.environ["CAMPAIGNS_STACK"], os.environ["USAGE_PLAN_ID"])


def catalogue_queues() -> CatalogueQueues:
    """The queue of announcements and its dead-letter queue."""
    return CatalogueQueues(
        boto3.client("sqs"), os.environ["CATALOGUE_QUEUE_URL"], os.environ["CATALOGUE_DEAD_LETTER_QUEUE_URL"]
    )


def event_bus() -> "EventBridgeClient":
    """The bus that campaign events go to."""
    return boto3.client("events")


def _table() -> Table:
    return Table(dynamodb_client(), os.environ["CAMPAIGNS_TABLE"])
