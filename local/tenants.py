"""Tenants of the local stack: API keys for them, and announcements as other services make them.

Run by the Makefile, within ``local.stack run``: the environment says where the stack is.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.errors import InvalidInput
from campaigns.events.announcements import read_announcement
from campaigns.store import keys

if TYPE_CHECKING:
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from campaigns.domain.catalogue import Announcement

EXAMPLE = "make announce TENANT=acme SEQUENCE=onboarding NAME=Onboarding (or TEMPLATE=..., and DELETE=1 without NAME)"
PATIENCE_SECONDS = 300
"""How long to wait for what may still come, on a machine that has much else to do."""


class TenantsError(Exception):
    """What was asked can't be done; the message says why, and what to do."""


def main() -> None:
    """Do what the command line asks, or say in one line why not."""
    try:
        match sys.argv[1:]:
            case ["key", tenant]:
                print(issue_key(tenant))
            case ["announce", tenant, sequence, template, name, delete]:
                print(announce_one(tenant, sequence, template, name, delete))
            case _:
                sys.exit("usage: tenants.py key TENANT | announce TENANT SEQUENCE TEMPLATE NAME DELETE")
    except (TenantsError, InvalidInput, BotoCoreError, ClientError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")


def issue_key(tenant: str) -> str:
    """A new raw key."""
    if not tenant:
        raise TenantsError("for which tenant? make key TENANT=acme")
    answer = boto3.client("lambda").invoke(
        FunctionName=os.environ["CAMPAIGNS_MANAGE_API_KEYS"],
        Payload=json.dumps({"operation": "create", "tenantId": tenant}),
    )
    result = json.load(answer["Payload"])
    if "key" not in result:
        raise TenantsError(result.get("error", {}).get("message") or f"the function failed, see make logs: {result}")
    return str(result["key"])


def announce_one(tenant: str, sequence: str, template: str, name: str, delete: str) -> str:
    """Announce what the Makefile's variables say, of which some are empty; a line about it once it is followed."""
    if not tenant:
        raise TenantsError(f"for which tenant? {EXAMPLE}")
    if bool(sequence) == bool(template):
        raise TenantsError(f"either SEQUENCE or TEMPLATE: {EXAMPLE}")
    if bool(name) == bool(delete) or delete not in {"", "1"}:
        raise TenantsError(f"either NAME or DELETE=1: {EXAMPLE}")
    kind, id_ = ("sequence", sequence) if sequence else ("template", template)
    announce([entry(tenant, kind, id_, name or None)])
    return f"{tenant} has the {kind} {id_}: {name}" if name else f"{tenant} no longer has the {kind} {id_}"


def entry(tenant: str, kind: str, id_: str, name: str | None) -> "PutEventsRequestEntryTypeDef":
    """What the service that owns sequences or templates puts on the bus; without a name, a deletion."""
    detail = {"tenantId": tenant, "id": id_, "updatedAt": datetime.now(UTC).isoformat()}
    return {
        "EventBusName": os.environ["CAMPAIGNS_EVENT_BUS"],
        "Source": f"kraiter.{kind}s",
        "DetailType": f"{kind}.{'created' if name else 'deleted'}",
        "Detail": json.dumps(detail | ({"name": name} if name else {})),
    }


def announce(entries: list["PutEventsRequestEntryTypeDef"]) -> None:
    """Put them on the bus, and wait until the catalogue has followed them. What can't be followed is not put there."""
    told = [
        read_announcement(
            json.dumps(
                {"source": each["Source"], "detail-type": each["DetailType"], "detail": json.loads(each["Detail"])}
            )
        )
        for each in entries
    ]
    answer = boto3.client("events").put_events(Entries=entries)
    if answer["FailedEntryCount"]:
        raise TenantsError(f"the bus refused it: {answer['Entries']}")
    wait_until_followed(told)


def wait_until_followed(told: list["Announcement"]) -> None:
    """Until the catalogue is as new as each announcement."""
    dynamodb, table = boto3.client("dynamodb"), os.environ["CAMPAIGNS_TABLE"]
    wanted: list[Any] = [keys.catalogue_entry(each.tenant_id, each.kind, each.id) for each in told]
    as_of = min(each.as_of for each in told)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found = dynamodb.batch_get_item(RequestItems={table: {"Keys": wanted}})["Responses"][table]
        if sum(int(item["asOf"]["N"]) >= as_of for item in found) == len(wanted):
            return
        time.sleep(0.2)
    raise TenantsError(f"announced, and not followed within {PATIENCE_SECONDS} s; make logs shows what happens")


if __name__ == "__main__":
    main()
