"""Keeps the catalogue, and the campaigns, in step with what other services announce."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from campaigns.domain.actors import CATALOGUE
from campaigns.events.announcements import read_announcement
from campaigns.events.queues import CONTINUE_AFTER, ONLY_CAMPAIGN, given_up_in_the_end
from campaigns.runtime.bootstrap import catalogue_queues, table
from campaigns.runtime.deadline import answer_within
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.catalogue import CatalogueStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

HAND_ON_SECONDS = 30.0
"""What is left of an invocation when a long job is handed on."""
RESERVE_SECONDS = 15.0
"""What is left of an invocation when the database's time is up: more than a message to a queue takes at worst."""

catalogue = CatalogueStore(table())
queues = catalogue_queues()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> Any:
    """Answers which messages failed; SQS delivers only those again."""
    return process_partial_response(event, sync, processor, context)


def sync(record: "SQSRecord", lambda_context: "LambdaContext") -> None:
    """Follow one announcement, as far as time allows."""
    only = attribute(record, ONLY_CAMPAIGN)

    def give_up(reason: str) -> None:
        queues.give_up(record.body, f"{only}: {reason}" if only else reason, only)

    receives = int(record.attributes.approximate_receive_count or 0)
    with given_up_in_the_end(record.message_id, receives, give_up, "not followed"):
        announcement = read_announcement(record.body)
        logger.info("following", tenantId=announcement.tenant_id, kind=announcement.kind, messageId=record.message_id)
        with (
            answer_within(seconds_left(lambda_context) - RESERVE_SECONDS),
            working_for(announcement.tenant_id, CATALOGUE),
        ):
            followed = catalogue.follow(
                announcement,
                after=attribute(record, CONTINUE_AFTER),
                has_time=lambda: seconds_left(lambda_context) > HAND_ON_SECONDS,
                only_campaign=only,
            )
        for campaign_id in followed.too_large:
            queues.give_up(record.body, f"{campaign_id} would pass 400 KB with this name", campaign_id)
        for campaign_id in followed.put_aside:
            queues.put_aside(record.body, campaign_id)
        if followed.continue_after is not None:
            queues.continue_later(record.body, followed.continue_after)


def attribute(record: "SQSRecord", name: str) -> str | None:
    """A message attribute; None where there is none."""
    given = record.message_attributes[name]
    return given.string_value if given else None


def seconds_left(context: "LambdaContext") -> float:
    """Until Lambda ends the invocation."""
    return context.get_remaining_time_in_millis() / 1000
