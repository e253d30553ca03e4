"""Announces what happens to campaigns: records of the table's stream become events on the bus."""

import os
from typing import TYPE_CHECKING, Any

from campaigns.events.publishing import Outgoing, events_of, publish
from campaigns.events.stream import sequence_number
from campaigns.runtime.bootstrap import dead_letters, event_bus
from campaigns.runtime.logs import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

client = event_bus()
bus = os.environ["CAMPAIGNS_EVENT_BUS"]
kept = dead_letters()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """Answers the record to go on from, where not all could be published: Lambda delivers again from there.

    A record that can never be published is kept aside, and holds up nothing.
    """
    ready: list[Outgoing] = []
    hopeless: dict[str, str] = {}
    for record in event["Records"]:
        try:
            ready += events_of(record)
        except Exception as error:
            logger.exception("unreadable record", sequenceNumber=sequence_number(record))
            hopeless[sequence_number(record)] = f"unreadable: {type(error).__name__}: {error}"
    published = publish(client, bus, ready)
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
