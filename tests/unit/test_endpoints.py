"""The nine handlers, called as API Gateway calls them: every answer of the contract, and every bad input."""

import io
import json
import os
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import quote, unquote

import pytest
from botocore.exceptions import ReadTimeoutError

from campaigns.domain.campaign import Kind
from campaigns.domain.identifiers import is_association_id, is_campaign_id
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.catalogue import named
from support.clock import Stopwatch
from support.functions import ENDPOINTS, WITH_TABLE, load
from support.http import Answer, call, event
from support.memory import MemoryDynamoDB

MISSING = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
PATH = {"id": MISSING, "seqId": "onboarding", "tplId": "onboarding", "webhookId": MISSING.replace("cmp_", "wh_")}
PATH["deliveryId"] = MISSING.replace("cmp_", "dlv_")


class Api:
    """The nine functions on one table."""

    def __init__(self) -> None:
        self.functions: dict[str, ModuleType] = {name: load(name) for name in ENDPOINTS}

    def create(self, body: Any = None, **request: Any) -> Answer:
        return call(self.functions["create_campaign"], event(body, **request))

    def list(self, query: str = "", **request: Any) -> Answer:
        return call(self.functions["list_campaigns"], event(query=query, **request))

    def get(self, id_: str, **request: Any) -> Answer:
        return call(self.functions["get_campaign"], event(path={"id": id_}, **request))

    def update(self, id_: str, body: Any = None, **request: Any) -> Answer:
        return call(self.functions["update_campaign"], event(body, path={"id": id_}, **request))

    def delete(self, id_: str, **request: Any) -> Answer:
        return call(self.functions["delete_campaign"], event(path={"id": id_}, **request))

    def associate(self, verb: str, kind: str, id_: str, subject: str, **request: Any) -> Answer:
        parameter = {"sequence": "seqId", "template": "tplId"}[kind]
        return call(self.functions[f"{verb}_{kind}"], event(path={"id": id_, parameter: subject}, **request))

    def new(self) -> str:
        return str(self.create({"name": "Launch"}).body["id"])


@pytest.fixture
def api(table: Table) -> Api:
    return Api()


