"""Tells what happens to campaigns: records of the table's stream become events, in the history and on the bus."""

import os
from typing import TYPE_CHECKING, Any

from campaigns.events.publishing import Outgoing, events_of, publish
from campaigns.events.stream import deleted_campaigns, sequence_number
from campaigns.runtime.bootstrap import dead_letters, event_bus, history_kept, table_of_all_tenants
from campaigns.runtime.logs import logger
from campaigns.store.history import HistoryWriter

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

client = event_bus()
bus = os.environ["CAMPAIGNS_EVENT_BUS"]
kept = dead_letters()
history = HistoryWriter(table_of_all_tenants(), history_kept())

RESERVE_SECONDS = 20.0
"""What is left of an invocation when what remains is left to the next one: more than two calls take at worst."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answers the record to go on from, where not all could be published: Lambda delivers again from there.

    A record that can never be published is kept aside, and holds up nothing. Where the notes of who deleted campaigns
    can't be read, the invocation fails, and the whole batch comes again.
    """
    ready: list[Outgoing] = []
    hopeless: dict[str, str] = {}
    deleted_by = history.deleted_by(deleted_campaigns(event["Records"]))
    for record in event["Records"]:
        try:
            ready += events_of(record, deleted_by)
        except Exception as error:
            logger.exception("unreadable record", sequenceNumber=sequence_number(record))
            hopeless[sequence_number(record)] = f"unreadable: {type(error).__name__}: {error}"
    published = publish(
        client, bus, history, ready, lambda: context.get_remaining_time_in_millis() > RESERVE_SECONDS * 1000
    )
    hopeless |= published.refused
    for record in event["Records"]:
        number = sequence_number(record)
        if number == published.failed_from:
            break  # What follows comes again.
        if reason := hopeless.get(number):
            kept.keep_record(record, reason)
    failed = published.failed_from
    logger.info("published", records=len(event["Records"]), events=len(ready), failedFrom=failed)
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}
