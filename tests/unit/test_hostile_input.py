"""Whatever is sent: an answer of the contract, nothing changed by a refusal, and no way to learn of another's key."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.domain.api_keys import IssuedKey
from campaigns.domain.campaign import Kind
from campaigns.domain.inputs import NewCampaign
from campaigns.domain.page import encode_cursor
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.campaigns import CampaignStore
from campaigns.store.table import Table
from local.examples import CAMPAIGN_ID, TENANT, seed
from support.functions import ENDPOINTS, load
from support.http import Answer, Context, call, event

hostile = settings(
    max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

CODES = {
    400: "VALIDATION_ERROR",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    412: "PRECONDITION_FAILED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
STATUSES = {
    "create_campaign": {201, 400, 409, 413, 415},
    "list_campaigns": {200, 400},
    "get_campaign": {200, 304, 404},
    "update_campaign": {200, 400, 404, 412, 413, 415},
    "delete_campaign": {204, 400, 404, 412},
    "add_sequence": {200, 404, 409},
    "remove_sequence": {204, 404},
    "add_template": {200, 404, 409},
    "remove_template": {204, 404},
}
LONGEST_ERROR = 8192
METHOD_ARN = "arn:aws:execute-api:eu-west-1:000000000000:abc123/prod/GET/api/campaigns"
UNKNOWN_ROUTE = load("unknown_route")

TEXT = st.text(st.characters(exclude_categories=[]), max_size=40)
"""Any, lone surrogates and NULs among it."""


def escaped(content: bytes) -> str:
    """Percent-encoded, all of it."""
    return "".join(f"%{byte:02X}" for byte in content)


def damaged(text: str) -> st.SearchStrategy[str]:
    """``text`` with something else in the place of one character."""
    position = st.integers(0, len(text))
    return st.builds(lambda at, other: text[:at] + other + text[at + 1 :], position, st.text(max_size=2))


IDS = st.one_of(
    st.sampled_from([CAMPAIGN_ID, "onboarding", "launch-announcement"]),
    st.sampled_from([CAMPAIGN_ID, "onboarding"]).map(lambda id_: escaped(id_.encode())),
    st.sampled_from(
        ["", ".", "..", "%", "%zz", "%2e%2e%2f", "%C3%28", "%ED%A0%80", "%00", "x" * 129, "%F0%9F%9A%80" * 128]
    ),
    st.sampled_from(["CAMPAIGN%23" + CAMPAIGN_ID, "TENANT%23globex", CAMPAIGN_ID.lower(), CAMPAIGN_ID + "%0A"]),
    damaged(CAMPAIGN_ID),
    TEXT,
    st.binary(max_size=20).map(escaped),
)
CURSOR = encode_cursor(TENANT, CAMPAIGN_ID)
PARAMETERS = st.dictionaries(
    st.sampled_from(["limit", "cursor"]) | TEXT,
    st.lists(
        st.one_of(
            st.sampled_from(
                ["1", "100", "0", "-1", "1e1", "٣", "9" * 5000, CURSOR, encode_cursor("globex", CAMPAIGN_ID)]
            ),
            damaged(CURSOR),
            TEXT,
        ),
        min_size=1,
        max_size=2,
    ),
    max_size=4,
)
VALUES = st.lists(
    st.sampled_from(
        ["application/json", "application/json; charset=utf-16", '"1"', '"2"', 'W/"2"', "*", '"9", "1"', "key"]
    )
    | st.sampled_from(['"' + "9" * 5000 + '"', "k" * 256, '"1",' * 2000])
    | TEXT,
    max_size=2,
)
HEADERS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["If-Match", "if-none-match", "IDEMPOTENCY-KEY", "Content-Type"], VALUES)
) | st.dictionaries(TEXT, VALUES, max_size=3)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from(["N", "active"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(["name", "description", "status"])


def as_object(pairs: list[tuple[str, Any]]) -> str:
    """A JSON object with these fields, whether or not they repeat."""
    return "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}"


BODIES = st.one_of(
    st.lists(st.tuples(FIELDS, st.sampled_from(["N", "active"]) | JSON), max_size=3).map(as_object),
    st.lists(st.tuples(FIELDS | TEXT, JSON), max_size=25).map(as_object),
    JSON.map(json.dumps),
    st.builds(
        lambda opening, depth, closing: opening * depth + closing * depth,
        st.sampled_from(["[", '{"name":', '{"a":[', "[[],"]),
        st.integers(1, 9000),
        st.sampled_from(["", "]", "}", "]}"]),
    ),
    st.integers(1, 60_000).map(lambda digits: '{"name":' + "9" * digits + "}"),
    st.sampled_from(['{"name":1e999999}', '{"name":-Infinity}', '{"name":"\\ud800"}', '{"name":"N"}'.ljust(65_537)]),
    st.binary(max_size=100),
)


PARTS = {
    # What each endpoint reads. The rest it should not even look at.
    "create_campaign": {"body", "headers"},
    "list_campaigns": {"query"},
    "get_campaign": {"id", "headers"},
    "update_campaign": {"id", "body", "headers"},
    "delete_campaign": {"id", "headers"},
} | {name: {"id", "subject"} for name in ENDPOINTS[-4:]}


@st.composite
def requests(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A request as API Gateway passes it on: a good one, some parts of which are anything."""
    hostile = {
        part
        for part in ("id", "subject", "query", "headers", "body")
        if draw(st.integers(0, 9)) < (5 if part in PARTS[name] else 1)
    }
    subject = draw(IDS) if "subject" in hostile else draw(st.sampled_from(["onboarding", "launch-announcement"]))
    request = event(
        raw=draw(BODIES) if "body" in hostile else draw(st.sampled_from(['{"name":"N"}', '{"name":"M"}'])),
        path={"id": draw(IDS) if "id" in hostile else CAMPAIGN_ID, "seqId": subject, "tplId": subject},
        encode=draw(st.booleans()),
    )
    if "headers" in hostile:
        request["multiValueHeaders"] |= draw(HEADERS)
    if "query" in hostile:
        request["multiValueQueryStringParameters"] = draw(PARAMETERS)
    return request


