"""Whatever is sent: an answer of the contract, nothing changed by a refusal, and no way to learn of another's key."""

import hashlib
import io
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.domain.api_keys import IssuedKey
from campaigns.domain.campaign import Kind
from campaigns.domain.identifiers import encode_cursor
from campaigns.domain.inputs import NewCampaign
from campaigns.store import keys
from campaigns.store.api_keys import ApiKeyStore
from campaigns.store.table import Table
from campaigns.webhooks.sealing import Sealer
from local.examples import CAMPAIGN_ID, DELIVERY_ID, TENANT, WEBHOOK_ID, seed
from support.documented import check_documented
from support.functions import load
from support.http import Answer, Context, call, event
from support.stores import CampaignStore
from tools.limits import LONGEST_ERROR
from tools.openapi import Endpoint, endpoints

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
METHOD_ARN = "arn:aws:execute-api:eu-west-1:000000000000:abc123/prod/GET/api/campaigns"
UNKNOWN_ROUTE = load("unknown_route")

TEXT = st.text(st.characters(exclude_categories=[]) | st.sampled_from('\0\n\x7f\ud800\udc80%/#"\\'), max_size=40)
"""Any, lone surrogates and NULs among it."""


def escaped(content: bytes) -> str:
    """Percent-encoded, all of it."""
    return "".join(f"%{byte:02X}" for byte in content)


def damaged(text: str) -> st.SearchStrategy[str]:
    """``text`` with something else in the place of one character."""
    position = st.integers(0, len(text))
    return st.builds(lambda at, other: text[:at] + other + text[at + 1 :], position, st.text(max_size=2))


# Of each part of a request what is known to be nasty, which is tried always, and anything else, which Hypothesis draws.

NASTY_IDS = [
    *("", ".", "..", "%", "%zz", "%2e%2e%2f", "%00", "%0A", "%C3%28", "%ED%A0%80", "\ud800", "\0", "onboarding%2F"),
    *("x" * 129, "%F0%9F%9A%80" * 128, "%F0%9F%9A%80" * 129, escaped(CAMPAIGN_ID.encode()), escaped(b"onboarding")),
    *(CAMPAIGN_ID.lower(), CAMPAIGN_ID + "%0A", f"CAMPAIGN%23{CAMPAIGN_ID}", "TENANT%23globex", CAMPAIGN_ID * 1000),
]
IDS = damaged(CAMPAIGN_ID) | TEXT | st.binary(max_size=20).map(escaped)

CURSOR = encode_cursor(TENANT, CAMPAIGN_ID)
NASTY_QUERIES: list[dict[str, list[str]]] = [
    *(
        {"limit": [text]}
        for text in ("", "0", "-1", "1e1", "٣", "1_0", " 1", "1\n", "9" * 5000, "\0", "\ud800", "1" * 9)
    ),
    *({"cursor": [text]} for text in ("", "=", "é", "\ud800", "____", CURSOR + "=", CURSOR * 300)),
    *({"cursor": [encode_cursor(*of)]} for of in [("globex", CAMPAIGN_ID), (TENANT, "cmp_"), (TENANT, "x\nx" * 9)]),
    *({"limit": ["1", "1"]}, {"": [""]}, {"\ud800": ["1"]}, {"\0": ["1"]}, {"limit": ["1"], "Limit": ["1"]}),
]
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "limit": st.lists(TEXT | st.integers().map(str), min_size=1, max_size=1),
        "cursor": st.lists(
            TEXT | damaged(CURSOR) | st.binary().map(lambda content: urlsafe_b64encode(content).decode()),
            min_size=1,
            max_size=1,
        ),
    },
) | st.dictionaries(TEXT, st.lists(TEXT, min_size=1, max_size=2), max_size=4)

NAMES_OF_HEADERS = ["If-Match", "if-none-match", "IDEMPOTENCY-KEY", "Content-Type"]
NASTY_VALUES: list[list[str]] = [
    *(
        [text]
        for text in ('"1"', '"2"', 'W/"2"', "*", '"9", "2"', '"', '""', "*,*", "key", "k" * 256, "", "\0", "\ud800")
    ),
    *([text] for text in ('"' + "9" * 5000 + '"', '"1",' * 2000, '"' * 5000, "application/json" + " " * 5000 + "x")),
    *([], ["key", "key"], ['"1"', '"2"'], ["application/json", "text/plain"], ["application/json; charset=utf-16"]),
]
VALUES = st.lists(TEXT, max_size=2)
HEADERS = st.dictionaries(st.sampled_from(NAMES_OF_HEADERS) | TEXT, VALUES, max_size=3)


def as_object(pairs: list[tuple[str, Any]]) -> str:
    """A JSON object with these fields, whether or not they repeat."""
    return "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}"


