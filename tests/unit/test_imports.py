"""What each function loads when it starts: every module costs time at each cold start."""

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from support.functions import FUNCTIONS

NAMES = sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))
SEALING = {"create_webhook", "rotate_webhook_secret", "ping_webhook", "deliver_webhook"}
WITHOUT_AWS = {"get_docs", "get_openapi", "unknown_route", "whoami"}
WITH_PYDANTIC = {"manage_api_keys", "publish_events", "sync_catalogue"}
BUDGET = {
    "unknown_route": 195,
    "get_docs": 200,
    "whoami": 195,
    "get_openapi": 195,
    "sync_catalogue": 541,
    "update_campaign": 411,
    "manage_api_keys": 465,
}
BUDGET |= dict.fromkeys(
    ("create_campaign", "change_associations", "set_sequences", "set_templates", "clone_campaign"), 417
)
"""These read the catalogue and write memberships besides: five small modules of this layer, and none of others.

One is 411 and not 410, and these 417 and not 416, since each change says who made it (``domain.actors``).
"""
BUDGET |= dict.fromkeys(
    ("list_campaigns", "count_campaigns", "list_sequences", "get_sequence", "list_templates", "get_template"), 417
)
"""These load what a query is, the plan for it and its search."""
BUDGET["keep_memberships"] = 415
"""It was 410, and looks at additions again by what follows announcements: five modules of this layer."""
BUDGET |= {
    "list_events": 415,
    "publish_events": 472,
    "fan_out_webhooks": 420,
    "deliver_webhook": 430,
    "ping_webhook": 430,
}
"""The first loads what a query is; the second was 465, writes the history by two modules of this layer, and tells of
webhooks by four. The third reads webhooks and orders deliveries; the others send and sign.
"""
BUDGET |= dict.fromkeys(
    ("create_webhook", "update_webhook", "rotate_webhook_secret", "list_deliveries", "redeliver"), 420
)
"""These load what a webhook is, what of a URL is taken, and what seals secrets: small modules of this layer."""
ENDPOINT_BUDGET = 410
"""Modules, Python's own included. When a test says that it is too low, look at ``python -X importtime`` first."""

OF_THE_MACHINE = ("_distutils_hack", "sitecustomize", "usercustomize")
"""What an interpreter loads at its start where somebody has put it there; Lambda has none of it."""


@cache
def loaded(name: str) -> set[str]:
    """The modules of a fresh interpreter that has loaded a function."""
    script = "import app, json, sys; print(json.dumps([name for name in sys.modules if name not in sys.argv]))"
    environment = {
        "PYTHONPATH": f"{FUNCTIONS.parent / 'layers' / 'campaigns'}{os.pathsep}{FUNCTIONS / name}",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "CAMPAIGNS_TABLE": "table",
        "CAMPAIGNS_RATE_LIMIT_POLICY": "policy",
        "CAMPAIGNS_STACK": "stack",
        "CAMPAIGNS_HISTORY_DAYS": "365",
        "CAMPAIGNS_EVENT_BUS": "bus",
        "USAGE_PLAN_ID": "plan",
        "WEBHOOK_KEY_ID": "key",
        "DELIVERY_QUEUE_URL": "http://localhost/queue",
        "SLOW_DELIVERY_QUEUE_URL": "http://localhost/slow",
        "RETRY_GROUP": "group",
        "RETRY_QUEUE_ARN": "arn",
        "RETRY_ROLE_ARN": "arn",
        "RETRY_DEAD_LETTER_QUEUE_ARN": "arn",
        "WEBHOOK_LOOPBACK": "off",
        "CANARY_URL": "https://localhost",
        "CANARY_KEY": "key",
        "CATALOGUE_QUEUE_URL": "http://localhost/queue",
        **dict.fromkeys(
            ("SCHEDULES_QUEUE_URL", "SCHEDULES_DEAD_LETTER_QUEUE_URL", "SCHEDULE_GROUP"), "http://localhost/queue"
        ),
        **dict.fromkeys(("SCHEDULES_QUEUE_ARN", "SCHEDULES_DEAD_LETTER_QUEUE_ARN", "SCHEDULER_ROLE_ARN"), "arn"),
        "CATALOGUE_DEAD_LETTER_QUEUE_URL": "http://localhost/dead-letters",
        "DEAD_LETTER_QUEUE_URL": "http://localhost/dead-letters",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, *OF_THE_MACHINE], env=environment, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("name", NAMES)
def test_a_function_loads_no_more_than_its_budget(name: str) -> None:
    assert len(loaded(name)) <= BUDGET.get(name, ENDPOINT_BUDGET)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_loads_only_what_it_needs(name: str) -> None:
    modules = loaded(name)
    assert ("pydantic" in modules) == (name in WITH_PYDANTIC)
    assert ("botocore.client" in modules) == (name not in WITHOUT_AWS)
    assert "boto3" not in modules
    assert ("campaigns.store.api_keys" in modules) == (name in {"authorize", "manage_api_keys"})
    assert ("campaigns.store.catalogue" in modules) == (name in {"keep_memberships", "sync_catalogue"})
    assert "aws_xray_sdk" not in modules
    assert ("campaigns.store.webhooks" in modules) == (
        "webhook" in name or name in {"publish_events", "list_deliveries", "redeliver"}
    )
    assert ("campaigns.webhooks.sealing" in modules) == (name in SEALING)