def test_create(api: Api) -> None:
    answer = api.create({"name": "  Q4 Product Launch ", "description": "D"})
    campaign = answer.body
    assert answer.status == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Location"].endswith(f"/api/campaigns/{campaign['id']}")
    assert list(campaign) == [
        "id",
        "name",
        "description",
        "status",
        "sequences",
        "templates",
        "labels",
        "metadata",
        "startsAt",
        "endsAt",
        "archivedAt",
        "createdAt",
        "updatedAt",
        "etag",
    ]
    assert campaign["etag"] == answer.headers["ETag"]
    assert answer.headers["X-Request-Id"] == "Q8fT1EXAMPLEjEw="
    assert is_campaign_id(campaign["id"])
    assert campaign["name"] == "Q4 Product Launch"
    assert api.get(campaign["id"]).body == campaign


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        (None, "body", "must be a JSON object"),
        ([], "body", "must be a JSON object"),
        ("text", "body", "must be a JSON object"),
        (7, "body", "must be a JSON object"),
        ({}, "name", "is required"),
        ({"name": None}, "name", "must be a string"),
        ({"name": 7}, "name", "must be a string"),
        ({"name": ""}, "name", "must have at least 1 character"),
        ({"name": " \t\n\u3000 "}, "name", "must have at least 1 character"),
        *[
            ({"name": invisible}, "name", "must have at least 1 character that can be seen")
            for invisible in (
                "\u200b",
                "\u2800",
                "\u3164 \ufe0f",
                "\U000e0041",
                "\u202e\u2066",
                "\ufeff\xad",
                "\ufff9\ufffb",
                "\U00013430\U0001d159",
            )
        ],
        ({"name": "x" * 201}, "name", "must have at most 200 characters"),
        ({"name": "a\0b"}, "name", "must not contain control characters"),
        ({"name": "a\nb"}, "name", "must not contain line breaks"),
        ({"name": "\ud800"}, "name", "must be valid Unicode text"),
        ({"name": "N", "description": "x" * 2001}, "description", "must have at most 2000 characters"),
        ({"name": "N", "description": 7}, "description", "must be a string"),
        ({"name": "N", "description": "a\0"}, "description", "must not contain control characters"),
        ({"name": "N", "labels": "q4"}, "labels", "must be a list"),
        ({"name": "N", "labels": None}, "labels", "must be a list"),
        ({"name": "N", "labels": [f"l{n}" for n in range(21)]}, "labels", "must have at most 20 entries"),
        ({"name": "N", "labels": ["a", " 	 "]}, "labels.1", "must have at least 1 character"),
        ({"name": "N", "labels": ["\u200b"]}, "labels.0", "must have at least 1 character that can be seen"),
        ({"name": "N", "labels": ["a,b"]}, "labels.0", "must not contain a comma"),
        ({"name": "N", "labels": ["x" * 51]}, "labels.0", "must have at most 50 characters"),
        ({"name": "N", "labels": [7]}, "labels.0", "must be a string"),
        ({"name": "N", "labels": ["a\nb"]}, "labels.0", "must not contain line breaks"),
        ({"name": "N", "metadata": []}, "metadata", "must be a JSON object"),
        ({"name": "N", "metadata": None}, "metadata", "must be a JSON object"),
        ({"name": "N", "metadata": {f"k{n}": "v" for n in range(21)}}, "metadata", "must have at most 20 entries"),
        ({"name": "N", "metadata": {"": "v"}}, "metadata.", "is no key: 1-40 letters"),
        ({"name": "N", "metadata": {"k" * 41: "v"}}, f"metadata.{'k' * 31}", "is no key: 1-40 letters"),
        ({"name": "N", "metadata": {"é": "v"}}, "metadata.é", "is no key: 1-40 letters"),
        ({"name": "N", "metadata": {"k": 1}}, "metadata.k", "must be a string"),
        ({"name": "N", "metadata": {"k": None}}, "metadata.k", "must be a string"),
        ({"name": "N", "metadata": {"k": {"deep": "v"}}}, "metadata.k", "must be a string"),
        ({"name": "N", "metadata": {"k": "x" * 501}}, "metadata.k", "must have at most 500 characters"),
        ({"name": "N", "metadata": {"k": "a\0"}}, "metadata.k", "must not contain control characters"),
        ({"name": "N", "archived": True}, "archived", "is not a known field"),
        ({"name": "N", "status": "active"}, "status", "is not a known field"),
        ({"name": "N", "id": MISSING}, "id", "is not a known field"),
        ({"name": "N", "\ud800": 1}, "body", ""),
        ({"name": "N", "": 1}, '""', "is not a known field"),
        ({"name": "N", "[key]": 1}, "[key]", "is not a known field"),
        ({"name": "N", "metadata": {"[key]": "v"}}, "metadata.[key]", "is no key: 1-40 letters"),
        ({"name": "N", "a.b": 1}, "a.b", "is not a known field"),
    ],
)
def test_create_refuses_and_names_the_field(api: Api, body: Any, field: str, says: str) -> None:
    answer = api.create(raw="null") if body is None else api.create(body)
    assert (answer.status, answer.code, answer.fields) == (400, "VALIDATION_ERROR", [field])
    assert answer.body["error"]["details"][0]["message"].startswith(says)
    assert api.list().body["data"] == []


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "body"),
        (b" ", "body"),
        (b"{", "body"),
        (b'{"name": NaN}', "body"),
        (b'{"name": "caf\xe9"}', "body"),
        (b"\xff\xfe{\x00}\x00", "body"),
        (b'{"name": "a", "name": "b"}', "name"),
        (b'{"name": "a", "description": {"x": 1, "x": 2}}', "x"),
        (b'{"": 1, "": 2}', '""'),
        (b"[" * 50_000, "body"),
        (b'{"name": "N"} {"name": "N"}', "body"),
    ],
)
def test_a_body_that_is_no_json_object(api: Api, raw: bytes, field: str) -> None:
    answer = api.create(raw=raw)
    assert (answer.status, answer.code, answer.fields) == (400, "VALIDATION_ERROR", [field])


