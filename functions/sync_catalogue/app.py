"""Keeps the catalogue, and the campaigns, in step with what other services announce."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from campaigns.bootstrap import catalogue_store
from campaigns.events import read_announcement
from campaigns.logs import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

catalogue = catalogue_store()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> Any:
    """Answers which messages failed; SQS delivers only those again, and at last moves them to the dead-letter queue."""
    return process_partial_response(event, sync, processor, context)


def sync(record: "SQSRecord") -> None:
    """Follow one announcement."""
    try:
        announcement = read_announcement(record.body)
        logger.info("following", tenantId=announcement.tenant_id, kind=announcement.kind, messageId=record.message_id)
        catalogue.follow(announcement)
    except Exception:
        logger.exception("not followed", messageId=record.message_id)
        raise
