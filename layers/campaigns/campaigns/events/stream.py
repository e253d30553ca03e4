"""What records of the table's stream say."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from campaigns.domain.campaign import Kind
from campaigns.store import keys
from campaigns.store.attributes import deserialize_all
from campaigns.store.table import Item


class Images(NamedTuple):
    """What a record of the stream shows of an item, before and after a change."""

    sort_key: str
    before: Item | None
    after: Item | None


class Deletion(NamedTuple):
    """A campaign that was deleted, and the ids of what it held."""

    tenant_id: str
    campaign_id: str
    held: dict[Kind, Collection[str]]


class Addition(NamedTuple):
    """A membership that an addition has written, and the stamp of the catalogue's entry that it has checked."""

    tenant_id: str
    kind: Kind
    id: str
    campaign_id: str
    stamp: str


def sequence_number(record: dict[str, Any]) -> str:
    """Where a record stands in the stream."""
    return str(record["dynamodb"]["SequenceNumber"])


def read_images(record: dict[str, Any]) -> Images:
    """The item that a record is about."""
    change = record["dynamodb"]
    before, after = (deserialize_all(image) if image else None for image in map(change.get, ("OldImage", "NewImage")))
    return Images(change["Keys"]["SK"]["S"], before, after)


def tenant_of(record: dict[str, Any]) -> str:
    """Whose item a record is about."""
    return keys.tenant_id_of(record["dynamodb"]["Keys"]["PK"]["S"])


def deleted_campaigns(records: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The campaigns that records say are deleted: the tenant, and the id."""
    for record in records:
        sort_key = record["dynamodb"]["Keys"]["SK"]["S"]
        if record["eventName"] == "REMOVE" and sort_key.startswith(keys.CAMPAIGN):
            yield tenant_of(record), keys.campaign_id_of(sort_key)


def read_deletion(record: dict[str, Any]) -> Deletion:
    """The deleted campaign in a record of the table's stream (``REMOVE``, with the old image)."""
    image = record["dynamodb"]["OldImage"]
    return Deletion(
        tenant_id=keys.tenant_id_of(image["PK"]["S"]),
        campaign_id=image["id"]["S"],
        held={kind: image[kind.plural]["M"].keys() for kind in Kind},
    )


def read_addition(record: dict[str, Any]) -> Addition:
    """The membership in a record of the table's stream (``INSERT`` or ``MODIFY``, with the new image)."""
    image = record["dynamodb"]["NewImage"]
    tenant_id, kind, id_ = keys.membership_of(image["PK"]["S"])
    return Addition(tenant_id, kind, id_, keys.campaign_id_of(image["SK"]["S"]), image["entry"]["S"])
