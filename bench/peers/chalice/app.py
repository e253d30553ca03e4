"""Chalice, with boto3's resource. It brings no validation, so the rules are written out."""

import os
import secrets
import time
from typing import Any

import boto3
from chalice import Chalice, Response

app = Chalice(app_name="campaigns")
app.log.setLevel("INFO")
resource = boto3.resource("dynamodb")
table = resource.Table(os.environ["CAMPAIGNS_TABLE"])


@app.route("/api/campaigns/{id}", methods=["GET"])
def get_campaign(id: str) -> Response:
    item = table.get_item(Key={"PK": tenant(), "SK": f"CAMPAIGN#{id}"}, ConsistentRead=True).get("Item")
    if item is None:
        return refused(404, "NOT_FOUND", "There is no such campaign.")
    return shown(200, item)


@app.route("/api/campaigns", methods=["POST"])
def create_campaign() -> Response:
    body = app.current_request.json_body
    details = problems(body)
    if details:
        return refused(400, "VALIDATION_ERROR", "The request is not valid.", details)
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    id_ = f"cmp_{secrets.token_hex(13)}"
    item = {
        "PK": tenant(),
        "SK": f"CAMPAIGN#{id_}",
        "id": id_,
        "name": body["name"].strip(),
        "description": body.get("description"),
        "status": "draft",
        "sequences": {},
        "templates": {},
        "metadata": {},
        "createdAt": now,
        "updatedAt": now,
        "version": 1,
        "byStatus": f"draft#{id_}",
        "byUpdate": f"{now}#{id_}",
        "byName": f"{body['name'].strip().casefold()}\x1f{id_}",
    }
    put = {"TableName": table.name, "Item": item, "ConditionExpression": "attribute_not_exists(PK)"}
    resource.meta.client.transact_write_items(TransactItems=[{"Put": put}])
    return shown(201, item)


def problems(body: Any) -> list[dict[str, str]]:
    if not isinstance(body, dict):
        return [{"field": "body", "message": "must be a JSON object"}]
    found = [{"field": name, "message": "is not a known field"} for name in body if name not in {"name", "description"}]
    name, description = body.get("name"), body.get("description")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 200:
        found.append({"field": "name", "message": "must have 1 to 200 characters"})
    if description is not None and (not isinstance(description, str) or len(description) > 2000):
        found.append({"field": "description", "message": "must have at most 2000 characters"})
    return found


def shown(status: int, item: Any) -> Response:
    fields = {name: item[name] for name in ("id", "name", "description", "status", "createdAt", "updatedAt")}
    held = {
        kind: [{"id": id_, "name": each["name"]} for id_, each in item[kind].items()]
        for kind in ("sequences", "templates")
    }
    etag = f'"{item["version"]}"'
    fields |= {"labels": sorted(item.get("labels", ())), "metadata": item.get("metadata", {}), "etag": etag}
    fields |= {"startsAt": None, "endsAt": None, "archivedAt": item.get("archivedAt")}
    app.log.info("answered %s", status)
    return Response(fields | held, {"Content-Type": "application/json", "ETag": etag}, status)


def refused(status: int, code: str, message: str, details: Any = None) -> Response:
    error = {"code": code, "message": message, "requestId": app.current_request.context["requestId"]}
    return Response({"error": error | ({"details": details} if details else {})}, status_code=status)


def tenant() -> str:
    return f"TENANT#{app.current_request.context['authorizer']['tenantId']}"


handler = app
