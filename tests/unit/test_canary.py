"""The canary, calling the real endpoints; and how it comes by its key."""

import io
import json
from contextlib import closing
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request

import boto3
import pytest

from campaigns.domain.inputs import NewCampaign
from campaigns.gateway.usage_plan import UsagePlan
from campaigns.store.table import Table
from operations import canary_key
from support.functions import load
from support.http import Context, call, event
from support.stores import CampaignStore

TENANT = canary_key.TENANT
BY_METHOD = {"POST": "create_campaign", "GET": "get_campaign", "DELETE": "delete_campaign"}


class Gateway:
    """Stands for API Gateway: hands what the canary sends to the endpoints, or answers with an error itself."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failing: dict[str, int] = {}

    def urlopen(self, request: Request, timeout: float) -> Any:
        assert timeout
        method, url = request.get_method(), urlsplit(request.full_url)
        id_ = url.path.removeprefix("/prod/api/campaigns").strip("/")
        name = "list_campaigns" if method == "GET" and not id_ else BY_METHOD[method]
        self.sent.append(name)
        status, body = self.failing.get(name), ""
        if status is None:
            sent = json.loads(request.data) if isinstance(request.data, bytes) else None
            answer = call(load(name), event(sent, tenant=TENANT, path={"id": id_} if id_ else None, query=url.query))
            status, body = answer.status, answer.text
        if status >= 400:
            raise HTTPError(request.full_url, status, "refused", request.headers, None)  # type: ignore[arg-type]
        return closing(io.BytesIO(body.encode()))


@pytest.fixture
def gateway_(table: Table) -> Gateway:
    assert table.name
    return Gateway()


@pytest.fixture
def canary(gateway_: Gateway, plan: UsagePlan, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The function, with a key."""
    boto3.client("ssm").put_parameter(
        Name=f"/campaigns/{plan.stack}/canary-key", Value="kr_secret", Type="SecureString"
    )
    module = load("canary")
    monkeypatch.setattr(module, "urlopen", gateway_.urlopen)
    return module


def test_it_creates_reads_and_deletes_a_campaign(
    canary: ModuleType, gateway_: Gateway, table: Table, log: io.StringIO
) -> None:
    assert canary.handler({}, Context()) == {"passed": True}
    assert gateway_.sent == ["list_campaigns", "create_campaign", "get_campaign", "delete_campaign"]
    assert CampaignStore(table).list(TENANT, 10, None).campaigns == []
    (line,) = [json.loads(line) for line in log.getvalue().splitlines() if '"passed"' in line]
    assert line["milliseconds"] >= 0
    assert "kr_secret" not in log.getvalue()


@pytest.mark.parametrize("name", ["list_campaigns", "create_campaign", "get_campaign", "delete_campaign"])
@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_what_a_client_would_not_get_is_an_error(
    canary: ModuleType, gateway_: Gateway, table: Table, name: str, status: int
) -> None:
    gateway_.failing[name] = status
    with pytest.raises(HTTPError):
        canary.handler({}, Context())
    left = len(CampaignStore(table).list(TENANT, 10, None).campaigns)
    assert left == (name == "delete_campaign")  # what was created goes, whatever failed after it


def test_a_campaign_that_reads_otherwise_is_an_error(canary: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = canary.call

    def forgetful(key: str, method: str, path: str, body: Any = None) -> Any:
        answer = honest(key, method, path, body)
        return answer | {"name": "Other"} if (method, path[:1]) == ("GET", "/") else answer

    monkeypatch.setattr(canary, "call", forgetful)
    with pytest.raises(RuntimeError, match="does not read as it was created"):
        canary.handler({}, Context())


def test_what_an_earlier_run_left_goes(canary: ModuleType, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that may be another run's stays."""
    store = CampaignStore(table)
    left = [store.create(TENANT, NewCampaign(name="Canary")).id for _ in range(3)]
    canary.handler({}, Context())
    assert [each.id for each in store.list(TENANT, 10, None).campaigns] == left[::-1]
    monkeypatch.setattr(canary, "LEFT_BEHIND", -canary.LEFT_BEHIND)
    canary.handler({}, Context())
    assert store.list(TENANT, 10, None).campaigns == []


def test_it_says_once_that_it_has_no_key(gateway_: Gateway, log: io.StringIO) -> None:
    canary = load("canary")
    for _ in range(3):
        assert canary.handler({}, Context()) == {"passed": False}
    assert log.getvalue().count("there is no key") == 1
    assert gateway_.sent == []
