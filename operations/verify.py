"""Compares what there is of a tenant: ``python -m operations.verify STACK TENANT``.

Reads only, by key, strongly consistent. Traffic may be under way: what differs counts if it still does after a pause.
"""

import sys
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.campaign import Kind
from campaigns.domain.errors import Unavailable
from campaigns.domain.identifiers import utc_now
from campaigns.store import keys
from campaigns.store.attributes import serialize_all
from campaigns.store.items import campaign_from
from campaigns.store.requests import catalogue as requests
from campaigns.store.table import Item, Table
from operations.deployed import described, table_of, tenants
from operations.schedules import EVERYBODY, IsScheduled, in_scheduler, taken_for_granted, unkept
from operations.verify_history import compare

PAUSE_SECONDS = 10.0


class Report(NamedTuple):
    """What was compared, and the differences, a line each."""

    campaigns: int
    entries: int
    memberships: int
    differences: set[str]
    events: int = 0


def main() -> None:
    """Verify one tenant, or every one, and say how it went."""
    match sys.argv[1:]:
        case [stack, tenant_id] if tenant_id:
            pass
        case _:
            sys.exit("verify: which tenant? make verify-data TENANT=acme, or TENANT='*'")
    try:
        table = table_of(stack)
        known = history_since(stack), in_scheduler(stack)
        if tenant_id == EVERYBODY:
            differences = sum(shown(each, lasting(table, each, PAUSE_SECONDS, *known)) for each in tenants(stack))
        else:
            report = lasting(table, tenant_id, PAUSE_SECONDS, *known)
            if is_unknown(table, tenant_id, report):
                sys.exit(f"verify: there is no tenant {tenant_id}: it never had an API key, and has nothing else")
            differences = shown(tenant_id, report)
    except (BotoCoreError, ClientError, Unavailable) as error:
        sys.exit(f"verify: {error}")
    sys.exit(1 if differences else 0)


def shown(tenant_id: str, report: Report) -> int:
    """Print a tenant's report; how many differences there are."""
    for difference in sorted(report.differences):
        print(difference)
    found = (
        f"{report.campaigns} campaigns, {report.entries} catalogue entries, {report.memberships} memberships, "
        f"{report.events} events"
    )
    print(f"{tenant_id}: {found}: {len(report.differences) or 'no'} differences", flush=True)
    return len(report.differences)


def is_unknown(table: Table, tenant_id: str, report: Report) -> bool:
    """Whether nothing at all is there of a tenant."""
    return report == Report(0, 0, 0, set()) and table.get(keys.api_key_count(tenant_id)) is None


def history_since(stack: str) -> datetime:
    """Since when a stack's history must be complete: since there is the stack, as far back as events are kept.

    A day later, since TTL begins with an event as soon as it may.
    """
    description = described(stack)
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in description["Parameters"]}
    kept = timedelta(days=int(parameters["HistoryDays"]))
    made: datetime = description["CreationTime"]
    return max(made, utc_now() - kept + timedelta(days=1))


def lasting(
    table: Table,
    tenant_id: str,
    pause: float,
    since: datetime | None = None,
    is_scheduled: IsScheduled = taken_for_granted,
) -> Report:
    """The differences that are there both now and after a pause."""
    report = verify(table, tenant_id, since, is_scheduled)
    if not report.differences:
        return report
    time.sleep(pause)
    again = verify(table, tenant_id, since, is_scheduled)
    return again._replace(differences=report.differences & again.differences)


def verify(
    table: Table, tenant_id: str, since: datetime | None = None, is_scheduled: IsScheduled = taken_for_granted
) -> Report:
    """Compare all that a tenant has, with its history since a moment, if one is given."""
    campaigns = {item["id"]: item for item in _items(table, keys.tenant(tenant_id), keys.CAMPAIGN)}
    entries = {
        (kind, item["SK"].removeprefix(f"{kind.name}#")): item
        for kind in Kind
        for item in _items(table, keys.catalogue(tenant_id), f"{kind.name}#")
    }
    held = {
        (kind, id_, campaign_id)
        for campaign_id, campaign in campaigns.items()
        for kind in Kind
        for id_ in campaign[kind.plural]
    }
    subjects = set(entries) | {(kind, id_) for kind, id_, _ in held}
    memberships = {
        (kind, id_, keys.campaign_id_of(item["SK"]))
        for kind, id_ in subjects
        for item in table.query(**requests.memberships(tenant_id, kind, id_, None))
    }
    # A clone that is under way has memberships first; where it ended half way, they go with the note of it.
    unfinished = {item["id"] for item in _items(table, keys.unfinished_clones(tenant_id), keys.CAMPAIGN)}
    memberships = {each for each in memberships if each[2] in campaigns or each[2] not in unfinished}
    differences = {
        f"{campaign}: holds {kind} {id_!r}, without a membership" for kind, id_, campaign in held - memberships
    }
    differences |= {
        f"{campaign}: has a membership of {kind} {id_!r}, "
        + ("does not hold it" if campaign in campaigns else "is gone")
        for kind, id_, campaign in memberships - held
    }
    for kind, id_, campaign_id in held:
        shown, entry = campaigns[campaign_id][kind.plural][id_]["name"], entries.get((kind, id_), {})
        if "name" not in entry:
            differences.add(f"{campaign_id}: holds {kind} {id_!r}, which the tenant does not have")
        elif entry["name"] != shown:
            differences.add(f"{campaign_id}: shows {kind} {id_!r} as {shown!r} instead of {entry['name']!r}")
    events, of_history = compare(table, tenant_id, campaigns, since) if since else (0, set())
    differences |= {
        line for item in campaigns.values() for line in unkept(campaign_from(item), is_scheduled, utc_now())
    }
    return Report(len(campaigns), len(entries), len(memberships), differences | of_history, events)


def _items(table: Table, partition: str, prefix: str) -> list[Item]:
    condition = "PK = :partition AND begins_with(SK, :prefix)"
    values = serialize_all({":partition": partition, ":prefix": prefix})
    return list(table.query(KeyConditionExpression=condition, ExpressionAttributeValues=values))


if __name__ == "__main__":
    main()