NASTY_BODIES: list[str | bytes] = [
    *("[" * 60_000, "[" * 30_000 + "]" * 30_000, '{"name":' * 8000, '{"a":' * 5000 + "1" + "}" * 5000, "[[]," * 9000),
    *('{"name":' + "[" * 5000 + "]" * 5000 + "}", '{"name":"N"}'.ljust(65_536), '{"name":"N"}'.ljust(65_537)),
    *('{"name":' + digits + "}" for digits in ("9" * 60_000, "1e999999", "-0", "NaN", "-Infinity", "0" * 9)),
    *(
        '{"name":"' + text + '"}'
        for text in ("\\ud800", "\\u0000", "\0", "\ud800", "N" * 60_000, "\\ud83d\\ude80" * 200)
    ),
    *('{"name":"N","name":"N"}', '{"name":"N"}\0', "\ufeff{}", "null", '""', " ", '{"name":"N","__proto__":1}'),
    *(b"\xff\xfe", b'{"name":"\xed\xa0\x80"}', b'{"name":"\xff"}', b"\0" * 1000, b'\xef\xbb\xbf{"name":"N"}'),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(["name", "description", "status"])
BODIES = (
    st.lists(st.tuples(FIELDS, st.sampled_from(["N", "active"]) | JSON), max_size=3).map(as_object)
    | st.lists(st.tuples(FIELDS | TEXT, JSON), max_size=25).map(as_object)
    | JSON.map(json.dumps)
    | st.binary(max_size=100)
)


def read_by(endpoint: Endpoint) -> list[str]:
    """The parts of a request that an endpoint reads. What happens in the others is not its concern."""
    named = json.dumps(endpoint.operation.get("parameters", []))
    reads = {
        "id": "{id}" in endpoint.path,
        "webhook": "{webhookId}" in endpoint.path,
        "delivery": "{deliveryId}" in endpoint.path,
        "subject": endpoint.path.endswith(("{seqId}", "{tplId}")),
        "query": any(name in named for name in ("/Limit", "/Cursor", "/Status")),
        "headers": any(name in named for name in ("/IfMatch", "/IfNoneMatch", "/IdempotencyKey")),
        "body": "requestBody" in endpoint.operation,
    }
    return [part for part, whether in reads.items() if whether]


NASTY: dict[str, list[Any]] = {
    "id": NASTY_IDS,
    "delivery": [*NASTY_IDS, DELIVERY_ID.lower(), DELIVERY_ID + "%0A"],
    "webhook": [*NASTY_IDS, WEBHOOK_ID.lower(), WEBHOOK_ID + "%0A", f"WEBHOOK%23{WEBHOOK_ID}"],
    "subject": NASTY_IDS,
    "query": NASTY_QUERIES,
    "headers": [{name: values} for name in NAMES_OF_HEADERS for values in NASTY_VALUES],
    "body": NASTY_BODIES,
}
ANY: dict[str, st.SearchStrategy[Any]] = {
    "id": IDS,
    "delivery": damaged(DELIVERY_ID) | TEXT,
    "webhook": damaged(WEBHOOK_ID) | TEXT,
    "subject": IDS,
    "query": QUERIES,
    "headers": HEADERS,
    "body": BODIES,
}


def request(**parts: Any) -> dict[str, Any]:
    """A request as API Gateway passes it on, good in all parts that are not given."""
    subject = parts.get("subject", "onboarding")
    path = {"id": parts.get("id", CAMPAIGN_ID), "seqId": subject, "tplId": subject}
    path["deliveryId"] = parts.get("delivery", DELIVERY_ID)
    path["webhookId"] = parts.get("webhook", WEBHOOK_ID)
    body = parts.get("body", '{"name":"N"}')
    # In base64, as API Gateway has it; which has no word for a lone surrogate.
    passed_on = event(raw=body, path=path, encode=isinstance(body, bytes) or "\ud800" not in body)
    passed_on["multiValueHeaders"] |= parts.get("headers", {})
    passed_on["multiValueQueryStringParameters"] = parts.get("query")
    return passed_on


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
    check_documented("Error", answer.body)
    assert len(answer.text.encode()) <= LONGEST_ERROR
    json.dumps(answer.body, ensure_ascii=False).encode()  # no lone surrogate, which many parsers refuse


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda endpoint: endpoint.function)
def test_whatever_is_sent_is_answered_as_its_document_says(table: Table, sealer: Sealer, endpoint: Endpoint) -> None:
    reads, statuses = read_by(endpoint), {int(status) for status in endpoint.operation["responses"]}
    seed(table, sealer)
    CampaignStore(table).add(TENANT, CAMPAIGN_ID, Kind.SEQUENCE, "onboarding")
    CampaignStore(table).create_with_key(TENANT, NewCampaign(name="N"), "key")
    function, before = load(endpoint.function), contents(table)

    def check(request: dict[str, Any]) -> None:
        answer = call(function, request)
        assert answer.status in statuses
        if answer.status >= 400:
            check_error(answer)
            assert contents(table) == before
        elif endpoint.method != "GET":
            restore(table, before)

    for part in reads:
        for nasty in NASTY[part]:
            check(request(**{part: nasty}))

    @hostile
    @given(parts=st.fixed_dictionaries({}, optional={part: ANY[part] for part in reads}))
    def check_any(parts: dict[str, Any]) -> None:
        check(request(**parts))

    check_any()


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
