"""Tables on the three engines. A test that takes ``table`` runs on all; one that takes ``real_table``, on AWS's own.

DynamoDB Local always stands behind the rules of ``local/strict.py``; the engine in memory does so once without and once
with them, and then gives short pages and handles batches in part.
"""

from collections.abc import Iterator

import pytest

from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from local.dynamodb import dynamodb_local
from local.strict import Rules
from support.engines import memory_client, moto_client, new_table
from support.stores import CampaignStore
from support.strict import OFTEN_SHORT, strict_client_of, strict_memory


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """DynamoDB Local."""
    with dynamodb_local() as endpoint_url:
        yield endpoint_url


@pytest.fixture
def real_table(endpoint: str) -> Table:
    """A table on DynamoDB Local, fit for 16 threads."""
    return new_table(strict_client_of(endpoint, Rules(), threads=16))


ENGINES = ["memory", "moto", "dynamodb-local"]


@pytest.fixture(params=[*ENGINES, "strict"])
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """A table on each engine."""
    match request.param:
        case "memory":
            yield new_table(memory_client())
        case "moto":
            with moto_client() as client:
                yield new_table(client)
        case "strict":
            yield new_table(strict_memory(OFTEN_SHORT))
        case _:
            yield request.getfixturevalue("real_table")


@pytest.fixture(scope="session", params=["memory", "dynamodb-local", "strict"])
def shared_table(request: pytest.FixtureRequest) -> Table:
    """One table for tests that make tenants of their own, or hold much: moto is too slow for those."""
    match request.param:
        case "memory":
            client = memory_client()
        case "strict":
            client = strict_memory(OFTEN_SHORT)
        case _:
            client = strict_client_of(request.getfixturevalue("endpoint"), Rules())
    return new_table(client)


@pytest.fixture
def campaigns(table: Table) -> CampaignStore:
    """The store under test."""
    return CampaignStore(table)


@pytest.fixture
def catalogue(table: Table) -> CatalogueStore:
    """The catalogue of the same table."""
    return CatalogueStore(table)
