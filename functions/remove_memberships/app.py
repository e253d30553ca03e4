"""Removes the memberships of deleted campaigns, started by the stream record that a deletion leaves."""

from typing import TYPE_CHECKING, Any

from campaigns.events.stream import read_deletion, sequence_number
from campaigns.runtime.bootstrap import dead_letters, table
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.associations import AssociationStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

associations = AssociationStore(table())
kept = dead_letters()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """Answers the record that failed: Lambda delivers again from there, until it passes or is tried too often.

    A record that can't be read never will be: it is kept aside, and holds up nothing.
    """
    for record in event["Records"]:
        try:
            remove_memberships(record)
        except Exception:
            logger.exception("memberships not removed", sequenceNumber=sequence_number(record))
            return {"batchItemFailures": [{"itemIdentifier": sequence_number(record)}]}
    return {"batchItemFailures": []}


def remove_memberships(record: dict[str, Any]) -> None:
    """Remove the memberships of one deleted campaign."""
    try:
        deleted = read_deletion(record)
    except Exception as error:
        logger.exception("unreadable record", sequenceNumber=sequence_number(record))
        kept.keep_record(record, f"unreadable: {type(error).__name__}: {error}")
        return
    logger.info("removing memberships", tenantId=deleted.tenant_id, campaignId=deleted.campaign_id)
    with working_for(deleted.tenant_id):
        associations.remove_memberships(deleted.tenant_id, deleted.campaign_id, deleted.held)
