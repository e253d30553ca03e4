"""The release before and this one over one table, as while a deployment takes over, or is rolled back.

Both run as they are, functions and layer, each in a process of its own, on DynamoDB Local. What a client is answered
must not depend on which of the two answers; what one wrote, the other reads, keeps and tells.
"""

import itertools
import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from campaigns.store.table import Table
from local.dynamodb import table_request
from operations.verify import verify
from support.engines import client_of
from support.http import event
from support.release import ROOT, Invoked, Release, previous, started
from support.stream import records_for

SEEDS, STEPS = int(os.environ.get("UPGRADES", "2")), 60
UNKNOWN_BEFORE = {"startsAt", "endsAt"}
"""Fields of a campaign that the release before shows empty."""
LAUNCH = "2031-03-01T09:00:00.000Z"


class Records:
    """What the table's stream holds, as Lambda gives it to functions."""

    def __init__(self, endpoint_url: str, table: str) -> None:
        self._client = boto3.client(
            "dynamodbstreams",
            endpoint_url=endpoint_url,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        (stream,) = self._client.list_streams(TableName=table)["Streams"]
        described = self._client.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
        (shard,) = described["Shards"]
        self._iterator = self._client.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]

    def new(self) -> list[dict[str, Any]]:
        """Those since the last look."""
        found: list[dict[str, Any]] = []
        while True:
            page: Any = self._client.get_records(ShardIterator=self._iterator)
            self._iterator = page["NextShardIterator"]
            if not page["Records"]:
                return found
            for record in page["Records"]:
                at = record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
                found.append({**record, "dynamodb": {**record["dynamodb"], "ApproximateCreationDateTime": at}})


class Service:
    """A table, and the two releases on it."""

    def __init__(self, before: Release, now: Release, records: Records) -> None:
        self.before = before
        self.now = now
        self.records = records

    def follow(self, *releases: Release) -> list[dict[str, Any]]:
        """What functions do about the changes so far, of these releases in turn; the events that were told.

        The mapping of the stream has the filters of one release, which the other's function may be given. Where a
        deployment takes over the function comes first, so that none is given what it doesn't know. What looks after
        memberships has another name in each, so that both have a mapping meanwhile.
        """
        told: list[dict[str, Any]] = []
        records = self.records.new()
        for number, record in enumerate(records_for("publish_events", records, releases[0].template)):
            told += self._handled(releases[number % len(releases)], "publish_events", record).sent
        for release in releases:
            function = "remove_memberships" if release is self.before else "keep_memberships"
            for record in records_for(function, records, release.template):
                self._handled(release, function, record)
        return told

    def _handled(self, release: Release, function: str, record: dict[str, Any]) -> Invoked:
        done = release.invoke(function, {"Records": [record]})
        assert done.answer == {"batchItemFailures": []}
        return done


@pytest.fixture(scope="module")
def previous_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = previous(tmp_path_factory.mktemp("previous"))
    if folder is None:
        pytest.skip("SHALLOW CLONE: the release before is not in it, and no upgrade was tried (git fetch --unshallow)")
    return folder


@pytest.fixture(scope="module")
def table(endpoint: str) -> Table:
    client = client_of(endpoint)
    client.create_table(**table_request("upgraded"))
    return Table(client, "upgraded")


@pytest.fixture(scope="module")
def service(endpoint: str, table: Table, previous_release: Path) -> Iterator[Service]:
    with (
        started(previous_release, table.name, endpoint) as before,
        started(ROOT, table.name, endpoint) as now,
    ):
        yield Service(before, now, Records(endpoint, table.name))


def request(release: Release, function: str, tenant: str, **request: Any) -> tuple[int, Any]:
    """The status and the body of an answer."""
    answer = release.invoke(function, event(tenant=tenant, **request)).answer
    return answer["statusCode"], json.loads(answer["body"] or "null")


def announce(release: Release, tenant: str, kind: str, id_: str, name: str | None, at: datetime) -> None:
    """Have it follow what another service announced; without a name, a deletion."""
    detail = {"tenantId": tenant, "id": id_, "updatedAt": at.isoformat()} | ({"name": name} if name else {})
    body = {
        "source": f"kraiter.{kind}s",
        "detail-type": f"{kind}.{'updated' if name else 'deleted'}",
        "detail": detail,
    }
    message = json.loads((ROOT / "events" / "sync_catalogue.json").read_text())["Records"][0]
    done = release.invoke("sync_catalogue", {"Records": [message | {"body": json.dumps(body)}]})
    assert done.answer == {"batchItemFailures": []}


