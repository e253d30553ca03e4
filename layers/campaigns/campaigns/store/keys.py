"""The keys of the one table. No other module spells a key.

Every access path is a key or a local index, so every read can be strongly consistent.

================  ============================  =====================  =======================================
item              PK                            SK                     read by
================  ============================  =====================  =======================================
campaign          TENANT#t                      CAMPAIGN#cmp_…         get; lists, by creation and by the indexes
catalogue entry   TENANT#t#CATALOGUE            SEQUENCE#id            additions (with the campaign), events
                                                TEMPLATE#id
membership        TENANT#t#SEQUENCE#id          CAMPAIGN#cmp_…         events: who holds it?
                  TENANT#t#TEMPLATE#id
unfinished clone  TENANT#t#UNFINISHED           CAMPAIGN#cmp_…         its own writer, events
idempotency       TENANT#t#IDEMPOTENCY#key      IDEMPOTENCY            creations with an idempotency key
record
event             TENANT#t#EVENTS#2026-11       moment, record, no.    the tenant's history
                  TENANT#t#EVENTS#cmp_…                                a campaign's history
note of a         TENANT#t#DELETIONS            CAMPAIGN#cmp_…         events: who deleted it?
deletion
API key           APIKEY#sha256                 APIKEY                 the authorizer
key listing       TENANT#t#KEYS                 KEY#keyId              the operator's list
key count         TENANT#t#KEYS                 COUNT                  the limit on active keys
webhook           TENANT#t#WEBHOOKS             WEBHOOK#wh_…           get; lists; events: who wants them?
webhook count     TENANT#t#WEBHOOKS             COUNT                  the limit on webhooks
delivery          TENANT#t#WEBHOOK#wh_…         dlv_…                  its webhook's log, and the next attempt
================  ============================  =====================  =======================================

The local indexes are of a tenant's campaigns, and of nothing else: a partition with an index may have 10 GB, so what is
not a campaign is in a partition of its own.

==========  =========================  ====================================================================
index       sorted by                  holds besides the keys
==========  =========================  ====================================================================
ByStatus    status, then creation      archivedAt
ByUpdate    updatedAt, then creation   archivedAt, status, labelKeys, byName: what else is filtered by
ByName      folded name, then          archivedAt
            creation
==========  =========================  ====================================================================

A tenant id holds no ``#``, so no tenant's key can be mistaken for another's; an association id or an idempotency key
may hold one, and stands last wherever it stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from campaigns.domain.campaign import Kind
from campaigns.domain.names import folded


class S(TypedDict):
    """A string in DynamoDB's own JSON."""

    S: str


class Key(TypedDict):
    """The primary key of one item, in DynamoDB's own JSON."""

    PK: S
    SK: S


CAMPAIGN = "CAMPAIGN#"
TENANT = "TENANT#"
API_KEY = "APIKEY#"
LISTED_KEY = "KEY#"
WEBHOOK = "WEBHOOK#"
END_OF_NAME = "\x1f"
"""Stands behind a name in an index: no name holds a control character, and none sorts before it."""
_LONGEST_NAME = 990
"""In bytes. A sort key has at most 1,024, of which an id takes 31; folding can triple a name."""
SHORTEST_CUT = 278
"""The fewest characters that a cut name has, of at most four bytes each, with its end and the id."""
LONGEST = 1024
"""Of a sort key, in bytes."""
ANY_STATUS = "a", "~"
"""The least and the greatest place in the index ByStatus."""
ANY_NAME = END_OF_NAME, "\U0010ffff" * 256
"""The least and the greatest place in the index ByName."""


def campaign(tenant_id: str, campaign_id: str) -> Key:
    """A campaign with its association sets."""
    return _key(tenant(tenant_id), CAMPAIGN + campaign_id)


def by_status(status: str, campaign_id: str) -> str:
    """Where a campaign stands in the index ByStatus."""
    return f"{status}#{campaign_id}"


def by_update(updated_at: str, campaign_id: str) -> str:
    """Where a campaign stands in the index ByUpdate."""
    return f"{updated_at}#{campaign_id}"


def by_name(name: str, campaign_id: str) -> str:
    """Where a campaign stands in the index ByName: names of which the first 990 bytes are alike stand by creation."""
    shortened = folded(name).encode()[:_LONGEST_NAME].decode(errors="ignore")
    return shortened + END_OF_NAME + campaign_id


def name_in(by_name: str) -> tuple[str, bool]:
    """The folded name of a campaign that stands at ``by_name``, and whether that is surely all of it."""
    name = by_name.rpartition(END_OF_NAME)[0]
    return name, len(by_name) < SHORTEST_CUT


def catalogue_entry(tenant_id: str, kind: Kind, association_id: str) -> Key:
    """What the tenant calls a sequence or template, or the tombstone of one."""
    return _key(catalogue(tenant_id), f"{kind.name}#{association_id}")


def membership(tenant_id: str, kind: Kind, association_id: str, campaign_id: str) -> Key:
    """That a campaign holds a sequence or template."""
    return _key(memberships(tenant_id, kind, association_id), CAMPAIGN + campaign_id)


def unfinished(tenant_id: str, campaign_id: str) -> Key:
    """That a campaign is being cloned, whose memberships are written before it."""
    return _key(unfinished_clones(tenant_id), CAMPAIGN + campaign_id)


def idempotency_record(tenant_id: str, idempotency_key: str) -> Key:
    """What the tenant made under an idempotency key."""
    return _key(f"{tenant(tenant_id)}#IDEMPOTENCY#{idempotency_key}", "IDEMPOTENCY")


def deletion(tenant_id: str, campaign_id: str) -> Key:
    """Who deleted a campaign, of which nothing else is left."""
    return _key(f"{tenant(tenant_id)}#DELETIONS", CAMPAIGN + campaign_id)


