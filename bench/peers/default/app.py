"""Powertools' resolver with its validation and logger, and boto3's resource, as their documentation has them."""

import os
import secrets
import time
from typing import Annotated, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

logger = Logger(service="campaigns")
app = APIGatewayRestResolver(enable_validation=True)
resource = boto3.resource("dynamodb")
table = resource.Table(os.environ["CAMPAIGNS_TABLE"])


class NewCampaign(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    description: Annotated[str, StringConstraints(max_length=2000)] | None = None


class Held(BaseModel):
    id: str
    name: str


class Campaign(BaseModel):
    id: str
    name: str
    description: str | None
    status: str
    sequences: list[Held] = Field(default_factory=list)
    templates: list[Held] = Field(default_factory=list)
    labels: list[str] = Field(default_factory=list)
    metadata: dict[str, str] = Field(default_factory=dict)
    startsAt: str | None = None
    endsAt: str | None = None
    archivedAt: str | None = None
    createdAt: str
    updatedAt: str
    etag: str


@app.get("/api/campaigns/<campaign_id>")
def get_campaign(campaign_id: str) -> Response[Campaign]:
    item = table.get_item(Key={"PK": tenant(), "SK": f"CAMPAIGN#{campaign_id}"}, ConsistentRead=True).get("Item")
    if item is None:
        raise NotFoundError("There is no such campaign.")
    return shown(200, item)


@app.post("/api/campaigns")
def create_campaign(new: NewCampaign) -> Response[Campaign]:
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    id_ = f"cmp_{secrets.token_hex(13)}"
    item = {
        "PK": tenant(),
        "SK": f"CAMPAIGN#{id_}",
        "id": id_,
        "status": "draft",
        "sequences": {},
        "templates": {},
        "metadata": {},
        "createdAt": now,
        "updatedAt": now,
        "version": 1,
        "byStatus": f"draft#{id_}",
        "byUpdate": f"{now}#{id_}",
        "byName": f"{new.name.casefold()}\x1f{id_}",
        **new.model_dump(),
    }
    put = {"TableName": table.name, "Item": item, "ConditionExpression": "attribute_not_exists(PK)"}
    resource.meta.client.transact_write_items(TransactItems=[{"Put": put}])
    return shown(201, item)


@app.exception_handler(NotFoundError)
def not_found(error: NotFoundError) -> Response[Any]:
    return refused(404, "NOT_FOUND", str(error.msg))


@app.exception_handler(RequestValidationError)
def invalid(error: RequestValidationError) -> Response[Any]:
    details = [{"field": str(each["loc"][-1]), "message": each["msg"]} for each in error.errors()]
    return refused(400, "VALIDATION_ERROR", "The request is not valid.", details)


def shown(status: int, item: Any) -> Response[Campaign]:
    held = {
        kind: [Held(id=id_, name=each["name"]) for id_, each in item[kind].items()]
        for kind in ("sequences", "templates")
    }
    etag = f'"{item["version"]}"'
    return Response(status, "application/json", Campaign(**(item | held), etag=etag), {"ETag": etag})


def refused(status: int, code: str, message: str, details: Any = None) -> Response[Any]:
    error = {"code": code, "message": message, "requestId": app.current_event.request_context.request_id}
    return Response(status, "application/json", {"error": error | ({"details": details} if details else {})})


def tenant() -> str:
    return f"TENANT#{app.current_event.request_context.authorizer['tenantId']}"


@logger.inject_lambda_context
def handler(event: Any, context: Any) -> Any:
    answer = app.resolve(event, context)
    logger.info("answered", status=answer["statusCode"])
    return answer
