"""The Python SDK's options, answers as they came, hooks and log. With and without ``await``."""

import logging
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, assert_type

import httpx
import kraiter
import pytest
from kraiter import AsyncKraiter, Kraiter, RequestInfo, ResponseInfo
from kraiter.observing import follow_environment, logger

from unit import test_sdk_finding
from unit.test_sdk_finding import Run
from unit.test_sdk_python import CAMPAIGN, ID, KEY, Answer, Server, ok, refusal
from unit.test_sdk_webhooks import SECRET, WEBHOOK

run = test_sdk_finding.run


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda *_: 0.0)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that the SDK logs, on the level that a test sets."""
    yield caplog
    logger.setLevel(logging.NOTSET)


def test_a_client_with_other_options_shares_the_transport(run: Run) -> None:
    server = Server(ok(), ok(), refusal(503, "UNAVAILABLE"))

    async def later(client: Any, patient: Any, hasty: Any) -> None:
        await client.campaigns.get(ID)
        await patient.campaigns.get(ID)
        await hasty.campaigns.get(ID)

    def use(client: Any) -> Any:
        patient = client.with_options(timeout=120, headers={"X-Job": "nightly"})
        hasty = patient.with_options(max_retries=0, headers={"X-Step": "2", "x-job": "weekly"})
        assert (type(hasty), hasty._sender) == (type(client), client._sender)
        if isinstance(client, AsyncKraiter):
            return later(client, patient, hasty)
        return [each.campaigns.get(ID) for each in (client, patient, hasty)]

    with pytest.raises(kraiter.UnavailableError):
        run(server, use)
    sent = [request.headers for request in server.requests]
    assert [(each.get("X-Job"), each.get("X-Step")) for each in sent] == [
        (None, None),
        ("nightly", None),
        ("weekly", "2"),
    ]
    assert [request.extensions["timeout"]["read"] for request in server.requests] == [30.0, 120, 120]
    assert {each["User-Agent"] for each in sent} == {f"kraiter-python/{kraiter.__version__}"}


def test_options_are_those_of_the_client_too() -> None:
    server = Server(ok())
    with Kraiter(
        api_key=KEY, base_url="https://api.test", headers={"X-Job": "nightly"}, transport=httpx.MockTransport(server)
    ) as client:
        client.campaigns.get(ID)
    assert server.requests[0].headers["X-Job"] == "nightly"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": -1}, "timeout must be a number of seconds, above 0"),
        ({"timeout": float("nan")}, "timeout must be"),
        ({"timeout": 1e9}, "up to a day"),
        ({"timeout": "5"}, "timeout must be"),
        ({"max_retries": -1}, "max_retries must not be negative"),
        ({"max_retries": 1.5}, "max_retries must not"),
        ({"headers": {"X-Job": "a\r\nX-Evil: b"}}, "headers: X-Job must be 1 or more printable"),
        ({"headers": {"X-Job": ""}}, "headers: X-Job must be"),
        ({"headers": {"X-Job": 7}}, "headers: X-Job must be"),
        ({"headers": {"X Job": "a"}}, "headers must have names of letters"),
        ({"headers": {f"{KEY}\n": "a"}}, "headers must have names of letters"),
        ({"headers": {"authorization": f"Bearer {KEY}"}}, "headers must not have authorization"),
        ({"headers": {"Host": "elsewhere"}}, "headers must not have Host"),
        ({"headers": {"If-Match": '"3"'}}, "headers must not have If-Match"),
        ({"headers": {"Idempotency-Key": "k"}}, "headers must not have Idempotency-Key"),
    ],
)
def test_what_no_option_can_be_is_refused_here(options: dict[str, Any], message: str) -> None:
    """Under its name, and without the value: it may be a key."""
    for kind in (Kraiter, AsyncKraiter):
        client = kind(api_key=KEY, base_url="https://api.test")
        for make in (client.with_options, lambda kind=kind, **given: kind(api_key=KEY, base_url="https://a", **given)):
            with pytest.raises(ValueError, match=message) as caught:
                make(**options)
            assert KEY not in repr(caught.value)


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_a_hook_is_a_function_without_await(name: str) -> None:
    async def hook(_: Any) -> None:
        raise AssertionError

    for wrong in (hook, "print"):
        with pytest.raises(TypeError, match=f"{name} must be a function"):
            Kraiter(api_key=KEY, base_url="https://api.test").with_options(**{name: wrong})  # type: ignore[arg-type]


def test_an_answer_is_shown_as_it_came(run: Run) -> None:
    came = httpx.Response(200, json=CAMPAIGN | {"new": 1}, headers={"X-Request-Id": "r-9"})
    server = Server(refusal(429, "RATE_LIMITED"), came)
    raw = run(server, lambda client: client.with_raw_response(lambda raw: raw.campaigns.get(ID)))
    assert isinstance(raw, kraiter.ParsedAnswer)
    assert (raw.status_code, raw.request_id, raw.headers["x-request-id"]) == (200, "r-9", "r-9")
    assert (raw.parsed.name, raw.body["new"]) == (CAMPAIGN["name"], 1)


def test_an_answer_without_a_body_is_shown_as_it_came(run: Run) -> None:
    server = Server(httpx.Response(204))
    raw = run(
        server, lambda client: client.with_raw_response(lambda raw: raw.with_options(timeout=1).campaigns.delete(ID))
    )
    assert (raw.status_code, raw.body, raw.parsed) == (204, None, None)


def test_a_page_is_shown_as_it_came(run: Run) -> None:
    server = Server(ok({"data": [CAMPAIGN], "nextCursor": None}))
    raw = run(server, lambda client: client.with_raw_response(lambda raw: raw.campaigns.list().first_page()))
    assert [each.id for each in raw.parsed.data] == [ID]
    assert raw.body["nextCursor"] is None


def test_a_secret_in_an_answer_is_in_no_print(run: Run) -> None:
    server = Server(*[ok(WEBHOOK | {"secret": SECRET}, 201)] * 2)
    events = ["campaign.*"]
    raw = run(server, lambda client: client.with_raw_response(lambda raw: raw.webhooks.create("https://h", events)))
    assert raw.parsed.secret == raw.body["secret"] == SECRET
    again = run(server, lambda client: client.request("POST", "/api/campaigns/webhooks", json={}))
    assert again.body["secret"] == SECRET
    assert SECRET not in f"{raw!r} {again!r} {raw}"


def what_types_say(client: Kraiter) -> None:
    """Checked, never run: an answer as it came has the type that the method has."""
    assert_type(client.with_raw_response(lambda raw: raw.campaigns.get(ID)), kraiter.ParsedAnswer[kraiter.Campaign])
    assert_type(client.with_options(timeout=5).campaigns.get(ID).created_at.datetime, datetime)


async def what_types_say_with_await(client: AsyncKraiter) -> None:
    answer = await client.with_raw_response(lambda raw: raw.campaigns.list().first_page())
    assert_type(answer.parsed, kraiter.AsyncPage[kraiter.Campaign])


def test_without_a_request_there_is_no_answer_to_show(run: Run) -> None:
    async def nothing() -> None: ...

    def use(client: Any) -> Any:
        return client.with_raw_response(lambda _: nothing() if isinstance(client, AsyncKraiter) else None)

    with pytest.raises(ValueError, match="with_raw_response must be given what makes a request"):
        run(Server(), use)


def test_what_is_not_modified_is_an_answer_to_who_asked_so(run: Run) -> None:
    server = Server(httpx.Response(304, headers={"ETag": '"3"'}), httpx.Response(304))
    condition = {"If-None-Match": '"3"'}
    answer = run(server, lambda client: client.request("GET", f"/api/campaigns/{ID}", headers=condition))
    assert (answer.status_code, answer.body, answer.headers["etag"]) == (304, None, '"3"')
    with pytest.raises(kraiter.UnexpectedAnswerError):
        run(server, lambda client: client.campaigns.get(ID))


@pytest.mark.parametrize(
    ("method", "path", "given", "message"),
    [
        ("post", "/api/campaigns", {}, "method must be one of GET, HEAD, POST"),
        ("GET\r\nX: y", "/api/campaigns", {}, "method must be one of"),
        ("GET", "/api/campaigns/../keys", {}, "path must begin with /api/campaigns and lead below it"),
        ("GET", "/api/campaigns/%2E%2e", {}, "path must"),
        ("GET", "/api/campaigns/./x", {}, "path must"),
        ("GET", "/api/campaigns\\..", {}, "path must"),
        ("GET", "/api/campaigns/a#b", {}, "path must"),
        ("GET", "/api/campaigns/a b", {}, "path must"),
        ("GET", "/api/campaigns/a\x9b", {}, "path must"),
        ("GET", "/api/campaigns/a\n", {}, "path must"),
        ("GET", "/api/campaigns?q=a", {"params": {"limit": 1}}, "give the query in path or as params"),
        ("GET", "/api/campaigns", {"headers": {"Authorization": "Bearer x"}}, "headers must not have Authorization"),
        ("GET", "/api/campaigns", {"headers": {"X-Job": "a\nb"}}, "headers: X-Job must be"),
    ],
)
def test_a_request_that_would_lead_elsewhere_is_refused_here(
    run: Run, method: str, path: str, given: dict[str, Any], message: str
) -> None:
    server = Server()
    with pytest.raises(ValueError, match=re.escape(message)):
        run(server, lambda client: client.request(method, path, **given))
    assert server.requests == []


def test_dots_and_other_writing_in_a_query_are_no_path(run: Run) -> None:
    server = Server(ok({"count": 1}))
    run(server, lambda client: client.request("GET", "/api/campaigns/count?q=/../é"))
    assert server.requests[0].url.params["q"] == "/../é"


def test_hooks_are_told_of_every_attempt(run: Run) -> None:
    told: list[RequestInfo | ResponseInfo] = []
    answers: list[Answer] = [httpx.ConnectError("refused"), refusal(503, "UNAVAILABLE", X_Request_Id="r-1"), ok()]
    run(
        Server(*answers),
        lambda client: client.with_options(on_request=told.append, on_response=told.append).campaigns.get(ID),
    )
    url = f"https://api.test/api/campaigns/{ID}"
    requests = [RequestInfo("GET", url, attempt) for attempt in (1, 2, 3)]
    assert told[0::2] == requests
    became = [each for each in told if isinstance(each, ResponseInfo)]
    assert [each.request for each in became] == requests
    assert [(each.status_code, each.request_id, each.error) for each in became] == [
        (None, None, "ConnectError"),
        (503, "r-1", None),
        (200, None, None),
    ]
    assert became[2].headers["etag"] == '"3"'
    assert all(each.seconds >= 0 for each in became)


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_a_hook_that_fails_changes_nothing(run: Run, name: str, log: pytest.LogCaptureFixture) -> None:
    def hook(_: Any) -> None:
        raise ZeroDivisionError

    found = run(Server(ok()), lambda client: client.with_options(**{name: hook}).campaigns.get(ID))
    assert found.id == ID
    (record,) = [each for each in log.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_who_ends_the_program_in_a_hook_ends_it(run: Run, name: str) -> None:
    def hook(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Server(ok()), lambda client: client.with_options(**{name: hook}).campaigns.get(ID))


def test_the_log_says_what_was_sent_and_what_became_of_it(
    run: Run, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAITER_LOG", "DEBUG")
    run(Server(httpx.ReadError("reset"), ok(), ok()), lambda client: client.campaigns.update(ID, name="n"))
    url = f"PATCH https://api.test/api/campaigns/{ID}"
    said = [re.sub(r"[\d.]+ (m?s)\b", r"0 \1", each.getMessage()) for each in log.records if each.name == "kraiter"]
    assert said == [
        f"{url} (attempt 1, 12 bytes)",
        f"{url}: ReadError in 0 ms (request none)",
        "again in 0 s",
        f"{url} (attempt 2, 12 bytes)",
        f"{url}: 200 in 0 ms (request none)",
    ]
    log.clear()
    monkeypatch.setenv("KRAITER_LOG", "info")
    run(Server(ok()), lambda client: client.campaigns.get(ID))
    assert [each.levelname for each in log.records if each.name == "kraiter"] == ["INFO"]


def test_no_log_unless_it_is_asked_for(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(Server(ok()), lambda client: client.campaigns.get(ID))
    assert capsys.readouterr() == ("", "")


def test_the_log_goes_to_stderr_where_the_program_has_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KRAITER_LOG", "info")
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [])
    for _ in range(2):
        follow_environment()
    with Kraiter(api_key=KEY, base_url="https://api.test", transport=httpx.MockTransport(Server(ok()))) as client:
        client.campaigns.get(ID)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"kraiter INFO GET https://api.test/api/campaigns/{ID}: 200 in" in err


def test_a_level_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRAITER_LOG", "loud")
    with pytest.raises(ValueError, match="KRAITER_LOG must be debug or info"):
        Kraiter(api_key=KEY, base_url="https://api.test")


def test_neither_log_nor_hooks_have_keys_secrets_or_control_characters(
    run: Run, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not those that a caller puts where an id belongs, nor what a server, or who stands before it, sends back."""
    monkeypatch.setenv("KRAITER_LOG", "debug")
    told: list[Any] = []
    evil = f"r\x9b2J\x1b[31m\u202e {KEY} {SECRET}"
    answer = httpx.Response(200, json=CAMPAIGN, headers={b"X-Request-Id": evil.encode()})
    made = httpx.Response(201, json={**CAMPAIGN, "secret": SECRET})

    async def later(client: Any) -> None:
        await client.campaigns.get(KEY)
        await client.request("POST", "/api/campaigns/webhooks", json={"secret": SECRET})
        await client.request("GET", "/api/campaigns", params={"q": SECRET})

    def use(client: Any) -> Any:
        client = client.with_options(headers={"X-Api-Key": KEY}, on_request=told.append, on_response=told.append)
        if isinstance(client, AsyncKraiter):
            return later(client)
        client.campaigns.get(KEY)
        client.request("POST", "/api/campaigns/webhooks", json={"secret": SECRET})
        return client.request("GET", "/api/campaigns", params={"q": SECRET})

    run(Server(answer, made, ok()), use)
    # What the server sent is the caller's to see, as it came; all else is told.
    shown = log.text + repr([each.request if isinstance(each, ResponseInfo) else each for each in told])
    assert "kr_…" in shown
    assert not re.search(r"kr_\w|whsec_\w", shown)
    assert not set(shown) & set("\x9b\x1b\u202e")
    assert [each.getMessage() for each in log.records if "\n" in each.getMessage()] == []
