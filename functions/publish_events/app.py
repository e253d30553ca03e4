"""Announces what happens to campaigns: records of the table's stream become events on the bus."""

import os
from typing import TYPE_CHECKING, Any

from campaigns.events.publishing import Outgoing, events_of, publish
from campaigns.runtime.bootstrap import event_bus
from campaigns.runtime.logs import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

client = event_bus()
bus = os.environ["CAMPAIGNS_EVENT_BUS"]


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """Answers the record to go on from, where not all could be published: Lambda delivers again from there."""
    ready: list[Outgoing] = []
    unreadable: str | None = None
    for record in event["Records"]:
        try:
            ready += events_of(record)
        except Exception:
            unreadable = record["dynamodb"]["SequenceNumber"]
            logger.exception("unreadable record", sequenceNumber=unreadable)
            break
    failed = publish(client, bus, ready) or unreadable
    logger.info("published", records=len(event["Records"]), events=len(ready), failedFrom=failed)
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}
