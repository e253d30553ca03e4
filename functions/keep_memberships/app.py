"""Keeps memberships and campaigns in step: removes those of deleted campaigns, and looks again at each that is new."""

from typing import TYPE_CHECKING, Any

from campaigns.domain.actors import CATALOGUE
from campaigns.events.stream import Addition, read_addition, read_deletion, sequence_number, tenant_of
from campaigns.runtime.bootstrap import dead_letters, table
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.associations import AssociationStore
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import ItemTooLarge

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

associations = AssociationStore(table())
catalogue = CatalogueStore(table())
kept = dead_letters()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """Answers the record that failed: Lambda delivers again from there, until it passes or is tried too often.

    A record that can't be read, or followed, never will be: it is kept aside, and holds up nothing.
    """
    for record in event["Records"]:
        try:
            with working_for(tenant_of(record), CATALOGUE):
                keep(record)
        except Exception:
            logger.exception("memberships not kept", sequenceNumber=sequence_number(record))
            return {"batchItemFailures": [{"itemIdentifier": sequence_number(record)}]}
    return {"batchItemFailures": []}


def keep(record: dict[str, Any]) -> None:
    """Do what follows from one change."""
    try:
        change = read_deletion(record) if record["eventName"] == "REMOVE" else read_addition(record)
    except Exception as error:
        logger.exception("unreadable record", sequenceNumber=sequence_number(record))
        kept.keep_record(record, f"unreadable: {type(error).__name__}: {error}")
        return
    try:
        if isinstance(change, Addition):
            catalogue.look_again(*change)
        else:
            logger.info("removing memberships", tenantId=change.tenant_id, campaignId=change.campaign_id)
            associations.remove_memberships(change.tenant_id, change.campaign_id, change.held)
    except ItemTooLarge:
        kept.keep_record(record, "the campaign would pass 400 KB with the new name")