def test_a_body_may_come_as_text_or_as_base64(api: Api) -> None:
    for encode in (True, False):
        assert api.create({"name": "🚀 é"}, encode=encode).body["name"] == "🚀 é"
    broken = event({"name": "N"}) | {"body": "no base64!"}
    assert call(api.functions["create_campaign"], broken).fields == ["body"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;"],
)
def test_json_may_name_its_charset(api: Api, content_type: str) -> None:
    assert api.create({"name": "N"}, headers={"Content-Type": content_type}).status == 201


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/jsonx"],
)
def test_what_is_not_json_is_415(api: Api, content_type: str) -> None:
    for answer in (
        api.create({"name": "N"}, headers={"Content-Type": content_type}),
        api.update(api.new(), {"name": "N"}, headers={"Content-Type": content_type}),
    ):
        assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_large_body_is_413(api: Api) -> None:
    assert api.create(raw=json.dumps({"name": "N"}).ljust(65_536)).status == 201
    answer = api.create(raw=json.dumps({"name": "N"}).ljust(65_537))
    assert (answer.status, answer.code) == (413, "PAYLOAD_TOO_LARGE")


def test_list(api: Api) -> None:
    made = [api.new() for _ in range(3)]
    assert [each["id"] for each in api.list().body["data"]] == made[::-1]
    first = api.list("limit=2")
    assert [each["id"] for each in first.body["data"]] == [made[2], made[1]]
    second = api.list(f"limit=2&cursor={first.body['nextCursor']}")
    assert (second.body["data"][0]["id"], second.body["nextCursor"]) == (made[0], None)
    assert first.body["data"][0] == api.get(made[2]).body


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *[(f"limit={value}", "limit") for value in ("0", "101", "abc", "%205", "5 ", "", "-1", "1.0", "٣", "1e1")],
        *[(f"cursor={value}", "cursor") for value in ("", "x", "%00", "é", "a" * 2000, MISSING)],
        ("limit=1&limit=2", "limit"),
        ("cursor=a&cursor=a", "cursor"),
        ("page=2", "page"),
        ("=2", '""'),
        ("limit[]=2", "limit[]"),
    ],
)
def test_list_refuses_and_names_the_parameter(api: Api, query: str, field: str) -> None:
    answer = api.list(query)
    assert (answer.status, answer.code, answer.fields) == (400, "VALIDATION_ERROR", [field])
    assert "field" not in answer.body["error"]["message"]


def test_a_cursor_belongs_to_its_tenant_and_its_list(api: Api) -> None:
    for _ in range(3):
        api.new()
    cursor = api.list("limit=1").body["nextCursor"]
    for wrong in (cursor[:-1], cursor[1:], cursor + "A", cursor.swapcase(), cursor[:4] + "AAAA" + cursor[8:]):
        assert api.list(f"cursor={wrong}").fields == ["cursor"]
    assert api.list(f"cursor={cursor}", tenant="globex").fields == ["cursor"]
    assert api.list(f"cursor={cursor}").status == 200


