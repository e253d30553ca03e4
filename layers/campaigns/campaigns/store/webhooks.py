"""Webhooks: made, read, changed, deleted, and their secrets.

Each method says how many round trips to DynamoDB it makes without contention.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from campaigns.domain.errors import InvalidInput, NotFound
from campaigns.domain.identifiers import Clock, is_webhook_id, timestamp, utc_now
from campaigns.domain.webhooks import MAX_SECRETS, MAX_WEBHOOKS, Sealed, Webhook
from campaigns.store import keys
from campaigns.store.attributes import deserialize_all
from campaigns.store.idempotency import Once, fingerprint
from campaigns.store.requests import webhooks as requests
from campaigns.store.table import OVERTAKEN, ConditionFailed, Item, OutcomeUnknown, Table, TransactionRefused

if TYPE_CHECKING:
    from campaigns.domain.webhook_inputs import NewWebhook, WebhookPatch

_COUNT, _RECORD = 0, 2
"""Where they stand in the transaction that makes a webhook."""


class MadeWebhook(NamedTuple):
    """The answer to a creation; ``replayed`` says that it is an earlier one's."""

    webhook: Webhook
    replayed: bool


class WebhookStore:
    """The webhooks of all tenants. Every read is strongly consistent."""

    def __init__(self, table: Table, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def create(
        self, tenant_id: str, webhook_id: str, new: "NewWebhook", secret: Sealed, idempotency_key: str | None = None
    ) -> MadeWebhook:
        """Make a webhook, or answer once more with the one that this key has made within 24 hours.

        One round trip; two where it is answered once more, since its record may be there a moment before the webhook.

        Raises:
            InvalidInput: the tenant has as many as it may.
            Conflict: the key was used with another body, or at another endpoint.
        """
        now = self._clock()
        webhook = Webhook(
            id=webhook_id,
            tenant_id=tenant_id,
            url=new.url,
            events=tuple(new.events),
            description=new.description,
            secrets=(secret,),
            created_at=timestamp(now),
            updated_at=timestamp(now),
        )
        asked = fingerprint("webhook", *new)
        once = None if idempotency_key is None else Once(tenant_id, idempotency_key, asked, now)
        item = deserialize_all(requests.webhook_item(webhook))
        try:
            self._table.transact([*requests.create(webhook), *([once.keep({"webhook": item})] if once else [])])
        except TransactionRefused as refusal:
            if once and _RECORD in refusal.refusals and (record := once.first(refusal.refusals[_RECORD].item)):
                made = webhook_from(record["webhook"])
                self._table.get_settled([keys.webhook(tenant_id, made.id)])
                return MadeWebhook(made, replayed=True)
            if _COUNT in refusal.refusals:
                raise InvalidInput.of(
                    "body", f"would be one too many: an organisation has up to {MAX_WEBHOOKS} webhooks"
                ) from refusal
            raise
        return MadeWebhook(webhook, replayed=False)

    def list(self, tenant_id: str) -> list[Webhook]:
        """All of a tenant's, oldest first. One round trip."""
        return [webhook_from(item) for item in self._table.query(**requests.all_of(tenant_id))]

    def get(self, tenant_id: str, webhook_id: str) -> Webhook:
        """One webhook. One round trip.

        Raises:
            NotFound: the tenant has no such webhook.
        """
        check_webhook_id(webhook_id)
        return _found(self._table.get(keys.webhook(tenant_id, webhook_id)))

    def update(self, tenant_id: str, webhook_id: str, patch: "WebhookPatch") -> Webhook:
        """Set what the patch names. One round trip.

        Raises:
            NotFound: the tenant has no such webhook.
        """
        check_webhook_id(webhook_id)
        request = requests.update(tenant_id, webhook_id, patch, now=timestamp(self._clock()))
        try:
            answer = self._table.send("update_item", **request)
        except ConditionFailed as refusal:
            if refusal.doubtful:  # It may have been changed before it was deleted.
                raise OutcomeUnknown from refusal
            raise no_such_webhook() from refusal
        return webhook_from(deserialize_all(answer["Attributes"]))

    def rotate(self, tenant_id: str, webhook_id: str, secret: Sealed, grace: timedelta) -> Webhook:
        """Sign with another secret; the one before signs, too, for the grace. Two round trips.

        Raises:
            NotFound: the tenant has no such webhook.
            InvalidInput: too many of its secrets sign.
        """
        for _ in self._table.attempts(OVERTAKEN):
            seen = self.get(tenant_id, webhook_id)
            now = self._clock()
            current, *before = seen.signing(timestamp(now))
            retired = [Sealed(current.blob, timestamp(now + grace))] if grace else []
            secrets = (secret, *retired, *before)
            if len(secrets) > MAX_SECRETS:
                raise InvalidInput.of("graceSeconds", f"must be 0: {MAX_SECRETS - 1} secrets of before still sign")
            request = requests.rotate(tenant_id, webhook_id, secrets, seen.secrets, now=timestamp(now))
            try:
                answer = self._table.send("update_item", **request)
            except ConditionFailed as refusal:
                there = _found(refusal.item)
                if secret.blob in {each.blob for each in there.secrets}:
                    return there  # Our own earlier attempt, its answer lost.
                continue  # Another rotation was first.
            return webhook_from(deserialize_all(answer["Attributes"]))
        raise AssertionError("attempts() ends by raising")

    def delete(self, tenant_id: str, webhook_id: str) -> None:
        """Delete a webhook; what waits to be delivered to it is not. One round trip.

        Raises:
            NotFound: the tenant has no such webhook.
        """
        check_webhook_id(webhook_id)
        try:
            self._table.transact(requests.delete(tenant_id, webhook_id))
        except TransactionRefused as refusal:
            raise no_such_webhook() from refusal


def webhook_from(item: Item) -> Webhook:
    """An item as a webhook."""
    return Webhook(
        id=item["id"],
        tenant_id=keys.tenant_id_of(item["PK"]),
        url=item["url"],
        events=tuple(item["events"]),
        description=item["description"],
        secrets=tuple(Sealed(each["blob"], each.get("notAfter")) for each in item["secrets"]),
        created_at=item["createdAt"],
        updated_at=item["updatedAt"],
        disabled_at=item.get("disabledAt"),
        disabled_reason=item.get("disabledReason"),
        failing_since=item.get("failingSince"),
        slow_until=item.get("slowUntil"),
    )


def no_such_webhook() -> NotFound:
    """The refusal of an id."""
    return NotFound("There is no such webhook.")


def check_webhook_id(webhook_id: str) -> None:
    """Refuse what can't be a webhook's id, before the table is asked.

    Raises:
        NotFound: it can't.
    """
    if not is_webhook_id(webhook_id):
        raise no_such_webhook()


def _found(item: Item | None) -> Webhook:
    if item is None:
        raise no_such_webhook()
    return webhook_from(item)