def event(partition: str, position: str) -> Key:
    """An event, in the history of a tenant's month or of a campaign."""
    return _key(partition, position)


def event_position(occurred_at: str, record_id: str, number: int) -> str:
    """Where an event stands in a history: by its moment; those of one change in their order."""
    return f"{occurred_at}#{record_id}#{number:04}"


def events_between(first: str, last: str) -> tuple[str, str]:
    """The least and the greatest place of events from one moment to another, both included."""
    return f"{first}#", f"{last}$"


def api_key(digest: str) -> Key:
    """The tenant of an API key, by the hexadecimal SHA-256 of the whole key."""
    return _key(API_KEY + digest, "APIKEY")


def api_key_listing(tenant_id: str, key_id: str) -> Key:
    """What the operator sees of a tenant's key."""
    return _key(api_keys(tenant_id), LISTED_KEY + key_id)


def api_key_count(tenant_id: str) -> Key:
    """How many active keys the tenant has."""
    return _key(api_keys(tenant_id), "COUNT")


def webhook(tenant_id: str, webhook_id: str) -> Key:
    """A webhook, with its sealed secrets."""
    return _key(webhooks(tenant_id), WEBHOOK + webhook_id)


def webhook_count(tenant_id: str) -> Key:
    """How many webhooks the tenant has."""
    return _key(webhooks(tenant_id), "COUNT")


def delivery(tenant_id: str, webhook_id: str, delivery_id: str) -> Key:
    """An event on its way to a webhook."""
    return _key(deliveries(tenant_id, webhook_id), delivery_id)


def tenant(tenant_id: str) -> str:
    """The partition of a tenant's campaigns."""
    return TENANT + tenant_id


def catalogue(tenant_id: str) -> str:
    """The partition of a tenant's sequences and templates."""
    return f"{tenant(tenant_id)}#CATALOGUE"


def unfinished_clones(tenant_id: str) -> str:
    """The partition of the notes of a tenant's unfinished clones."""
    return f"{tenant(tenant_id)}#UNFINISHED"


def api_keys(tenant_id: str) -> str:
    """The partition of a tenant's API keys."""
    return f"{tenant(tenant_id)}#KEYS"


def events(tenant_id: str, of: str) -> str:
    """The partition of a tenant's history in a month (``2026-11``), or of one campaign's."""
    return f"{tenant(tenant_id)}#EVENTS#{of}"


def webhooks(tenant_id: str) -> str:
    """The partition of a tenant's webhooks."""
    return f"{tenant(tenant_id)}#WEBHOOKS"


def deliveries(tenant_id: str, webhook_id: str) -> str:
    """The partition of a webhook's log."""
    return f"{tenant(tenant_id)}#{WEBHOOK}{webhook_id}"


def memberships(tenant_id: str, kind: Kind, association_id: str) -> str:
    """The partition of the campaigns that hold one sequence or template."""
    return f"{tenant(tenant_id)}#{kind.name}#{association_id}"


def campaign_at(partition: str, campaign_id: str, sorted_by: str, position: str) -> dict[str, S]:
    """Where a walk over campaigns, or memberships, or one of their indexes goes on: just after a place in it."""
    start: dict[str, S] = {"PK": {"S": partition}, "SK": {"S": CAMPAIGN + campaign_id}}
    return start | {sorted_by: {"S": position}}


def tenant_id_of(partition_key: str) -> str:
    """The tenant that the partition key of a campaign, finished or not, names."""
    return partition_key.removeprefix(TENANT).partition("#")[0]


def membership_of(partition_key: str) -> tuple[str, Kind, str]:
    """The tenant, the kind and the id of what a partition holds the memberships of."""
    tenant_id, kind, id_ = partition_key.removeprefix(TENANT).split("#", 2)
    return tenant_id, Kind[kind], id_


def kind_of(partition_key: str) -> str:
    """What a partition holds, by the word that its key has for it: ``campaign``, ``catalogue``, ``keys`` ..."""
    first, *rest = partition_key.split("#", 3)
    if first == TENANT[:-1]:
        return rest[1].lower() if len(rest) > 1 else "campaign"
    return first.lower()


def association_id_of(sort_key: str) -> str:
    """The sequence or template that a catalogue entry's sort key names."""
    return sort_key.partition("#")[2]


def entry_of(sort_key: str) -> tuple[Kind, str]:
    """The kind and the id that a catalogue entry's sort key names."""
    name, _, id_ = sort_key.partition("#")
    return Kind[name], id_


def campaign_id_of(sort_key: str) -> str:
    """The campaign that a membership's sort key names."""
    return sort_key.removeprefix(CAMPAIGN)


def all_of_tenant(request: Mapping[str, Any], tenant_id: str | None) -> bool:
    """Whether a request to DynamoDB names this tenant's items, and nothing else."""
    if tenant_id is None:
        return False
    own = tenant(tenant_id)
    named = set(partitions(request))
    return bool(named) and all(each == own or each.startswith(f"{own}#") for each in named)


def partitions(request: Any) -> Iterator[str]:
    """The partition keys that a request, or a part of one, names. One that can't be read is "", which is nobody's."""
    match request:
        case {"PK": {"S": partition}}:  # a key, or an item
            yield partition
        case {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **others}:
            placeholder = condition.removeprefix("PK = ").partition(" ")[0]
            yield values.get(placeholder, {}).get("S", "")
            yield from partitions(others)
        case dict():
            for name, each in request.items():
                if not name.startswith("Expression"):  # values to compare with or to write, no keys
                    yield from partitions(each)
        case list():
            for each in request:
                yield from partitions(each)


def _key(partition: str, sort: str) -> Key:
    return {"PK": {"S": partition}, "SK": {"S": sort}}