def test_update(api: Api) -> None:
    id_ = api.new()
    answer = api.update(id_, {"description": "D", "status": "active"})
    assert answer.status == 200
    assert answer.headers["ETag"] == '"2"'
    assert (answer.body["name"], answer.body["description"], answer.body["status"]) == ("Launch", "D", "active")
    assert api.update(id_, {"description": None}).body["description"] is None
    for status in ("completed", "draft", "completed", "active"):
        assert api.update(id_, {"status": status}).body["status"] == status


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["body"]),
        ([], ["body"]),
        ({"name": None}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"status": None}, ["status"]),
        ({"status": "paused"}, ["status"]),
        ({"status": ["active"]}, ["status"]),
        ({"sequences": []}, ["sequences"]),
        ({"updatedAt": "2025-09-15T10:00:00.000Z"}, ["updatedAt"]),
        ({"name": 1, "status": "paused", "x": 1}, ["name", "status", "x"]),
    ],
)
def test_update_refuses_and_names_the_fields(api: Api, body: Any, fields: list[str]) -> None:
    id_ = api.new()
    before = api.get(id_).body
    answer = api.update(id_, body)
    assert (answer.status, answer.code, answer.fields) == (400, "VALIDATION_ERROR", fields)
    assert api.get(id_).body == before


def test_delete(api: Api) -> None:
    id_ = api.new()
    answer = api.delete(id_)
    assert (answer.status, answer.text) == (204, "")
    assert "Content-Type" not in answer.headers
    assert api.get(id_).code == api.delete(id_).code == "NOT_FOUND"


@pytest.mark.parametrize("kind", ["sequence", "template"])
def test_associations(api: Api, table: Table, kind: str) -> None:
    CatalogueStore(table).follow(named("welcome email_é", "Welcome", kind=Kind(kind)))
    id_, subject = api.new(), quote("welcome email_é")
    added = api.associate("add", kind, id_, subject)
    assert added.status == 200
    assert added.headers["ETag"] == '"2"'
    assert added.body[f"{kind}s"] == [{"id": "welcome email_é", "name": "Welcome"}]
    again = api.associate("add", kind, id_, subject)
    assert (again.status, again.code) == (409, "CONFLICT")
    assert api.associate("add", kind, id_, "unknown").code == "NOT_FOUND"
    assert api.associate("add", kind, MISSING, subject).code == "NOT_FOUND"
    for _ in range(2):
        assert api.associate("remove", kind, id_, subject).status == 204
    assert api.get(id_).body[f"{kind}s"] == []
    assert api.associate("remove", kind, MISSING, subject).code == "NOT_FOUND"


@pytest.mark.parametrize(
    "id_", ["", "..", ".", "%2F", "a%2Fb", "%2e%2e", " ", "x" * 1000, "%FF", "%00", "cmp_%30", MISSING + "%00"]
)
def test_an_id_that_can_not_exist_is_not_found(api: Api, id_: str) -> None:
    campaign = api.new()
    answers = [
        api.get(id_),
        api.delete(id_),
        api.update(id_, {"name": "N"}),
        api.associate("add", "sequence", id_, "onboarding"),
        api.associate("add", "template", campaign, id_),
    ]
    assert {(answer.status, answer.code) for answer in answers} == {(404, "NOT_FOUND")}
    # Some could be a sequence's.
    assert api.associate("remove", "sequence", campaign, id_).status == (
        204 if is_association_id(unquote(id_, errors="surrogateescape")) else 404
    )


def test_ids_are_decoded_once(api: Api, table: Table) -> None:
    CatalogueStore(table).follow(named("50%25", "Twice encoded"))
    CatalogueStore(table).follow(named("50%", "Once encoded"))
    id_ = api.new()
    assert api.associate("add", "sequence", id_, "50%2525").body["sequences"][-1]["name"] == "Twice encoded"
    assert api.associate("add", "sequence", id_, "50%25").body["sequences"][-1]["name"] == "Once encoded"
    assert api.get(id_.replace("cmp", "%63mp")).status == 200


