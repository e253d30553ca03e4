"""Builds what the functions need, from their environment. Tests pass others.

Modules that only some functions need are imported where they are used, so that a function loads what it needs and no
more: each cold start pays for it.
"""

import os
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_events.client import EventBridgeClient

    from campaigns.events.delivery_queues import DeliveryQueues
    from campaigns.events.queues import CatalogueQueues, DeadLetters, Scheduled
    from campaigns.events.schedules import Schedules
    from campaigns.gateway.usage_plan import UsagePlan
    from campaigns.store.table import Table
    from campaigns.webhooks.sealing import Sealer
    from campaigns.webhooks.sending import Sender


IN_A_REQUEST = Config(connect_timeout=0.5, read_timeout=1.5, retries={"mode": "standard", "total_max_attempts": 3})
"""For what a request to the API may wait for: with its pauses it gives up within 9 of the 10 seconds."""


def table() -> "Table":
    """The one table, which every store is a view of, for the tenant whose work is at hand."""
    from campaigns.runtime import work
    from campaigns.store.table import Table

    return Table(dynamodb_client(), os.environ["CAMPAIGNS_TABLE"], work.current_tenant)


def table_of_all_tenants() -> "Table":
    """The same for those who find out who the tenant is, or look after all of them."""
    from campaigns.store.table import Table

    return Table(dynamodb_client(), os.environ["CAMPAIGNS_TABLE"])


def history_kept() -> timedelta:
    """How long what happened to campaigns is kept."""
    return timedelta(days=int(os.environ["CAMPAIGNS_HISTORY_DAYS"]))


def usage_plan() -> "UsagePlan":
    """The limits that every tenant has."""
    from campaigns.gateway.usage_plan import UsagePlan

    return UsagePlan(_client("apigateway"), os.environ["CAMPAIGNS_STACK"], os.environ["USAGE_PLAN_ID"])


def catalogue_queues() -> "CatalogueQueues":
    """The queue of announcements and its dead-letter queue."""
    from campaigns.events.queues import CatalogueQueues

    return CatalogueQueues(
        _client("sqs"), os.environ["CATALOGUE_QUEUE_URL"], os.environ["CATALOGUE_DEAD_LETTER_QUEUE_URL"]
    )


def dead_letters() -> "DeadLetters":
    """Where a function that reads the table's stream keeps the records that it can't handle."""
    from campaigns.events.queues import DeadLetters

    return DeadLetters(_client("sqs"), os.environ["DEAD_LETTER_QUEUE_URL"])


def schedules() -> "Schedules":
    """What wakes us when a date of a campaign comes."""
    from campaigns.events.schedules import Schedules, WakeQueue

    queue = WakeQueue(_client("sqs"), os.environ["SCHEDULES_QUEUE_URL"], os.environ["SCHEDULES_DEAD_LETTER_QUEUE_URL"])
    scheduled = _scheduled(
        os.environ["SCHEDULE_GROUP"],
        os.environ["SCHEDULES_QUEUE_ARN"],
        os.environ["SCHEDULES_DEAD_LETTER_QUEUE_ARN"],
        os.environ["SCHEDULER_ROLE_ARN"],
    )
    return Schedules(scheduled, queue)


def _scheduled(group: str, queue_arn: str, dead_letter_queue_arn: str, role_arn: str) -> "Scheduled":
    from campaigns.events.queues import Scheduled

    target = {
        "Arn": queue_arn,
        "RoleArn": role_arn,
        "DeadLetterConfig": {"Arn": dead_letter_queue_arn},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
    }
    return Scheduled(_client("scheduler"), group, target)


def event_bus() -> "EventBridgeClient":
    """The bus that campaign events go to."""
    client: EventBridgeClient = _client("events")
    return client


def parameter_store() -> Any:
    """Where secrets are that operators leave."""
    return _client("ssm")


def sealer() -> "Sealer":
    """Who seals the secrets of webhooks, and opens them."""
    from campaigns.webhooks.sealing import Sealer

    return Sealer(_client("kms", IN_A_REQUEST), os.environ["WEBHOOK_KEY_ID"])


def sender() -> "Sender":
    """Who sends to webhooks."""
    from campaigns.webhooks.sending import Sender

    return Sender(loopback=webhooks_may_loop_back())


def fan_out_queues() -> "DeliveryQueues":
    """Where deliveries wait, for one who orders them now."""
    return _delivery_queues(None)


def delivery_queues() -> "DeliveryQueues":
    """Where deliveries wait, for now or for hours."""
    retries = _scheduled(
        os.environ["RETRY_GROUP"],
        os.environ["RETRY_QUEUE_ARN"],
        os.environ["RETRY_DEAD_LETTER_QUEUE_ARN"],
        os.environ["RETRY_ROLE_ARN"],
    )
    return _delivery_queues(retries)


def _delivery_queues(retries: "Scheduled | None") -> "DeliveryQueues":
    from campaigns.events.delivery_queues import DeliveryQueues

    return DeliveryQueues(
        _client("sqs", IN_A_REQUEST),
        os.environ["DELIVERY_QUEUE_URL"],
        os.environ["SLOW_DELIVERY_QUEUE_URL"],
        os.environ["DEAD_LETTER_QUEUE_URL"],
        retries,
    )


def webhooks_may_loop_back() -> bool:
    """Whether webhooks may lead to this machine: on the local stack alone."""
    return os.environ["WEBHOOK_LOOPBACK"] == "on"


def dynamodb_client(read_timeout: float = 2) -> "DynamoDBClient":
    """A client that tries once: ``Table`` repeats, since it knows how much time is left and what may be repeated.

    What botocore would do anew for each call and nobody here needs is left out, a quarter of a call's CPU: describing
    itself in the User-Agent, checking the types of requests that tests have checked, looking up the account's endpoint.
    """
    config = Config(
        connect_timeout=0.5,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": 1},
        user_agent=f"campaigns/1.0 botocore/{botocore.__version__}",
        parameter_validation=False,
        account_id_endpoint_mode="disabled",
    )
    client: DynamoDBClient = _client("dynamodb", config)
    return client


def _client(service: str, config: Config | None = None) -> Any:
    """A client as ``boto3.client`` makes it, without the half of boto3 that is for S3 and resources.

    Unless told otherwise it gives up within 15 seconds, before Lambda ends the function and the reason is lost. Where
    trying again is right it raises ``Unavailable``, as the table does.
    """
    three_tries = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})
    client = _session().create_client(service, config=config or three_tries)
    if service != "dynamodb":  # what may be repeated there, and what is in doubt, its one user knows
        client.meta.events.register("after-call", _is_busy)
        client.meta.events.register("after-call-error", _is_silent)
    return client


def _is_busy(parsed: dict[str, Any], **_: Any) -> None:
    """After an error at the last of the tries: botocore repeats what passes, and nothing else."""
    from campaigns.domain.errors import Unavailable

    if "Error" in parsed and parsed["ResponseMetadata"].keys() & {"MaxAttemptsReached", "RetryQuotaReached"}:
        raise Unavailable("A service that we need is busy; try again.")


def _is_silent(exception: Exception, **_: Any) -> None:
    from campaigns.domain.errors import Unavailable

    if isinstance(exception, ConnectionError | HTTPClientError):
        raise Unavailable("A service that we need does not answer; try again.") from exception


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