def contents(table: Table) -> dict[tuple[str, str], Any]:
    """All that the table holds, by key."""
    items: Any = table.client.scan(TableName=table.name)["Items"]
    return {(item["PK"]["S"], item["SK"]["S"]): item for item in items}


def restore(table: Table, wanted: dict[tuple[str, str], Any]) -> None:
    """Bring the table back to what it held."""
    there = contents(table)
    table.delete_all({"PK": item["PK"], "SK": item["SK"]} for key, item in there.items() if key not in wanted)
    for key, item in wanted.items():
        if there.get(key) != item:
            table.send("put_item", Item=item)


def check_error(answer: Answer) -> None:
    """The envelope, with the code of the status, and nothing besides."""
    assert set(answer.body) == {"error"}
    assert {"code", "message", "requestId"} <= set(answer.body["error"]) <= {"code", "message", "requestId", "details"}
    assert answer.code == CODES[answer.status]
    for detail in answer.body["error"].get("details", []):
        assert set(detail) == {"field", "message"}
    assert len(answer.text) <= LONGEST_ERROR
    json.dumps(answer.body, ensure_ascii=False).encode()  # no lone surrogate, which many parsers refuse


@pytest.mark.parametrize("name", ENDPOINTS)
def test_whatever_is_sent_is_answered_as_the_contract_says(table: Table, name: str) -> None:
    seed(table)
    CampaignStore(table).add(TENANT, CAMPAIGN_ID, Kind.SEQUENCE, "onboarding")
    CampaignStore(table).create_with_key(TENANT, NewCampaign(name="N"), "key")
    function = load(name)

    before = contents(table)

    @hostile
    @given(request=requests(name))
    def check(request: dict[str, Any]) -> None:
        answer = call(function, request)
        assert answer.status in STATUSES[name]
        if answer.status >= 400:
            check_error(answer)
            assert contents(table) == before
        elif name not in {"list_campaigns", "get_campaign"}:
            restore(table, before)

    check()


def names(filler: str) -> list[str]:
    """Many, and long."""
    return [f"{number:02}" + filler * 98 for number in range(25)]


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("create_campaign", event(dict.fromkeys(names("🚀"), 1))),
        ("update_campaign", event(dict.fromkeys(names("\0"), 1), path={"id": CAMPAIGN_ID})),
        ("create_campaign", event(raw='{"\\ud800": 1, "\\ud800": 1}')),
        ("list_campaigns", event(query="&".join(f"{name}=" for name in names("🚀")))),
        ("list_campaigns", event(query="&".join(f"{name}=&{name}=" for name in names("x")))),
        ("list_campaigns", event(query="&".join(f"p{number}=&p{number}=" for number in range(900)))),
        ("list_campaigns", event() | {"multiValueQueryStringParameters": {"\ud800": ["1", "2"]}}),
    ],
)
def test_an_error_stays_short_and_readable_whatever_it_complains_about(
    table: Table, name: str, request_: dict[str, Any]
) -> None:
    answer = call(load(name), request_)
    assert answer.status == 400
    check_error(answer)


