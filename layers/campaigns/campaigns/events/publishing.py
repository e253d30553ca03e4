"""From records of the table's stream to events: into the history, and onto the bus."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.actors import CATALOGUE, Author
from campaigns.domain.campaign import Association
from campaigns.domain.errors import Unavailable
from campaigns.domain.events import SOURCE, CampaignEvent, WebhookEvent, differences, shown, shown_disabling, shown_once
from campaigns.domain.history import Recorded
from campaigns.domain.identifiers import strictly_after, timestamp
from campaigns.events.stream import read_images, sequence_number, tenant_of
from campaigns.runtime.logs import logger
from campaigns.store import keys
from campaigns.store.items import author_of, campaign_from
from campaigns.store.requests.history import LARGEST, pack
from campaigns.store.table import Item, PartitionFull
from campaigns.store.webhooks import webhook_from

if TYPE_CHECKING:
    from types_boto3_events.client import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from campaigns.store.history import HistoryWriter

MAX_ENTRIES = 10
MAX_BYTES = 999_000
"""The entries of one call must be less than 1 MB together (PutEvents in EventBridge's service model)."""

_MAY_PASS = frozenset({"InternalFailure", "ThrottlingException"})
"""The codes of refused entries that EventBridge calls retryable; all others are for good (PutEventsResultEntry)."""


class Outgoing(NamedTuple):
    """An event that is ready for the history and the bus, and the stream record that it is from."""

    sequence_number: str
    subject: str
    """The campaign, sequence, template or webhook that it is about."""
    detail_type: str
    detail: str
    """Empty: it is not for the bus, which it came from."""
    recorded: Recorded
    """For the history."""

    @property
    def size(self) -> int:
        """The bytes that EventBridge counts."""
        return len(SOURCE) + len(self.detail_type) + len(self.detail.encode())


def events_of(record: dict[str, Any], deleted_by: Mapping[tuple[str, str], Author] | None = None) -> list[Outgoing]:
    """The events that one stream record stands for. Their ids and moments follow from the record's own.

    ``deleted_by`` says who deleted campaigns, which no record shows.
    """
    sort_key, before, after = read_images(record)
    if sort_key.startswith(keys.WEBHOOK):
        return _of_webhook(record, before, after)
    if not sort_key.startswith(keys.CAMPAIGN):
        return _of_catalogue(record, sort_key, before, after)
    campaign_before, campaign = (campaign_from(item) if item else None for item in (before, after))
    last = campaign or campaign_before
    if last is None:
        return []
    occurred_at = campaign.updated_at if campaign else strictly_after(last.updated_at, _recorded_at(record))
    author = author_of(after) if after else (deleted_by or {}).get((tenant_of(record), last.id))
    outgoing = []
    for number, (detail_type, changes) in enumerate(differences(campaign_before, campaign)):
        event = CampaignEvent(
            id=_id(record, number),
            occurred_at=occurred_at,
            tenant_id=tenant_of(record),
            campaign=last.shown(),
            changes=changes,
            actor=author.actor if author else None,
        )
        request = author.request if author else None
        detail, packed = event.to_json(), pack(shown(event, detail_type, request))
        if len(SOURCE) + len(detail_type) + len(detail.encode()) > MAX_BYTES:
            detail = event.shortened().to_json()
        if len(packed) > LARGEST:
            packed = pack(shown(event.shortened(), detail_type, request))
        recorded = Recorded(
            event.tenant_id, last.id, detail_type, occurred_at, record["eventID"], number, author, packed
        )
        outgoing.append(Outgoing(sequence_number(record), last.id, detail_type, detail, recorded))
    return outgoing


def _of_catalogue(record: dict[str, Any], sort_key: str, before: Item | None, after: Item | None) -> list[Outgoing]:
    """That a sequence or template was renamed or deleted, once for all campaigns that hold it."""
    was, is_ = (item.get("name") if item else None for item in (before, after))
    if was is None or was == is_ or after is None:
        return []
    kind, id_ = keys.entry_of(sort_key)
    occurred_at = timestamp(_recorded_at(record))
    event_type, event = shown_once(
        _id(record, 0),
        occurred_at,
        tenant_of(record),
        kind,
        Association(id_, was),
        None if is_ is None else Association(id_, is_),
    )
    recorded = Recorded(tenant_of(record), None, event_type, occurred_at, record["eventID"], 0, CATALOGUE, pack(event))
    return [Outgoing(sequence_number(record), sort_key, event_type, "", recorded)]


def _of_webhook(record: dict[str, Any], before: Item | None, after: Item | None) -> list[Outgoing]:
    """That a webhook was disabled by the service itself, which says why."""
    if after is None or "disabledReason" not in after or (before and "disabledReason" in before):
        return []
    webhook = webhook_from(after)
    event = WebhookEvent(
        id=_id(record, 0),
        occurred_at=webhook.updated_at,
        tenant_id=webhook.tenant_id,
        webhook=webhook.shown(),
        reason=after["disabledReason"],
    )
    recorded = Recorded(
        webhook.tenant_id,
        None,
        "webhook.disabled",
        event.occurred_at,
        record["eventID"],
        0,
        None,
        pack(shown_disabling(event)),
    )
    return [Outgoing(sequence_number(record), webhook.id, "webhook.disabled", event.to_json(), recorded)]


def _recorded_at(record: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)


def _id(record: dict[str, Any], number: int) -> str:
    return f"evt_{record['eventID']}_{number}"


def chunks(events: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    """The events in order, in calls that EventBridge takes.

    No call has two events of one subject: if the first of them failed alone, the second would overtake it.
    """
    chunk: list[Outgoing] = []
    for event in events:
        full = len(chunk) == MAX_ENTRIES or sum(each.size for each in chunk) + event.size > MAX_BYTES
        if chunk and (full or event.subject in {each.subject for each in chunk}):
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


def publish(
    client: "EventBridgeClient",
    bus: str,
    history: "HistoryWriter",
    events: Iterable[Outgoing],
    has_time: Callable[[], bool] = lambda: True,
) -> Published:
    """Write events into the history and put them on the bus, in order, up to the first that may pass another time.

    Where ``has_time`` says no, all that remains comes again.

    Each is in the history before it is on the bus: what comes again is in the history as it was, and nobody hears of
    what is not there.
    """
    refused: dict[str, str] = {}
    for number, chunk in enumerate(chunks(events)):
        if number and not has_time():
            return _stopped(chunk[0].sequence_number, refused)
        told = [event for event in chunk if event.detail]
        try:
            refused |= _record(history, chunk)
            answers = client.put_events(Entries=[_entry(bus, event) for event in told])["Entries"] if told else []
        except (BotoCoreError, ClientError, Unavailable):
            logger.exception("nobody took the events")
            return _stopped(chunk[0].sequence_number, refused)
        for event, entry in zip(told, answers, strict=True):
            if code := entry.get("ErrorCode"):
                logger.error("event refused", sequenceNumber=event.sequence_number, code=code)
                if code in _MAY_PASS:
                    return _stopped(event.sequence_number, refused)
                refused[event.sequence_number] = f"refused: {code}: {entry.get('ErrorMessage')}"
    return Published(None, refused)


def _record(history: "HistoryWriter", events: list[Outgoing]) -> dict[str, str]:
    """Write events into the history; those that there is no room for, by their records, and why.

    Ten gigabytes of a tenant's month are its own loss: others' events do not wait for them.
    """
    try:
        history.record(event.recorded for event in events)
    except PartitionFull:
        full = {}
        for event in events:
            try:
                history.record([event.recorded])
            except PartitionFull:
                logger.exception("history full", tenantId=event.recorded.tenant_id)
                full[event.sequence_number] = "not recorded: the history of this tenant's month has 10 GB"
        return full
    return {}


def _entry(bus: str, event: Outgoing) -> "PutEventsRequestEntryTypeDef":
    return {
        "EventBusName": bus,
        "Source": SOURCE,
        "DetailType": event.detail_type,
        "Detail": event.detail,
    }


def _stopped(at: str, refused: dict[str, str]) -> Published:
    """A record whose events were refused in part comes again as a whole."""
    return Published(at, {number: reason for number, reason in refused.items() if number != at})
