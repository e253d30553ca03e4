"""The keys of the one table. No other module spells a key.

Every access path is a key, so no index is needed and every read can be strongly consistent.

================  ==========================  =====================  =========================================
item              PK                          SK                     read by
================  ==========================  =====================  =========================================
campaign          TENANT#t                    CAMPAIGN#cmp_…         get; list (Query, descending)
catalogue entry   TENANT#t                    SEQUENCE#id            add (with the campaign), catalogue events
                                              TEMPLATE#id
membership        TENANT#t#SEQUENCE#id        CAMPAIGN#cmp_…         catalogue events (Query): who holds it?
                  TENANT#t#TEMPLATE#id
idempotency       TENANT#t                    IDEMPOTENCY#key        create, with an idempotency key
record
API key           APIKEY#sha256               APIKEY                 the authorizer
key listing       TENANT#t                    APIKEY#keyId           the operator's list (Query)
key count         TENANT#t                    APIKEYS                the limit on active keys
================  ==========================  =====================  =========================================

A tenant id holds no ``#``, so no tenant's key can be mistaken for another's; an association id may hold one, and stands
last wherever it stands.
"""

from typing import TypedDict

from campaigns.domain.campaign import Kind


class S(TypedDict):
    """A string in DynamoDB's own JSON."""

    S: str


class Key(TypedDict):
    """The primary key of one item, in DynamoDB's own JSON."""

    PK: S
    SK: S


CAMPAIGN = "CAMPAIGN#"
API_KEY = "APIKEY#"


def campaign(tenant_id: str, campaign_id: str) -> Key:
    """A campaign with its association sets."""
    return _key(tenant(tenant_id), CAMPAIGN + campaign_id)


def catalogue_entry(tenant_id: str, kind: Kind, association_id: str) -> Key:
    """What the tenant calls a sequence or template, or the tombstone of one."""
    return _key(tenant(tenant_id), f"{kind.name}#{association_id}")


def membership(tenant_id: str, kind: Kind, association_id: str, campaign_id: str) -> Key:
    """That a campaign holds a sequence or template."""
    return _key(memberships(tenant_id, kind, association_id), CAMPAIGN + campaign_id)


def idempotency_record(tenant_id: str, idempotency_key: str) -> Key:
    """What the tenant made under an idempotency key."""
    return _key(tenant(tenant_id), f"IDEMPOTENCY#{idempotency_key}")


def api_key(digest: str) -> Key:
    """The tenant of an API key, by the hexadecimal SHA-256 of the whole key."""
    return _key(API_KEY + digest, "APIKEY")


def api_key_listing(tenant_id: str, key_id: str) -> Key:
    """What the operator sees of a tenant's key."""
    return _key(tenant(tenant_id), API_KEY + key_id)


def api_key_count(tenant_id: str) -> Key:
    """How many active keys the tenant has."""
    return _key(tenant(tenant_id), "APIKEYS")


def tenant(tenant_id: str) -> str:
    """The partition of a tenant's campaigns, catalogue and key listings."""
    return f"TENANT#{tenant_id}"


def memberships(tenant_id: str, kind: Kind, association_id: str) -> str:
    """The partition of the campaigns that hold one sequence or template."""
    return f"{tenant(tenant_id)}#{kind.name}#{association_id}"


def tenant_id_of(partition_key: str) -> str:
    """The tenant that a campaign's partition key names."""
    return partition_key.removeprefix("TENANT#")


def campaign_id_of(sort_key: str) -> str:
    """The campaign that a membership's sort key names."""
    return sort_key.removeprefix(CAMPAIGN)


def _key(partition: str, sort: str) -> Key:
    return {"PK": {"S": partition}, "SK": {"S": sort}}
