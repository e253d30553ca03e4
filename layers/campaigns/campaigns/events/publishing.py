"""From records of the table's stream to events on the bus."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.events import SOURCE, CampaignEvent, differences
from campaigns.domain.identifiers import strictly_after
from campaigns.runtime.logs import logger
from campaigns.store import keys
from campaigns.store.attributes import deserialize_all
from campaigns.store.items import author_of, campaign_from
from campaigns.store.table import Item

if TYPE_CHECKING:
    from types_boto3_events.client import EventBridgeClient

MAX_ENTRIES = 10
MAX_BYTES = 999_000
"""The entries of one call must be less than 1 MB together (PutEvents in EventBridge's service model)."""

_MAY_PASS = frozenset({"InternalFailure", "ThrottlingException"})
"""The codes of refused entries that EventBridge calls retryable; all others are for good (PutEventsResultEntry)."""


class Outgoing(NamedTuple):
    """An event that is ready for the bus, and the stream record that it is from."""

    sequence_number: str
    campaign_id: str
    detail_type: str
    detail: str

    @property
    def size(self) -> int:
        """The bytes that EventBridge counts."""
        return len(SOURCE) + len(self.detail_type) + len(self.detail.encode())


def events_of(record: dict[str, Any]) -> list[Outgoing]:
    """The events that one stream record of a campaign stands for. Their ids follow from the record's own."""
    change = record["dynamodb"]
    old, new = _item(change.get("OldImage")), _item(change.get("NewImage"))
    before, after = (campaign_from(item) if item else None for item in (old, new))
    campaign = after or before
    if campaign is None:
        return []
    recorded = datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC)
    occurred_at = after.updated_at if after else strictly_after(campaign.updated_at, recorded)
    author = author_of(new) if new else None
    outgoing = []
    for number, (detail_type, changes) in enumerate(differences(before, after)):
        event = CampaignEvent(
            id=f"evt_{record['eventID']}_{number}",
            occurred_at=occurred_at,
            tenant_id=keys.tenant_id_of(change["Keys"]["PK"]["S"]),
            campaign=campaign.shown(),
            changes=changes,
            actor=author.actor if author else None,
        )
        ready = Outgoing(change["SequenceNumber"], campaign.id, detail_type, event.to_json())
        if ready.size > MAX_BYTES:
            ready = ready._replace(detail=event.shortened().to_json())
        outgoing.append(ready)
    return outgoing


def chunks(events: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    """The events in order, in calls that EventBridge takes.

    No call has two events of one campaign: if the first of them failed alone, the second would overtake it.
    """
    chunk: list[Outgoing] = []
    for event in events:
        full = len(chunk) == MAX_ENTRIES or sum(each.size for each in chunk) + event.size > MAX_BYTES
        if chunk and (full or event.campaign_id in {each.campaign_id for each in chunk}):
            yield chunk
            chunk = []
        chunk.append(event)
    if chunk:
        yield chunk


class Published(NamedTuple):
    """How far events were published."""

    failed_from: str | None
    """The record to deliver again from; None where there is none. The ids of what is repeated are the same."""
    refused: dict[str, str]
    """Records before that whose events the bus refuses for good, and why."""


def publish(client: "EventBridgeClient", bus: str, events: Iterable[Outgoing]) -> Published:
    """Put events on the bus, in order, up to the first that is refused and may pass another time."""
    refused: dict[str, str] = {}
    for chunk in chunks(events):
        try:
            answer = client.put_events(
                Entries=[
                    {"EventBusName": bus, "Source": SOURCE, "DetailType": event.detail_type, "Detail": event.detail}
                    for event in chunk
                ]
            )
        except (BotoCoreError, ClientError):
            logger.exception("nobody took the events")
            return _stopped(chunk[0].sequence_number, refused)
        for event, entry in zip(chunk, answer["Entries"], strict=True):
            if code := entry.get("ErrorCode"):
                logger.error("event refused", sequenceNumber=event.sequence_number, code=code)
                if code in _MAY_PASS:
                    return _stopped(event.sequence_number, refused)
                refused[event.sequence_number] = f"refused: {code}: {entry.get('ErrorMessage')}"
    return Published(None, refused)


def _stopped(at: str, refused: dict[str, str]) -> Published:
    """A record whose events were refused in part comes again as a whole."""
    return Published(at, {number: reason for number, reason in refused.items() if number != at})


def _item(image: dict[str, Any] | None) -> Item | None:
    return deserialize_all(image) if image else None