def test_if_match(api: Api) -> None:
    id_ = api.new()
    for header in ('"2"', 'W/"1"', '"x"', '""', '"01"', '"1x"', '"2", "3"'):
        answer = api.update(id_, {"name": "N"}, headers={"If-Match": header})
        assert (answer.status, answer.code) == (412, "PRECONDITION_FAILED"), header
        assert api.delete(id_, headers={"if-match": header}).status == 412
        assert api.associate("remove", "sequence", id_, "onboarding", headers={"If-Match": header}).status == 412
    for header in ("1", "", '"1', '"1" "2"', ",", "*, *"):
        answer = api.update(id_, {"name": "N"}, headers={"If-Match": header})
        assert (answer.status, answer.fields) == (400, ["If-Match"]), header
    assert api.update(id_, {"name": "N"}, headers={"If-Match": ' "1" '}).headers["ETag"] == '"2"'
    assert api.update(id_, {"name": "M"}, headers={"If-Match": '"7" , "2"'}).headers["ETag"] == '"3"'
    assert api.update(id_, {"name": "O"}, headers={"If-Match": "*"}).headers["ETag"] == '"4"'
    assert api.associate("remove", "template", id_, "welcome", headers={"If-Match": '"4"'}).status == 204
    assert api.update(MISSING, {"name": "N"}, headers={"If-Match": '"1"'}).status == 404
    assert api.delete(id_, headers={"If-Match": '"4"'}).status == 204


def test_if_none_match(api: Api) -> None:
    id_ = api.new()
    for header in ('"1"', 'W/"1"', '"0", "1"', "*"):
        answer = api.get(id_, headers={"If-None-Match": header})
        assert (answer.status, answer.text, answer.headers["ETag"]) == (304, "", '"1"')
    for header in ('"2"', 'W/"2"', '"x"', '""'):
        assert api.get(id_, headers={"If-None-Match": header}).status == 200
    for header in ("1", "", "nonsense", '"1" "2"', "*, *"):
        answer = api.get(id_, headers={"If-None-Match": header})
        assert (answer.status, answer.fields) == (400, ["If-None-Match"]), header
    assert api.get(MISSING, headers={"If-None-Match": "*"}).status == 404


def test_head_answers_what_get_does_without_the_body(api: Api) -> None:
    id_ = api.new()
    for whole, head in ((api.get(id_), api.get(id_, method="HEAD")), (api.list(), api.list(method="HEAD"))):
        assert (head.status, head.text, head.headers) == (whole.status, "", whole.headers)
    missing = api.get(MISSING, method="HEAD")
    assert (missing.status, missing.text) == (404, "")


def test_a_body_where_none_belongs_is_ignored(api: Api) -> None:
    id_ = api.new()
    assert api.associate("add", "sequence", id_, "onboarding", body={"x": 1}).status == 200
    assert api.associate("remove", "sequence", id_, "onboarding", raw=b"\xff").status == 204
    assert api.delete(id_, raw="nonsense", headers={"Content-Type": "text/plain"}).status == 204


def body_for(name: str) -> Any:
    """A body that the endpoint takes, or ignores."""
    bodies = {
        "change_associations": {"add": {}},
        "set_sequences": {"ids": []},
        "set_templates": {"ids": []},
        "create_webhook": {"url": "https://hooks.example.com/", "events": ["campaign.*"]},
        "update_webhook": {"enabled": True},
        "rotate_webhook_secret": {"graceSeconds": 0},
    }
    return bodies.get(name, {"name": "N"})


@pytest.mark.parametrize("name", ENDPOINTS)
def test_without_a_tenant_nothing_happens(api: Api, name: str) -> None:
    answer = call(api.functions[name], event(body_for(name), path=PATH, tenant=None))
    assert (answer.status, answer.code) == (401, "UNAUTHORISED")


