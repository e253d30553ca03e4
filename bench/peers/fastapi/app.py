"""FastAPI behind Mangum, with boto3's resource."""

import logging
import os
import secrets
import time
from typing import Annotated, Any

import boto3
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from mangum import Mangum
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

logger = logging.getLogger("campaigns")
logger.setLevel("INFO")
app = FastAPI()
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
    sequences: list[Held]
    templates: list[Held]
    labels: list[str] = Field(default_factory=list)
    metadata: dict[str, str] = Field(default_factory=dict)
    startsAt: str | None = None
    endsAt: str | None = None
    archivedAt: str | None = None
    createdAt: str
    updatedAt: str
    etag: str


def tenant_of(request: Request) -> str:
    return f"TENANT#{request.scope['aws.event']['requestContext']['authorizer']['tenantId']}"


Tenant = Annotated[str, Depends(tenant_of)]


@app.get("/api/campaigns/{campaign_id}")
def get_campaign(campaign_id: str, tenant: Tenant, response: Response) -> Campaign:
    item = table.get_item(Key={"PK": tenant, "SK": f"CAMPAIGN#{campaign_id}"}, ConsistentRead=True).get("Item")
    if item is None:
        raise HTTPException(404, "There is no such campaign.")
    return shown(item, response)


@app.post("/api/campaigns", status_code=201)
def create_campaign(new: NewCampaign, tenant: Tenant, response: Response) -> Campaign:
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    id_ = f"cmp_{secrets.token_hex(13)}"
    item = {
        "PK": tenant,
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
    return shown(item, response)


@app.exception_handler(HTTPException)
def refuse(request: Request, error: HTTPException) -> JSONResponse:
    return refused(request, error.status_code, "NOT_FOUND", str(error.detail))


@app.exception_handler(RequestValidationError)
def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    details = [{"field": str(each["loc"][-1]), "message": each["msg"]} for each in error.errors()]
    return refused(request, 400, "VALIDATION_ERROR", "The request is not valid.", details)


def shown(item: Any, response: Response) -> Campaign:
    held = {
        kind: [Held(id=id_, name=each["name"]) for id_, each in item[kind].items()]
        for kind in ("sequences", "templates")
    }
    response.headers["ETag"] = etag = f'"{item["version"]}"'
    return Campaign(**(item | held), etag=etag)


def refused(request: Request, status: int, code: str, message: str, details: Any = None) -> JSONResponse:
    request_id = request.scope["aws.event"]["requestContext"]["requestId"]
    error = {"code": code, "message": message, "requestId": request_id}
    return JSONResponse({"error": error | ({"details": details} if details else {})}, status)


adapter = Mangum(app, lifespan="off")


def handler(event: Any, context: Any) -> Any:
    answer = adapter(event, context)
    logger.info("answered %s", answer["statusCode"])
    return answer
