"""Erases all that a stack has of a tenant: ``python -m operations.erase STACK TENANT 1``; without the 1 it only counts.

The keys end first, so that nobody writes meanwhile. It can be run again wherever it ended, and ends by itself when it
finds nothing more. It reads the whole table: a tenant's item is found by its key, of whatever kind it is.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import TypeAdapter, ValidationError

from campaigns.domain.api_keys import ApiKey
from campaigns.domain.errors import Unavailable
from campaigns.domain.tenants import TenantId
from campaigns.gateway.usage_plan import UsagePlan
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.attributes import serialize_all
from campaigns.store.keys import Key
from campaigns.store.table import Table
from operations.deployed import table_of

QUIET = timedelta(seconds=90)
"""After a key's revocation: the authorizer's answer counts for 50 s, and who is let in then has 29 s to be answered."""
SETTLING_SECONDS = 10.0
"""For what follows from a deletion through the table's stream, before it is looked whether anything is there."""


def main() -> None:
    """Erase one tenant, or say what would be erased."""
    match sys.argv[1:]:
        case [stack, tenant_id, ("" | "1") as really] if is_tenant_id(tenant_id):
            pass
        case _:
            sys.exit("erase: which tenant? make erase-tenant TENANT=acme, and REALLY=1 to do it")
    try:
        table = table_of(stack)
        plan = UsagePlan(boto3.client("apigateway"), stack, plan_id="")
        if not really:
            print(f"{tenant_id} has {would_be_erased(table, plan, tenant_id)}. To erase all of it: REALLY=1")
            return
        print(f"{tenant_id}: ending its keys; what is under way has {QUIET.seconds} s", flush=True)
        print(f"{tenant_id}: erased {counts(erase(table, plan, [tenant_id]))}; nothing is left")
    except (BotoCoreError, ClientError, Unavailable) as error:
        sys.exit(f"erase: {error}; run it again, it goes on from there")


def is_tenant_id(text: str) -> bool:
    """Whether a tenant may be called so: with a ``#``, it would name a part of one."""
    try:
        TypeAdapter(TenantId).validate_python(text)
    except ValidationError:
        return False
    return True


def would_be_erased(table: Table, plan: UsagePlan, tenant_id: str) -> str:
    """What there is of a tenant, in words."""
    active = sum(key.revoked_at is None for key in ApiKeyStore(table).list(tenant_id))
    usage = "a" if plan.knows(tenant_id) else "no"
    there = Counter(keys.kind_of(key["PK"]["S"]) for key in everything(table, tenant_id))
    return f"{counts(there)}; {active} active API keys; {usage} key at API Gateway"


def erase(table: Table, plan: UsagePlan, tenant_ids: list[str]) -> Counter[str]:
    """Erase all of these tenants; how many items of each kind there were.

    Raises:
        Unavailable: DynamoDB did not answer in time. What was done stays done.
    """
    ended = [key for each in tenant_ids for key in end_keys(ApiKeyStore(table), plan, each)]
    last = max((datetime.fromisoformat(key.revoked_at) for key in ended if key.revoked_at), default=None)
    if last is not None:
        time.sleep(max(0.0, (last + QUIET - datetime.now(UTC)).total_seconds()))
    erased = Counter[str]()
    while found := sum((sweep(table, each) for each in tenant_ids), Counter[str]()):
        erased += found
        time.sleep(SETTLING_SECONDS)
    return erased


def end_keys(store: ApiKeyStore, plan: UsagePlan, tenant_id: str) -> list[ApiKey]:
    """Revoke a tenant's keys, and take it out of the usage plan; all that it ever had."""
    ended = [store.revoke(tenant_id, key.key_id) for key in store.list(tenant_id)]
    plan.dismiss(tenant_id)
    return ended


def sweep(table: Table, tenant_id: str) -> Counter[str]:
    """Delete all items of a tenant that a scan finds; how many of each kind."""
    found = Counter[str]()

    def counted() -> Iterator[Key]:
        for key in everything(table, tenant_id):
            found[keys.kind_of(key["PK"]["S"])] += 1
            yield key

    table.delete_all(counted())
    return found


def everything(table: Table, tenant_id: str) -> Iterator[Key]:
    """The keys of all items of a tenant, of whatever kind, strongly consistent.

    Its partitions have its id in front, and a ``#`` behind it where the key goes on. API keys are kept by their hashes,
    and say whose they are.
    """
    values = {
        ":campaigns": keys.tenant(tenant_id),
        ":others": f"{keys.tenant(tenant_id)}#",
        ":apiKeys": keys.API_KEY,
        ":id": tenant_id,
    }
    request = {
        "FilterExpression": (
            "PK = :campaigns OR begins_with(PK, :others) OR (begins_with(PK, :apiKeys) AND tenantId = :id)"
        ),
        "ExpressionAttributeValues": serialize_all(values),
        "ProjectionExpression": "PK, SK",
    }
    while True:
        page = table.send("scan", ConsistentRead=True, **request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def counts(found: Counter[str]) -> str:
    """How many items of each kind, by the words of their keys."""
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(found.items()))
    return f"{found.total()} items" + (f" ({kinds})" if kinds else "")


if __name__ == "__main__":
    main()