@pytest.mark.parametrize("name", WITH_TABLE)
def test_what_goes_wrong_inside_stays_inside(
    api: Api, name: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("an internal detail")

    monkeypatch.setattr(Table, "_call", fail)
    answer = call(api.functions[name], event(body_for(name), path=PATH))
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert answer.body["error"]["message"] == "Something went wrong on our side."
    assert "an internal detail" in log.getvalue()


@pytest.mark.parametrize("name", WITH_TABLE)
def test_a_database_that_does_not_answer_is_503(api: Api, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def time_out(*_: Any, **__: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(MemoryDynamoDB, "_answer", time_out)
    with Stopwatch().running():
        answer = call(api.functions[name], event(body_for(name), path=PATH))
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "UNAVAILABLE", "1")


def test_every_answer_and_log_line_has_the_request_id(api: Api, log: io.StringIO) -> None:
    for answer in (api.create({"name": "N"}), api.create({}), api.get(MISSING)):
        assert answer.headers["X-Request-Id"] == "Q8fT1EXAMPLEjEw="
        assert answer.headers["RateLimit-Policy"] == os.environ["CAMPAIGNS_RATE_LIMIT_POLICY"]
        if "error" in answer.body:
            assert answer.body["error"]["requestId"] == answer.headers["X-Request-Id"]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["message"], line["status"], line["tenantId"], line["requestId"]) for line in lines] == [
        ("answered", status, "acme", "Q8fT1EXAMPLEjEw=") for status in (201, 400, 404)
    ]


def test_a_log_line_has_what_is_searched_for_and_no_more(api: Api, log: io.StringIO) -> None:
    """CloudWatch bills each byte; Powertools' own line for the same has 568 of them."""
    api.get(MISSING)
    (text,) = log.getvalue().splitlines()
    line = json.loads(text)
    assert line.get("cold_start", True) is True
    searched = {"level", "message", "function_name", "function_request_id", "requestId", "route", "tenantId", "status"}
    assert searched <= set(line)
    assert not {"function_arn", "function_memory_size", "location", "service", "xray_trace_id"} & set(line)
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
    assert len(text) <= 330


def test_a_trace_of_a_failure_is_logged_once(api: Api, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "_call", lambda *_, **__: 1 / 0)
    api.get(MISSING)
    failed = json.loads(log.getvalue().splitlines()[0])
    assert failed["message"] == "failed"
    assert failed["exception"].startswith("Traceback")
    assert log.getvalue().count("Traceback") == 1
    assert "stack_trace" not in failed


def test_an_answer_is_not_larger_than_the_request_that_it_complains_about(api: Api) -> None:
    many = api.create({f"field{number}": 1 for number in range(3000)})
    long = api.create({"f" * 60_000: 1})
    twice = api.create(raw='{"' + "f" * 30_000 + '":1,"' + "f" * 30_000 + '":1}')
    assert [len(answer.body["error"]["details"]) for answer in (many, long, twice)] == [20, 2, 1]
    assert max(len(answer.text) for answer in (many, long, twice)) < 4000


def test_a_creation_is_replayed_under_its_idempotency_key(api: Api) -> None:
    key = {"Idempotency-Key": "launch 1!"}
    first = api.create({"name": "Launch"}, headers=key)
    again = api.create({"name": " Launch ", "description": None}, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert {name: again.headers[name] for name in ("ETag", "Location")} == {
        name: first.headers[name] for name in ("ETag", "Location")
    }
    assert "Idempotent-Replayed" not in first.headers
    other = api.create({"name": "Other"}, headers=key)
    assert (other.status, other.code) == (409, "CONFLICT")


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\xe9", "a\x00b", "a\tb"])
def test_a_bad_idempotency_key(api: Api, key: str) -> None:
    answer = api.create({"name": "Launch"}, headers={"Idempotency-Key": key})
    assert (answer.status, answer.fields) == (400, ["Idempotency-Key"])


def test_two_idempotency_keys(api: Api) -> None:
    request = event({"name": "Launch"}, method="POST")
    request["multiValueHeaders"]["Idempotency-Key"] = ["a", "b"]
    answer = call(load("create_campaign"), request)
    assert (answer.status, answer.fields) == (400, ["Idempotency-Key"])
