"""Gives a restored table what restoring leaves out: ``python -m operations.restore STACK TABLE``; safe to repeat.

Items, keys and indexes are restored. The stream, the time to live, point-in-time recovery, the insights, the protection
and the tags are not: they are set as the template has them. It prints the parameters by which the stack uses the table.
"""

import sys
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.deployed import described
from tools.template import resources

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


def main() -> None:
    """Prepare one table, and say how to use it."""
    match sys.argv[1:]:
        case [stack, table] if table:
            pass
        case _:
            sys.exit("restore: which table? make prepare-restored TABLE=campaigns-prod-Table-restored ENVIRONMENT=prod")
    try:
        label = prepare(stack, table)
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"restore: {error}")
    print(f'"RestoredTable={table}", "RestoredTableStream={label}"')


def prepare(stack: str, table: str) -> str:
    """Set what is missing; the label of the table's stream."""
    dynamodb = boto3.client("dynamodb")
    template: dict[str, Any]
    (template,) = resources("AWS::DynamoDB::Table").values()
    found = described(stack)
    environment = {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}["Environment"]
    if "LatestStreamLabel" not in settled(dynamodb, table):
        stream: Any = {"StreamEnabled": True, **template["StreamSpecification"]}
        dynamodb.update_table(TableName=table, StreamSpecification=stream)
        settled(dynamodb, table)
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=environment == "prod")
    arn = settled(dynamodb, table)["TableArn"]
    forgets = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
    if forgets not in {"ENABLED", "ENABLING"}:
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=template["TimeToLiveSpecification"])
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification=template["PointInTimeRecoverySpecification"]
    )
    dynamodb.update_contributor_insights(
        TableName=table,
        ContributorInsightsAction="ENABLE",
        ContributorInsightsMode=template["ContributorInsightsSpecification"]["Mode"],
    )
    if found["Tags"]:
        dynamodb.tag_resource(ResourceArn=arn, Tags=found["Tags"])
    return str(settled(dynamodb, table)["LatestStreamLabel"])


def settled(dynamodb: "DynamoDBClient", table: str) -> dict[str, Any]:
    """The table as it is described, once nothing is under way."""
    dynamodb.get_waiter("table_exists").wait(TableName=table)
    return dict(dynamodb.describe_table(TableName=table)["Table"])


if __name__ == "__main__":
    main()
