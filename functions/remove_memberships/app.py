"""Removes the memberships of deleted campaigns, started by the stream record that a deletion leaves."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from campaigns.events.stream import read_deletion
from campaigns.runtime.bootstrap import table
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.associations import AssociationStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

associations = AssociationStore(table())
processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> Any:
    """Answers which records failed; they are delivered again until they pass or grow too old."""
    return process_partial_response(event, remove_memberships, processor, context)


def remove_memberships(record: "DynamoDBRecord") -> None:
    """Remove the memberships of one deleted campaign."""
    try:
        deleted = read_deletion(record.raw_event)
        logger.info("removing memberships", tenantId=deleted.tenant_id, campaignId=deleted.campaign_id)
        with working_for(deleted.tenant_id):
            associations.remove_memberships(deleted.tenant_id, deleted.campaign_id, deleted.held)
    except Exception:
        logger.exception("memberships not removed")
        raise