class Script:
    """Requests of a seed: the same for whoever carries them out."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.ids: list[str] = []
        self.clock = datetime.now(UTC)

    def carry_out(self, step: random.Random, release: Release) -> Any:
        """One request, or one announcement; what is answered, without what differs from run to run."""
        kind = step.choice(["sequence", "template"])
        subject = step.choice(["a", "b", "c", "d"])
        id_ = step.choice([*self.ids[-4:], "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
        one: dict[str, Any] = {"path": {"id": id_}}
        part: dict[str, Any] = {"path": {"id": id_, {"sequence": "seqId", "template": "tplId"}[kind]: subject}}
        patch = step.choice(
            [
                {"name": "Renamed"},
                {"status": "active"},
                {"labels": ["q4", "emea"]},
                {"metadata": {"crmId": "42"}},
                {"archived": True},
                {"description": None},
            ]
        )
        new = {"name": "N", "labels": ["new"], "sequences": step.choice([[], ["a"], ["b", "c"]])}
        both = {"add": {f"{kind}s": ["a", "b"]}, "remove": {f"{kind}s": ["c"]}}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("create_campaign", {"body": new}),
            ("get_campaign", one),
            ("list_campaigns", {"query": step.choice(["", "limit=2", "archived=any&sort=name", "sequence=a", "q=re"])}),
            ("count_campaigns", {"query": "status=draft"}),
            ("update_campaign", {**one, "body": patch}),
            (f"add_{kind}", part),
            (f"remove_{kind}", part),
            ("change_associations", {**one, "body": both}),
            (f"set_{kind}s", {**one, "body": {"ids": ["d", "a"]}}),
            ("clone_campaign", {**one, "body": {}}),
            ("delete_campaign", one),
        ]
        name = step.choice([None, "First", "Second", "Third"])
        weights = [4, 2, 2, 1, 4, 4, 2, 2, 2, 1, 1]
        function, arguments = step.choices(calls, weights)[0]
        if step.random() < 0.2:
            self.clock += timedelta(seconds=1)
            return announce(release, self.tenant, kind, subject, name, self.clock)
        status, body = request(release, function, self.tenant, **arguments)
        if status == 201:
            self.ids.append(body["id"])
        return function, status, self.shown(body)

    def shown(self, body: Any) -> Any:
        """What must be the same in every run."""
        match body:
            case list():
                return [self.shown(each) for each in body]
            case dict():
                return {
                    name: bool(value) if name.endswith("At") or name == "nextCursor" else self.shown(value)
                    for name, value in body.items()
                    if name not in UNKNOWN_BEFORE | {"requestId"}
                }
            case str() if body in self.ids:
                return self.ids.index(body)
        return body


def furnish(release: Release, tenant: str) -> None:
    for kind, id_ in itertools.product(["sequence", "template"], "abcd"):
        announce(release, tenant, kind, id_, id_.upper(), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_mixed_traffic_is_answered_as_by_one(
    seed: int, service: Service, table: Table, record_property: Callable[[str, object], None]
) -> None:
    """Every request by either release, by lot; and what follows from it."""
    answers: dict[str, list[Any]] = {}
    for run, releases in {"one": [service.now], "mixed": [service.before, service.now]}.items():
        tenant, lots = f"{run}-{seed}", random.Random(f"lots {seed}")
        furnish(lots.choice(releases), tenant)
        script, told = Script(tenant), list[dict[str, Any]]()
        answers[run] = []
        for step in range(STEPS):
            answers[run].append(script.carry_out(random.Random(f"{seed} {step}"), lots.choice(releases)))
            told += service.follow(*releases)
        assert verify(table, tenant).differences == set()
        status, page = request(service.now, "list_campaigns", tenant, query="archived=any&limit=100")
        assert (status, request(service.before, "list_campaigns", tenant, query="archived=any&limit=100")[1]) == (
            200,
            page,
        )
        versions = {each["campaign"]["id"]: each["campaign"] for each in told if each["campaign"]}
        assert [versions[each["id"]] for each in page["data"]] == page["data"], "the last event of each shows it"
    assert answers["mixed"] == answers["one"]
    record_property("requests and announcements by two releases", STEPS)


def test_what_only_this_release_knows_outlives_the_one_before(service: Service, table: Table) -> None:
    """Dates that were set before a rolling back are there after it, whatever the release before did meanwhile."""
    tenant = "rolled-back"
    furnish(service.now, tenant)
    _, made = request(
        service.now, "create_campaign", tenant, body={"name": "N", "startsAt": LAUNCH, "sequences": ["a"]}
    )
    assert made["startsAt"] == LAUNCH
    path = {"path": {"id": made["id"]}}
    for function, arguments in {
        "update_campaign": {**path, "body": {"name": "Renamed", "labels": ["q4"]}},
        "change_associations": {**path, "body": {"add": {"templates": ["b"]}, "remove": {"sequences": ["a"]}}},
        "add_sequence": {"path": {"id": made["id"], "seqId": "c"}},
        "set_templates": {**path, "body": {"ids": ["d"]}},
    }.items():
        assert request(service.before, function, tenant, **arguments)[0] == 200
    announce(service.before, tenant, "sequence", "c", "Renamed too", datetime(2026, 2, 1, tzinfo=UTC))
    service.follow(service.before)
    status, shown = request(service.now, "get_campaign", tenant, **path)
    assert (status, shown["startsAt"], shown["name"], shown["labels"]) == (200, LAUNCH, "Renamed", ["q4"])
    assert (shown["sequences"], shown["templates"]) == (
        [{"id": "c", "name": "Renamed too"}],
        [{"id": "d", "name": "D"}],
    )
    assert request(service.before, "delete_campaign", tenant, **path)[0] == 204
    assert [each["campaign"]["id"] for each in service.follow(service.now)] == [made["id"]]
    assert verify(table, tenant).differences == set()
