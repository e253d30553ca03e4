"""Tenants of the stack that is tested, and the services around it.

It is the local one, unless ``VERIFY_STACK`` names another, as ``make verify`` does: a deployed one, or the local one as
if it were.
"""

import json
import os
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from operations.deployed import settings

VERIFIED = os.environ.get("VERIFY_STACK")
"""The stack that is verified; None where the tests have the local stack to themselves."""
STACK = VERIFIED or "campaigns-local"
ON_AWS = VERIFIED is not None and "AWS_ENDPOINT_URL" not in os.environ
PATIENCE = 10
"""How many times as long as on a quiet machine anything may take that follows from something else."""


class Settings(dict[str, str]):
    """What a client of the verified stack needs to know, as the local one's stack.env has it."""

    def __missing__(self, name: str) -> str:
        """Of a deployed stack: it has no emulator's address."""
        pytest.skip(f"it needs {name}, which is the emulator's")


def settings_of_the_stack() -> Settings:
    """Those of the stack that is verified, with what the environment says of AWS."""
    return Settings(settings(STACK) | {name: value for name, value in os.environ.items() if name.startswith("AWS_")})


class Tenant:
    """A tenant with a key of its own, and the means of the services around it."""

    def __init__(self, stack: dict[str, str], tenant_id: str) -> None:
        self.stack = stack
        self.id = tenant_id
        note(tenant_id)
        self.key = manage_keys(stack, operation="create", tenantId=tenant_id)["key"]
        self.client = httpx.Client(
            base_url=stack["CAMPAIGNS_BASE_URL"], headers={"Authorization": f"Bearer {self.key}"}, timeout=30
        )

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request; every answer of the API has what every answer must have."""
        response = self.client.request(method, path, **arguments)
        assert response.headers["X-Request-Id"]
        assert response.headers["RateLimit-Policy"] == '"tenant";q=100;w=1;kraiter-burst=200'
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
        answer = boto3.client("events").put_events(Entries=[entry])  # type: ignore[list-item]
        assert answer["FailedEntryCount"] == 0


class Subscriber:
    """A rule from the bus to a queue, as any other service would have it."""

    def __init__(self, stack: dict[str, str], tenant_id: str) -> None:
        name = f"subscriber-{uuid.uuid4().hex[:8]}"
        self.sqs, self.events = boto3.client("sqs"), boto3.client("events")
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.rule, self.bus = name, stack["CAMPAIGNS_EVENT_BUS"]
        pattern = {"source": ["kraiter.campaigns"], "detail": {"tenantId": [tenant_id]}}
        rule = self.events.put_rule(Name=name, EventBusName=self.bus, EventPattern=json.dumps(pattern))
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": rule_may_send(rule["RuleArn"], arn)})
        self.events.put_targets(Rule=name, EventBusName=self.bus, Targets=[{"Id": "queue", "Arn": arn}])
        self.heard: list[dict[str, Any]] = []

    def listen(self) -> list[dict[str, Any]]:
        """All events so far, each once, by the order that they claim."""
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", []):
            self._hear(messages)
        return sorted(self.heard, key=lambda event: str(event["detail"]["occurredAt"]))

    def _hear(self, messages: list[Any]) -> None:
        for message in messages:
            event = json.loads(message["Body"])
            if event["detail"]["id"] not in {each["detail"]["id"] for each in self.heard}:
                self.heard.append(event)
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def close(self) -> None:
        self.events.remove_targets(Rule=self.rule, EventBusName=self.bus, Ids=["queue"])
        self.events.delete_rule(Name=self.rule, EventBusName=self.bus)
        self.sqs.delete_queue(QueueUrl=self.url)


def rule_may_send(rule: str, queue: str) -> str:
    """A queue's policy: EventBridge may send to it, for one rule."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def note(tenant_id: str) -> None:
    """Where a stack is verified, leave a note of a tenant before it is made, so that it is erased whatever comes."""
    if path := os.environ.get("VERIFY_TENANTS"):
        with Path(path).open("a") as file:
            file.write(f"{tenant_id}\n")


def manage_keys(stack: dict[str, str], **operation: Any) -> dict[str, Any]:
    """Invoke the operator's function."""
    client = boto3.client("lambda")
    answer = client.invoke(FunctionName=stack["CAMPAIGNS_MANAGE_API_KEYS"], Payload=json.dumps(operation))
    assert "FunctionError" not in answer
    return dict(json.load(answer["Payload"]))


def eventually[Result](probe: Callable[[], Result], seconds: float = 5) -> Result:
    """What ``probe`` answers once it no longer fails; its own failure when ``seconds`` are over."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        try:
            return probe()
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
