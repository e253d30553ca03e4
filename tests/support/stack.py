"""Tenants of the deployed local stack, and the services around it."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx

STACK = "campaigns-local"


class Tenant:
    """A tenant with a key of its own, and the means of the services around it."""

    def __init__(self, stack: dict[str, str], tenant_id: str) -> None:
        self.stack = stack
        self.id = tenant_id
        self.key = manage_keys(stack, operation="create", tenantId=tenant_id)["key"]
        self.client = httpx.Client(
            base_url=stack["CAMPAIGNS_BASE_URL"], headers={"Authorization": f"Bearer {self.key}"}, timeout=30
        )

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request; every answer of the API has what every answer must have."""
        response = self.client.request(method, path, **arguments)
        assert response.headers["X-Request-Id"]
        if response.status_code >= 400 and method != "HEAD":
            error = response.json()["error"]
            assert set(error) <= {"code", "message", "requestId", "details"}
            assert error["requestId"] == response.headers["X-Request-Id"]
            assert error["message"]
        return response

    def create(self, name: str = "Launch") -> dict[str, Any]:
        """A new campaign."""
        response = self.request("POST", "/api/campaigns", json={"name": name})
        assert response.status_code == 201
        return dict(response.json())

    def announce(self, event: str, id_: str, name: str | None = None) -> None:
        """Announce a sequence or template on the bus."""
        detail = {"tenantId": self.id, "id": id_, "updatedAt": datetime.now(UTC).isoformat()}
        entry = {
            "EventBusName": self.stack["CAMPAIGNS_EVENT_BUS"],
            "Source": f"kraiter.{event.partition('.')[0]}s",
            "DetailType": event,
            "Detail": json.dumps(detail | ({"name": name} if name else {})),
        }
        answer = boto3.client("events", endpoint_url=self.stack["AWS_ENDPOINT_URL"]).put_events(Entries=[entry])  # type: ignore[list-item]
        assert answer["FailedEntryCount"] == 0


def manage_keys(stack: dict[str, str], **operation: str) -> dict[str, Any]:
    """Invoke the operator's function."""
    client = boto3.client("lambda", endpoint_url=stack["AWS_ENDPOINT_URL"])
    answer = client.invoke(FunctionName=stack["CAMPAIGNS_MANAGE_API_KEYS"], Payload=json.dumps(operation))
    assert "FunctionError" not in answer
    return dict(json.load(answer["Payload"]))


def eventually[Result](probe: Callable[[], Result], seconds: float = 5) -> Result:
    """What ``probe`` answers once it no longer fails; its own failure when ``seconds`` are over."""
    end = time.monotonic() + seconds
    while True:
        try:
            return probe()
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
