"""The floor: for each operation the least that makes the same calls and answers a success. Nothing else."""

import json
import os
import secrets
import time
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

TABLE = os.environ["CAMPAIGNS_TABLE"]
dynamodb = boto3.client("dynamodb")
deserialize = TypeDeserializer().deserialize
CHANGE = "updatedAt = :now, byUpdate = :byUpdate, version = version + :one"


def get_campaign(event: Any, _context: Any) -> Any:
    return shown(200, dynamodb.get_item(TableName=TABLE, Key=campaign_key(event), ConsistentRead=True)["Item"])


def list_campaigns(event: Any, _context: Any) -> Any:
    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="PK = :tenant AND begins_with(SK, :campaign)",
        ExpressionAttributeValues={":tenant": {"S": tenant(event)}, ":campaign": {"S": "CAMPAIGN#"}},
        ScanIndexForward=False,
        Limit=20,
        ConsistentRead=True,
    )
    return answer(200, {"data": [campaign_from(item) for item in found["Items"]], "nextCursor": None})


def create_campaign(event: Any, _context: Any) -> Any:
    body = json.loads(event["body"])
    now = timestamp()
    id_ = f"cmp_{secrets.token_hex(13)}"
    description = body.get("description")
    item: Any = {
        "PK": {"S": tenant(event)},
        "SK": {"S": f"CAMPAIGN#{id_}"},
        "id": {"S": id_},
        "name": {"S": body["name"]},
        "description": {"NULL": True} if description is None else {"S": description},
        "status": {"S": "draft"},
        "sequences": {"M": {}},
        "templates": {"M": {}},
        "metadata": {"M": {}},
        "createdAt": {"S": now},
        "updatedAt": {"S": now},
        "version": {"N": "1"},
        "byStatus": {"S": f"draft#{id_}"},
        "byUpdate": {"S": f"{now}#{id_}"},
        "byName": {"S": f"{body['name'].casefold()}\x1f{id_}"},
    }
    transact({"Put": {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(PK)"}})
    return shown(201, item)


def update_campaign(event: Any, _context: Any) -> Any:
    id_, name, now = event["pathParameters"]["id"], json.loads(event["body"])["name"], timestamp()
    done = dynamodb.update_item(
        TableName=TABLE,
        Key=campaign_key(event),
        UpdateExpression=f"SET #name = :name, byName = :byName, {CHANGE}",
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={
            ":name": {"S": name},
            ":byName": {"S": f"{name.casefold()}\x1f{id_}"},
            ":now": {"S": now},
            ":byUpdate": {"S": f"{now}#{id_}"},
            ":one": {"N": "1"},
        },
        ReturnValues="ALL_NEW",
    )
    return shown(200, done["Attributes"])


def delete_campaign(event: Any, _context: Any) -> Any:
    key = campaign_key(event)
    transact({"Delete": {"TableName": TABLE, "Key": key, "ConditionExpression": "attribute_exists(PK)"}})
    return {"statusCode": 204, "headers": {}, "body": ""}


def add_sequence(event: Any, _context: Any) -> Any:
    id_ = event["pathParameters"]["seqId"]
    entry_key: Any = {"PK": {"S": f"{tenant(event)}#CATALOGUE"}, "SK": {"S": f"SEQUENCE#{id_}"}}
    read = dynamodb.batch_get_item(
        RequestItems={TABLE: {"Keys": [campaign_key(event), entry_key], "ConsistentRead": True}}
    )["Responses"][TABLE]
    (item,) = [each for each in read if "status" in each]
    (entry,) = [each for each in read if "status" not in each]
    now = timestamp()
    held: Any = {"M": {"name": entry["name"], "addedAt": {"S": now}}}
    transact(
        {
            "Update": {
                "TableName": TABLE,
                "Key": campaign_key(event),
                "UpdateExpression": f"SET sequences.#id = :held, {CHANGE}",
                "ConditionExpression": "version = :version",
                "ExpressionAttributeNames": {"#id": id_},
                "ExpressionAttributeValues": {
                    ":held": held,
                    ":now": {"S": now},
                    ":byUpdate": {"S": f"{now}#{event['pathParameters']['id']}"},
                    ":one": {"N": "1"},
                    ":version": item["version"],
                },
            }
        },
        {"ConditionCheck": {"TableName": TABLE, "Key": entry_key, "ConditionExpression": "attribute_exists(PK)"}},
        {"Put": {"TableName": TABLE, "Item": membership_key(event)}},
    )
    item["sequences"]["M"][id_] = held
    return shown(200, item)


def remove_sequence(event: Any, _context: Any) -> Any:
    path, now = event["pathParameters"], timestamp()
    transact(
        {
            "Update": {
                "TableName": TABLE,
                "Key": campaign_key(event),
                "UpdateExpression": f"SET {CHANGE} REMOVE sequences.#id",
                "ConditionExpression": "attribute_exists(sequences.#id)",
                "ExpressionAttributeNames": {"#id": path["seqId"]},
                "ExpressionAttributeValues": {
                    ":now": {"S": now},
                    ":byUpdate": {"S": f"{now}#{path['id']}"},
                    ":one": {"N": "1"},
                },
            }
        },
        {"Delete": {"TableName": TABLE, "Key": membership_key(event)}},
    )
    return {"statusCode": 204, "headers": {}, "body": ""}


def transact(*operations: Any) -> None:
    dynamodb.transact_write_items(TransactItems=operations)


def campaign_key(event: Any) -> Any:
    return {"PK": {"S": tenant(event)}, "SK": {"S": f"CAMPAIGN#{event['pathParameters']['id']}"}}


def membership_key(event: Any) -> Any:
    path = event["pathParameters"]
    return {"PK": {"S": f"{tenant(event)}#SEQUENCE#{path['seqId']}"}, "SK": {"S": f"CAMPAIGN#{path['id']}"}}


def tenant(event: Any) -> str:
    return f"TENANT#{event['requestContext']['authorizer']['tenantId']}"


def timestamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def shown(status: int, item: Any) -> Any:
    return answer(status, campaign_from(item), {"ETag": f'"{item["version"]["N"]}"'})


def campaign_from(item: Any) -> Any:
    fields = {name: deserialize(value) for name, value in item.items()}
    plain = {name: fields[name] for name in ("id", "name", "description", "status", "createdAt", "updatedAt")}
    held = {
        kind: [{"id": id_, "name": each["name"]} for id_, each in fields[kind].items()]
        for kind in ("sequences", "templates")
    }
    return (
        plain
        | held
        | {
            "labels": sorted(fields.get("labels", ())),
            "metadata": fields.get("metadata", {}),
            "startsAt": None,
            "endsAt": None,
            "archivedAt": fields.get("archivedAt"),
            "etag": f'"{fields["version"]}"',
        }
    )


def answer(status: int, body: Any, headers: Any = None) -> Any:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }
