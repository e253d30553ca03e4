"""Idempotency keys: what was made under one is made once, and the first answer comes again for a day."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from campaigns.domain.campaign import Campaign
from campaigns.domain.errors import Conflict
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.items import campaign_shown
from campaigns.store.requests.clauses import IS_NEW, Request
from campaigns.store.table import Item

LIFE = timedelta(hours=24)
HAS_EXPIRED = "expiresAt <= :epoch"
"""TTL deletes within days, not at once."""


class Created(NamedTuple):
    """The answer to a creation; ``replayed`` says that it is an earlier one's."""

    campaign: Campaign
    replayed: bool


class Once(NamedTuple):
    """That a request shall happen once. Its record is written in the transaction that does it, or not at all."""

    tenant_id: str
    key: str
    fingerprint: str
    """Of what is asked: the endpoint, and what its body means."""
    now: datetime

    @property
    def record_key(self) -> keys.Key:
        """Where the record is."""
        return keys.idempotency_record(self.tenant_id, self.key)

    def first(self, record: Item | None) -> Item | None:
        """A record that still counts.

        Raises:
            Conflict: the key was used for something else.
        """
        if record is None or record["expiresAt"] <= int(self.now.timestamp()):
            return None
        if record["fingerprint"] != self.fingerprint:
            raise Conflict("The Idempotency-Key was used with another body, or at another endpoint.")
        return record

    def answer(self, record: Item | None, draft: Campaign | None = None) -> Created | None:
        """The first answer again; None where there is none, or none any more.

        ``draft`` is what a creation would make: the first release kept of its answers only what is not in that.

        Raises:
            Conflict: the key was used for something else.
        """
        record = self.first(record)
        if record is None:
            return None
        if "campaign" in record or draft is None:
            return Created(campaign_shown(record["campaign"]), replayed=True)
        moment = record["createdAt"]
        return Created(replace(draft, id=record["campaignId"], created_at=moment, updated_at=moment), replayed=True)

    def remember(self, campaign: Campaign) -> Request:
        """An operation of a transaction: put the record, unless there is one.

        It holds the campaign as it was made: what it showed may have been renamed or deleted by the next time.
        """
        return self.keep({"campaignId": campaign.id, "createdAt": campaign.created_at, "campaign": campaign.shown()})

    def keep(self, made: dict[str, Any]) -> Request:
        """An operation of a transaction: put the record of what was made, unless there is one."""
        record = {"fingerprint": self.fingerprint, **made, "expiresAt": int((self.now + LIFE).timestamp())}
        return {
            "Put": {
                "Item": self.record_key | serialize_all(record),
                "ConditionExpression": f"{IS_NEW} OR {HAS_EXPIRED}",
                "ExpressionAttributeValues": serialize_all({":epoch": int(self.now.timestamp())}),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }


def fingerprint(*what: Any) -> str:
    """A hash of what is asked."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
