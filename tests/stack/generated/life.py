"""One campaign's life, by what openapi-python-client makes of docs/openapi.json (test_generated_clients.py)."""

import os
from uuid import uuid4

from client import AuthenticatedClient
from client.api.campaigns import (
    count_campaigns,
    create_campaign,
    delete_campaign,
    get_campaign,
    list_campaigns,
    update_campaign,
)
from client.api.contents import add_sequence, change_associations
from client.models import (
    AssociationChanges,
    AssociationChangesAdd,
    Campaign,
    CampaignPage,
    CampaignPatch,
    CampaignPatchStatus,
    Conflict,
    Count,
    NewCampaign,
    NotFound,
    PreconditionFailed,
)

client = AuthenticatedClient(
    base_url=os.environ["CAMPAIGNS_BASE_URL"], token=os.environ["CAMPAIGNS_API_KEY"], timeout=60
)
with client as client:
    made = create_campaign.sync(
        client=client, body=NewCampaign(name="Généré", labels=["q4"]), idempotency_key=str(uuid4())
    )
    assert isinstance(made, Campaign), made
    found = list_campaigns.sync(client=client, label=["q4"], q="GÉNÉ")
    assert isinstance(found, CampaignPage), found
    assert found.data == [made]
    counted = count_campaigns.sync(client=client, label=["q4"])
    assert isinstance(counted, Count), counted
    assert counted.count == 1
    held = add_sequence.sync(made.id, "onboarding", client=client)
    assert isinstance(held, Campaign), held
    assert [each.name for each in held.sequences] == ["Onboarding Sequence"]
    assert isinstance(add_sequence.sync(made.id, "onboarding", client=client), Conflict)
    more = AssociationChanges(add=AssociationChangesAdd(templates=["launch-announcement"]))
    both = change_associations.sync(made.id, client=client, body=more)
    assert isinstance(both, Campaign), both
    active = CampaignPatch(status=CampaignPatchStatus.ACTIVE)
    stale = update_campaign.sync(made.id, client=client, body=active, if_match=made.etag)
    assert isinstance(stale, PreconditionFailed), stale
    assert stale.error.code == "PRECONDITION_FAILED"
    updated = update_campaign.sync(made.id, client=client, body=active, if_match=both.etag)
    assert isinstance(updated, Campaign), updated
    assert (updated.status.value, updated.created_at) == ("active", made.created_at)
    gone = delete_campaign.sync_detailed(made.id, client=client, if_match=updated.etag)
    assert gone.status_code == 204, gone
    assert isinstance(get_campaign.sync(made.id, client=client), NotFound)
print("lived")
