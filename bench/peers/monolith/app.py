"""One Lambda for all routes: this service's own domain and store behind Powertools' resolver."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from campaigns.domain.campaign import Campaign, Kind
from campaigns.domain.errors import CampaignsError
from campaigns.domain.finding import LIST_QUERY
from campaigns.domain.inputs import CAMPAIGN_PATCH, NEW_CAMPAIGN
from campaigns.http.errors import answer_to, envelope
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.runtime.logs import logger
from campaigns.runtime.work import working_for
from campaigns.store.associations import AssociationStore
from campaigns.store.campaigns import CampaignStore
from campaigns.store.creation import CreationStore
from campaigns.store.finding import CampaignFinder

app = APIGatewayRestResolver()
the_table = table()
campaigns, creation = CampaignStore(the_table), CreationStore(the_table)
associations, finder = AssociationStore(the_table), CampaignFinder(the_table)


@app.post("/api/campaigns")
def create_campaign() -> Response[str]:
    return shown(201, creation.create(tenant(), request().body(NEW_CAMPAIGN)))


@app.get("/api/campaigns")
def list_campaigns() -> Response[str]:
    wanted = request().query(LIST_QUERY)
    page = finder.list(tenant(), wanted.limit, wanted.cursor, wanted.query)
    data = [campaign.shown() for campaign in page.campaigns]
    return Response(200, "application/json", json.dumps({"data": data, "nextCursor": page.next_cursor}))


@app.get("/api/campaigns/<campaign_id>")
def get_campaign(campaign_id: str) -> Response[str]:
    return shown(200, campaigns.get(tenant(), campaign_id))


@app.patch("/api/campaigns/<campaign_id>")
def update_campaign(campaign_id: str) -> Response[str]:
    return shown(200, campaigns.update(tenant(), campaign_id, request().body(CAMPAIGN_PATCH), request().if_match()))


@app.delete("/api/campaigns/<campaign_id>")
def delete_campaign(campaign_id: str) -> Response[str]:
    campaigns.delete(tenant(), campaign_id, request().if_match())
    return Response(204)


@app.post("/api/campaigns/<campaign_id>/sequences/<sequence_id>")
def add_sequence(campaign_id: str, sequence_id: str) -> Response[str]:
    return shown(200, associations.add(tenant(), campaign_id, Kind.SEQUENCE, sequence_id))


@app.delete("/api/campaigns/<campaign_id>/sequences/<sequence_id>")
def remove_sequence(campaign_id: str, sequence_id: str) -> Response[str]:
    associations.remove(tenant(), campaign_id, Kind.SEQUENCE, sequence_id)
    return Response(204)


@app.post("/api/campaigns/<campaign_id>/templates/<template_id>")
def add_template(campaign_id: str, template_id: str) -> Response[str]:
    return shown(200, associations.add(tenant(), campaign_id, Kind.TEMPLATE, template_id))


@app.delete("/api/campaigns/<campaign_id>/templates/<template_id>")
def remove_template(campaign_id: str, template_id: str) -> Response[str]:
    associations.remove(tenant(), campaign_id, Kind.TEMPLATE, template_id)
    return Response(204)


@app.exception_handler(CampaignsError)  # type: ignore[untyped-decorator]  # as Powertools has it
def refused(error: CampaignsError) -> Response[str]:
    return Response(answer_to(error).status, "application/json", json.dumps(envelope(error, request().request_id)))


def shown(status: int, campaign: Campaign) -> Response[str]:
    return Response(status, "application/json", campaign.json, {"ETag": campaign.etag})


def request() -> Request:
    return Request(app.current_event.raw_event)


def tenant() -> str:
    return request().tenant_id


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: Any) -> Any:
    with working_for(Request(event).tenant_id_or_none):
        answer = app.resolve(event, context)
    logger.info("answered", status=answer["statusCode"])
    return answer