@hostile
@given(
    url=TEXT | st.lists(st.sampled_from(["/", "api", "campaigns", "sequences", "%2F", "\0", "\n"]) | TEXT).map("".join)
)
def test_a_path_of_no_endpoint_is_not_found_or_not_allowed(url: str) -> None:
    answer = call(UNKNOWN_ROUTE, event(url=url, tenant=None))
    assert (answer.status, answer.code) in {(404, "NOT_FOUND"), (405, "METHOD_NOT_ALLOWED")}
    assert ("Allow" in answer.headers) == (answer.status == 405)
    check_error(answer)


class Gate:
    """The authorizer, with what it asks the table and what it logs."""

    def __init__(self, log: io.StringIO) -> None:
        self._handler = load("authorize").handler
        self._log = log
        self.asked: list[tuple[str, Any]] = []

    def record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.asked.append((model.name, params.get("Key")))

    def ask(self, authorization: str) -> tuple[Any, list[dict[str, Any]]]:
        """The answer, and the log lines without their times."""
        self.asked.clear()
        self._log.seek(0)
        self._log.truncate()
        answer = self._handler(
            {"type": "TOKEN", "authorizationToken": authorization, "methodArn": METHOD_ARN}, Context()
        )
        lines = [json.loads(line) for line in self._log.getvalue().splitlines()]
        return answer, [{name: value for name, value in line.items() if name != "timestamp"} for line in lines]


@pytest.fixture
def gate(table: Table, log: io.StringIO) -> Iterator[Gate]:
    gate, events = Gate(log), table.client.meta.events
    gate.ask("")  # The log tells a cold start from others.
    events.register("provide-client-params.dynamodb", gate.record)
    yield gate
    events.unregister("provide-client-params.dynamodb", gate.record)


def near(key: IssuedKey) -> st.SearchStrategy[str]:
    """What is almost a key, or known of it."""
    digest = hashlib.sha256(key.key.encode()).hexdigest()
    return (
        st.sampled_from([key.key.swapcase(), key.key.upper(), key.key[:-1], key.key[1:], key.key * 2, key.key + " "])
        | st.sampled_from(
            [key.key_id, key.prefix, digest, f"APIKEY#{digest}", digest.upper(), escaped(key.key.encode())]
        )
        | st.sampled_from([key.key + "\0", key.key + "\n", "\ufeff" + key.key, key.key.replace("_", "\uff3f", 1)])
        | st.text(min_size=1).map(key.key.__add__)
        | damaged(key.key).filter(lambda other: other != key.key)
    )


def test_what_is_no_key_is_refused_as_any_other(table: Table, gate: Gate) -> None:
    api_keys = ApiKeyStore(table)
    revoked, *others = [api_keys.issue(tenant) for tenant in (TENANT, TENANT, "globex")]
    api_keys.revoke(TENANT, revoked.key_id)
    refusal = gate.ask("Bearer kr_" + "x" * 43)
    assert refusal[0]["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert len(refusal[1]) == 1

    @hostile
    @given(
        scheme=st.sampled_from(["Bearer ", "bearer ", "Basic ", ""]),
        token=st.text()
        | st.text(min_size=1).map(lambda text: text * 10_000)
        | st.one_of(*map(near, others))
        | st.just(revoked.key),
    )
    def check(scheme: str, token: str) -> None:
        # The same answer and the same log line, whatever was sent: neither tells how near it was.
        assert gate.ask(scheme + token) == refusal
        # Looked up by its hash, never compared: the time that it takes tells nothing either.
        digest = hashlib.sha256(token.rpartition(" ")[2].encode()).hexdigest()
        assert gate.asked in ([], [("GetItem", keys.api_key(digest))])

    check()


@pytest.mark.parametrize("token", ["\ud800", "Bearer kr_\udfff", "Bearer \ud83d"])
def test_what_is_no_text_is_refused(gate: Gate, token: str) -> None:
    assert gate.ask(token) == gate.ask("Bearer kr_" + "x" * 43)


def test_a_key_that_opens_leaves_no_trace_of_itself(table: Table, gate: Gate) -> None:
    key = ApiKeyStore(table).issue(TENANT).key
    answer, lines = gate.ask(f"Bearer {key}")
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert lines[0]["tenantId"] == TENANT
    assert [key[at : at + 8] for at in range(len(key) - 7) if key[at : at + 8] in json.dumps([answer, lines])] == []
