"""Receivers on this machine are told of what happens, rightly signed, whoever else is dead."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from standardwebhooks import Webhook as Verifier

from support.receivers import Received, Receiver, answering, receiver
from support.stack import Tenant, eventually

pytestmark = pytest.mark.emulator("its receivers are on this machine")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def silent(_: object, there: Receiver) -> None:
    there.over.wait()


@pytest.fixture(scope="module")
def receivers() -> Iterator[list[Receiver]]:
    """Some that answer."""
    with ExitStack() as stack:
        yield [stack.enter_context(receiver(answering())) for _ in range(3)]


@pytest.fixture(scope="module")
def dead() -> Iterator[Receiver]:
    """One that takes connections, and says nothing."""
    with receiver(silent) as there:
        yield there


def subscribe(tenant: Tenant, there: Receiver, *events: str) -> dict[str, str]:
    made = tenant.request(
        "POST",
        "/api/campaigns/webhooks",
        json={"url": f"http://127.0.0.1:{there.port}/hook", "events": events or ["campaign.*"]},
    )
    assert made.status_code == 201, made.text
    return dict(made.json())


def told(there: Receiver, secret: str, count: int, about: str, seconds: float = 5) -> list[str]:
    """The types of the events about a campaign or webhook that come in this time, so many at least, each signed.

    What happened before to the tenant's campaigns may come between them.
    """

    def came() -> list[str]:
        types = [Verifier(secret).verify(each.body, each.headers)["type"] for each in heard(there, about)]
        assert len(types) >= count
        return types

    return eventually(came, seconds)


def heard(there: Receiver, about: str) -> list[Received]:
    return [each for each in there.requests if about.encode() in each.body]


def test_receivers_are_told_whoever_else_is_dead(tenant: Tenant, receivers: list[Receiver], dead: Receiver) -> None:
    subscribe(tenant, dead)
    webhooks = [subscribe(tenant, there) for there in receivers]
    id_ = tenant.create("Told")["id"]
    campaign = f"/api/campaigns/{id_}"
    for there, webhook in zip(receivers, webhooks, strict=True):
        assert told(there, webhook["secret"], 1, id_) == ["campaign.created"]
    for status in ("active", "completed", "draft"):
        assert tenant.request("PATCH", campaign, json={"status": status}).status_code == 200
    expected = ["campaign.created", *["campaign.updated"] * 3]
    for there, webhook in zip(receivers, webhooks, strict=True):
        assert told(there, webhook["secret"], 4, id_) == expected
        assert len({each.headers["webhook-id"] for each in heard(there, id_)}) == 4
    for webhook in webhooks:
        assert tenant.request("DELETE", f"/api/campaigns/webhooks/{webhook['id']}").status_code == 204


def test_who_listens_from_the_command_line_gets_what_a_webhook_gets(
    stack: dict[str, str], tenant: Tenant, receivers: list[Receiver]
) -> None:
    there = receivers[0]
    webhook = subscribe(tenant, there)
    environment = os.environ | {
        "CAMPAIGNS_API_KEY": tenant.key,
        "CAMPAIGNS_BASE_URL": stack["CAMPAIGNS_BASE_URL"],
        "CAMPAIGNS_WEBHOOK_SECRET": SECRET,
        "PYTHONPATH": "sdk/python/src",
    }
    command = [sys.executable, "-c", "from kraiter.cli import main; main()", "listen", "--forward-to"]
    with (
        receiver(answering()) as local,
        subprocess.Popen(
            [*command, f"http://127.0.0.1:{local.port}/hook"], env=environment, stderr=subprocess.PIPE, text=True
        ) as listening,
    ):
        try:
            assert listening.stderr
            assert "until Ctrl-C" in listening.stderr.readline()
            id_ = tenant.create("Heard")["id"]
            tenant.request("PATCH", f"/api/campaigns/{id_}", json={"status": "active"})
            assert told(local, SECRET, 2, id_, seconds=10) == ["campaign.created", "campaign.updated"]
            assert told(there, webhook["secret"], 2, id_) == ["campaign.created", "campaign.updated"]
        finally:
            listening.terminate()
    tenant.request("DELETE", f"/api/campaigns/webhooks/{webhook['id']}")
    for mine, theirs in zip(heard(local, id_), heard(there, id_), strict=True):
        assert mine.headers["webhook-id"] == theirs.headers["webhook-id"]
        assert json.loads(mine.body) == json.loads(theirs.body)


def test_a_receiver_that_is_gone_is_told_nothing_more_and_others_hear_of_it(tenant: Tenant) -> None:
    with receiver(answering("410 Gone")) as gone, receiver(answering()) as other:
        first, second = subscribe(tenant, gone), subscribe(tenant, other, "webhook.disabled")
        tenant.create("Gone")
        # Twice the way: to the one that is gone, and from there to the other.
        assert told(other, second["secret"], 1, first["id"], seconds=20) == ["webhook.disabled"]
        shown = tenant.request("GET", f"/api/campaigns/webhooks/{first['id']}").json()
        assert (shown["enabled"], shown["disabledReason"]) == (False, "gone")
        history = tenant.request("GET", "/api/campaigns/events?type=webhook.disabled").json()["data"]
        assert {"id": first["id"], "description": None, "reason": "gone"} in [each["webhook"] for each in history]
        unheard = tenant.create("Unheard")["id"]
        tenant.request("DELETE", f"/api/campaigns/webhooks/{second['id']}")
    assert gone.requests
    assert not heard(gone, unheard)


def test_the_switch_of_the_local_stack_allows_loopback_and_nothing_besides(tenant: Tenant) -> None:
    for url in ("http://10.0.0.1/", "http://169.254.169.254/latest/", "http://example.com/", "https://127.0.0.2/"):
        body = {"url": url, "events": ["campaign.*"]}
        assert tenant.request("POST", "/api/campaigns/webhooks", json=body).status_code == 400
