"""What records of the table's stream say."""

from collections.abc import Collection
from typing import Any, NamedTuple

from campaigns.domain.campaign import Kind
from campaigns.store import keys


class Deletion(NamedTuple):
    """A campaign that was deleted, and the ids of what it held."""

    tenant_id: str
    campaign_id: str
    held: dict[Kind, Collection[str]]


def sequence_number(record: dict[str, Any]) -> str:
    """Where a record stands in the stream."""
    return str(record["dynamodb"]["SequenceNumber"])


def read_deletion(record: dict[str, Any]) -> Deletion:
    """The deleted campaign in a record of the table's stream (``REMOVE``, with the old image)."""
    image = record["dynamodb"]["OldImage"]
    return Deletion(
        tenant_id=keys.tenant_id_of(image["PK"]["S"]),
        campaign_id=image["id"]["S"],
        held={kind: image[kind.plural]["M"].keys() for kind in Kind},
    )
