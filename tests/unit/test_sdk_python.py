"""The Python SDK against scripted answers: what it sends, what it repeats, and what it makes of errors."""

import asyncio
import inspect
import json
import logging
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import kraiter
import pytest
from kraiter import AsyncKraiter, Kraiter, KraiterError

KEY = "kr_" + "k" * 43
ID = "cmp_01K56D2A80T5E6QJ3Z8W2N4V7X"
CAMPAIGN = {
    "id": ID,
    "name": "Q4 Product Launch",
    "description": None,
    "status": "draft",
    "sequences": [{"id": "onboarding", "name": "Onboarding Sequence"}],
    "templates": [],
    "labels": ["emea", "q4"],
    "metadata": {"crmId": "42"},
    "startsAt": None,
    "endsAt": None,
    "archivedAt": None,
    "createdAt": "2025-09-15T10:00:00.000Z",
    "updatedAt": "2025-09-15T10:00:00.000Z",
    "etag": '"3"',
}
OF_BEFORE = {name: value for name, value in CAMPAIGN.items() if name != "etag"}
"""As a service of before shows it: its version is in the header alone."""
type Answer = httpx.Response | Exception


def ok(body: Any = CAMPAIGN, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body, headers={"ETag": '"3"'})


def refusal(
    status: int, code: str, details: tuple[tuple[str, str], ...] = (("name", "is required"),), **headers: str
) -> httpx.Response:
    named = [{"field": field, "message": message} for field, message in details]
    error = {"code": code, "message": "No.", "requestId": "r-1", "details": named}
    return httpx.Response(
        status, json={"error": error}, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


class Server:
    """Answers from a script, and remembers what it was asked and how long the client paused."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        # Anew each time: a response is read once, and only in the way that it was made for.
        body = answer.stream if isinstance(answer.stream, httpx.ByteStream) else httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=body)

    async def answer_async(self, request: httpx.Request) -> httpx.Response:
        return self(request)


type Use = Callable[[Any], Any]
type Run = Callable[[Server, Use], Any]


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Use a client, of either kind, against a server."""

    def run_sync(server: Server, use: Use) -> Any:
        monkeypatch.setattr("time.sleep", server.pauses.append)
        with Kraiter(api_key=KEY, base_url="https://api.test/v1/", transport=httpx.MockTransport(server)) as client:
            result = use(client.campaigns)
            return list(result) if isinstance(result, kraiter.Listing) else result

    def run_async(server: Server, use: Use) -> Any:
        async def pause(seconds: float) -> None:
            server.pauses.append(seconds)

        async def go() -> Any:
            monkeypatch.setattr("kraiter.client.asyncio.sleep", pause)
            transport = httpx.MockTransport(server.answer_async)
            async with AsyncKraiter(api_key=KEY, base_url="https://api.test/v1/", transport=transport) as client:
                result = use(client.campaigns)
                return await result if inspect.isawaitable(result) else [each async for each in result]

        return asyncio.run(go())

    return run_sync if request.param == "sync" else run_async


def outcome(run: Run, server: Server, use: Use) -> KraiterError:
    with pytest.raises(KraiterError) as caught:
        run(server, use)
    return caught.value


CALLS: dict[str, tuple[Use, str, str, Any]] = {
    "create": (lambda c: c.create(name="n", description="d"), "POST", "", {"name": "n", "description": "d"}),
    "create whole": (
        lambda c: c.create(name="n", labels=["q4"], metadata={"k": "v"}, sequences=("b", "a"), templates=["t"]),
        "POST",
        "",
        {"name": "n", "labels": ["q4"], "metadata": {"k": "v"}, "sequences": ["b", "a"], "templates": ["t"]},
    ),
    "clone": (lambda c: c.clone(ID), "POST", f"/{ID}/clone", {}),
    "clone under a name": (lambda c: c.clone(ID, name="n"), "POST", f"/{ID}/clone", {"name": "n"}),
    "change associations": (
        lambda c: c.change_associations(ID, add={"sequences": iter("ab")}, remove={"templates": ("t",)}),
        "POST",
        f"/{ID}/associations",
        {"add": {"sequences": ["a", "b"]}, "remove": {"templates": ["t"]}},
    ),
    "set sequences": (lambda c: c.set_sequences(ID, ("b", "a")), "PUT", f"/{ID}/sequences", {"ids": ["b", "a"]}),
    "set templates": (lambda c: c.set_templates(ID, []), "PUT", f"/{ID}/templates", {"ids": []}),
    "label": (
        lambda c: c.update(ID, labels=("b",), metadata={"k": None}, archived=False),
        "PATCH",
        f"/{ID}",
        {"labels": ["b"], "metadata": {"k": None}, "archived": False},
    ),
    "clear labels": (
        lambda c: c.update(ID, labels=None, metadata=None),
        "PATCH",
        f"/{ID}",
        {"labels": None, "metadata": None},
    ),
    "create with dates": (
        lambda c: c.create(name="n", starts_at=datetime(2027, 1, 1, tzinfo=UTC), ends_at="2027-02-01T00:00:00+01:00"),
        "POST",
        "",
        {"name": "n", "startsAt": "2027-01-01T00:00:00+00:00", "endsAt": "2027-02-01T00:00:00+01:00"},
    ),
    "move dates": (
        lambda c: c.update(ID, starts_at=datetime(2027, 1, 1, tzinfo=UTC), ends_at=None),
        "PATCH",
        f"/{ID}",
        {"startsAt": "2027-01-01T00:00:00+00:00", "endsAt": None},
    ),
    "get": (lambda c: c.get(ID), "GET", f"/{ID}", None),
    "update": (lambda c: c.update(ID, status="active"), "PATCH", f"/{ID}", {"status": "active"}),
    "clear": (lambda c: c.update(ID, description=None), "PATCH", f"/{ID}", {"description": None}),
    "delete": (lambda c: c.delete(ID), "DELETE", f"/{ID}", None),
    "add_sequence": (lambda c: c.add_sequence(ID, "a b/c"), "POST", f"/{ID}/sequences/a%20b%2Fc", None),
    "remove_sequence": (lambda c: c.remove_sequence(ID, "é"), "DELETE", f"/{ID}/sequences/%C3%A9", None),
    "add_template": (lambda c: c.add_template(ID, "t"), "POST", f"/{ID}/templates/t", None),
    "remove_template": (lambda c: c.remove_template(ID, "t%20"), "DELETE", f"/{ID}/templates/t%2520", None),
}
IN_DOUBT: tuple[Answer, ...] = (
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("cut off"),
    refusal(503, "UNAVAILABLE"),
    httpx.Response(502, text="<html>"),
    refusal(504, "TIMEOUT"),
)


@pytest.mark.parametrize("name", CALLS)
def test_each_method_sends_its_request(run: Run, name: str) -> None:
    use, method, path, body = CALLS[name]
    server = Server(httpx.Response(204) if method == "DELETE" else ok())
    result = run(server, use)
    (request,) = server.requests
    assert (request.method, request.url.raw_path.decode()) == (method, f"/v1/api/campaigns{path}")
    assert (json.loads(request.content) if request.content else None) == body
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert ("Idempotency-Key" in request.headers) == name.startswith(("create", "clone"))
    if method == "DELETE":
        assert result is None
    else:
        assert result.to_json() == CAMPAIGN
        assert (result.etag, result.sequences[0].name) == ('"3"', "Onboarding Sequence")


IDENTITY = {"tenantId": "acme", "key": {"id": "key_1", "name": None, "scopes": ["campaigns:read"], "expiresAt": None}}


def test_whoami_tells_the_tenant_and_the_key() -> None:
    server = Server(ok(IDENTITY), ok(IDENTITY), ok({}), refusal(404, "NOT_FOUND", ()))
    with Kraiter(api_key=KEY, base_url="https://api.test", transport=httpx.MockTransport(server)) as client:
        identity = client.whoami()

        async def go() -> kraiter.Identity:
            transport = httpx.MockTransport(server.answer_async)
            async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=transport) as other:
                return await other.whoami()

        assert asyncio.run(go()) == identity
        for _ in range(2):
            with pytest.raises(kraiter.UnexpectedAnswerError):
                client.whoami()
    assert identity == kraiter.Identity("acme", kraiter.Key("key_1", None, ("campaigns:read",), None))
    assert identity.to_json() == IDENTITY
    assert {request.url.path for request in server.requests} == {"/api/campaigns/whoami"}


def test_a_request_for_what_has_no_method_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    counted = httpx.Response(200, json={"count": 3, "new": True}, headers={"X-Request-Id": "r-9"})
    server = Server(httpx.ReadError("reset"), counted, httpx.Response(204), counted, httpx.Response(200, text="<html>"))
    with Kraiter(api_key=KEY, base_url="https://api.test", transport=httpx.MockTransport(server)) as client:
        answer = client.request("GET", "/api/campaigns/count", params={"label": "a b"})
        assert (answer.status_code, answer.request_id, answer.body) == (200, "r-9", {"count": 3, "new": True})
        assert answer.headers["x-request-id"] == "r-9"
        assert client.request("DELETE", f"/api/campaigns/{ID}").body is None

        async def go() -> kraiter.RawAnswer:
            transport = httpx.MockTransport(server.answer_async)
            async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=transport) as other:
                return await other.request("GET", "/api/campaigns/count")

        assert asyncio.run(go()).body == answer.body
        with pytest.raises(kraiter.UnexpectedAnswerError):
            client.request("GET", "/api/campaigns/count")
        for path in ("/elsewhere", "/api/campaignsome", "@elsewhere"):
            with pytest.raises(ValueError, match="path must begin"):
                client.request("GET", path)
    paths = [request.url.raw_path.decode() for request in server.requests[1:3]]
    assert paths == ["/api/campaigns/count?label=a+b", f"/api/campaigns/{ID}"]


@pytest.mark.parametrize(
    ("method", "headers", "times"),
    [("POST", {}, 1), ("POST", {"Idempotency-Key": "k"}, 2), ("PUT", {}, 2), ("PUT", {"If-Match": "*"}, 1)],
)
def test_a_request_is_repeated_where_that_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, method: str, headers: dict[str, str], times: int
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    server = Server(*[refusal(503, "UNAVAILABLE")] * 2)
    transport = httpx.MockTransport(server)
    with (
        Kraiter(api_key=KEY, base_url="https://api.test", max_retries=1, transport=transport) as client,
        pytest.raises(kraiter.UnavailableError),
    ):
        client.request(method, "/api/campaigns/new", json={"a": 1}, headers=headers)
    assert [json.loads(request.content) for request in server.requests] == [{"a": 1}] * times


@pytest.mark.parametrize("use", [lambda c: c.list(), lambda c: c.create(name="n")])
def test_who_does_not_find_what_is_always_there_has_not_found_the_api(run: Run, use: Use) -> None:
    assert outcome(run, Server(refusal(404, "NOT_FOUND", ())), use).code == "UNEXPECTED_ANSWER"


def test_a_refusal_tells_the_scope_that_the_key_lacks(run: Run) -> None:
    error = outcome(run, Server(refusal(403, "FORBIDDEN", (("scope", "needs campaigns:write"),))), lambda c: c.get(ID))
    assert isinstance(error, kraiter.ForbiddenError)
    assert error.scope == "campaigns:write"
    error = outcome(run, Server(refusal(403, "FORBIDDEN")), lambda c: c.get(ID))
    assert isinstance(error, kraiter.ForbiddenError)
    assert error.scope is None


def test_a_service_of_before_says_the_version_in_the_header(run: Run) -> None:
    assert run(Server(ok(OF_BEFORE)), lambda c: c.get(ID)).etag == '"3"'


def test_a_list_pages_by_itself(run: Run) -> None:
    pages = [ok({"data": [CAMPAIGN] * count, "nextCursor": cursor}) for count, cursor in ((2, "c1"), (1, None))]
    server = Server(*pages)
    found = run(server, lambda c: c.list(limit=2))
    assert [(each.id, each.etag) for each in found] == [(ID, '"3"')] * 3
    assert [dict(request.url.params) for request in server.requests] == [{"limit": "2"}, {"limit": "2", "cursor": "c1"}]


def test_every_code_has_its_class(run: Run) -> None:
    for code, kind in KraiterError.codes.items():
        error = outcome(run, Server(refusal(418, code)), lambda c: c.get(ID))
        assert type(error) is kind
        assert (error.code, error.message, error.status_code, error.request_id) == (code, "No.", 418, "r-1")
        assert [(each.field, each.message) for each in error.details] == [("name", "is required")]
    assert type(outcome(run, Server(refusal(418, "NEW")), lambda c: c.get(ID))) is KraiterError


@pytest.mark.parametrize(
    ("status", "code"),
    [(413, "PAYLOAD_TOO_LARGE"), (500, "INTERNAL_ERROR"), (418, "INTERNAL_ERROR")]
    + [(status, "UNEXPECTED_ANSWER") for status in (301, 302, 307, 400, 401, 403, 404, 405, 409, 412, 415)],
)
@pytest.mark.parametrize("text", ["<html>no</html>", "[]", '{"error": "no"}', "{}"])
def test_an_answer_of_a_proxy_is_an_error_too(run: Run, status: int, code: str, text: str) -> None:
    answer = httpx.Response(status, text=text, headers={"X-Request-Id": "r-2"})
    for use in (lambda c: c.get(ID), lambda c: c.delete(ID), lambda c: c.add_sequence(ID, "s")):
        error = outcome(run, Server(answer), use)
        assert (error.code, error.status_code, error.request_id) == (code, status, "r-2")


def test_only_the_apis_404_tells_that_a_deletion_in_doubt_succeeded(run: Run) -> None:
    server = Server(httpx.ReadError("reset"), httpx.Response(404, text="<html>"))
    assert outcome(run, server, lambda c: c.delete(ID)).code == "UNEXPECTED_ANSWER"


@pytest.mark.parametrize("use", [lambda c: c.delete(ID), lambda c: c.remove_sequence(ID, "s")])
@pytest.mark.parametrize("status", [200, 201, 202])
def test_only_204_says_that_something_is_gone(run: Run, status: int, use: Use) -> None:
    error = outcome(run, Server(httpx.Response(status, text="<html>Welcome</html>")), use)
    assert (error.code, error.status_code) == ("UNEXPECTED_ANSWER", status)


def test_a_body_that_is_not_compressed_as_it_says_is_not_the_apis(run: Run) -> None:
    answer = httpx.Response(200, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"})
    assert outcome(run, Server(answer), lambda c: c.get(ID)).code == "UNEXPECTED_ANSWER"


@pytest.mark.parametrize("text", ["<html>hello</html>", "", "[]", "null", "{}", '{"data": 1}'])
@pytest.mark.parametrize("call", [lambda c: c.get(ID), lambda c: c.create(name="n"), lambda c: c.list()])
def test_a_success_that_is_not_the_apis_says_so(run: Run, call: Any, text: str) -> None:
    """Whoever mistypes the base URL may find a web site there."""
    error = outcome(run, Server(httpx.Response(200, text=text)), call)
    assert (error.code, error.status_code) == ("UNEXPECTED_ANSWER", 200)


@pytest.mark.parametrize("answer", [*IN_DOUBT, httpx.ConnectError("refused"), refusal(429, "RATE_LIMITED")])
@pytest.mark.parametrize("name", CALLS)
def test_what_did_not_get_through_is_repeated(run: Run, name: str, answer: Answer) -> None:
    use, method, _, _ = CALLS[name]
    server = Server(answer, answer, httpx.Response(204) if method == "DELETE" else ok())
    run(server, use)
    assert len(server.requests) == 3
    assert len({request.headers.get("Idempotency-Key") for request in server.requests}) == 1
    assert 0 <= server.pauses[0] <= 0.25
    assert 0 <= server.pauses[1] <= 0.5


@pytest.mark.parametrize("answer", [*IN_DOUBT, refusal(429, "RATE_LIMITED")])
def test_repetitions_end(run: Run, answer: Answer) -> None:
    server = Server(*[answer] * 4)
    error = outcome(run, server, lambda c: c.get(ID))
    assert len(server.requests) == 4
    assert error.code in {"NO_ANSWER", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 413, 415, 500])
def test_an_answer_for_good_is_not_repeated(run: Run, status: int) -> None:
    server = Server(refusal(status, "CODE"))
    outcome(run, server, lambda c: c.create(name="n"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", IN_DOUBT)
@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(ID, name="n", if_match='"3"'),
        lambda c: c.remove_sequence(ID, "s", if_match='"3"'),
        lambda c: c.remove_template(ID, "t", if_match='"3"'),
        lambda c: c.change_associations(ID, if_match='"3"'),
        lambda c: c.set_sequences(ID, [], if_match='"3"'),
        lambda c: c.set_templates(ID, [], if_match='"3"'),
    ],
)
def test_a_change_with_a_condition_is_not_repeated_in_doubt(run: Run, change: Any, answer: Answer) -> None:
    """Its repetition could be refused because of its own success."""
    server = Server(answer)
    outcome(run, server, change)
    assert [request.headers["If-Match"] for request in server.requests] == ['"3"']


def test_an_update_with_a_condition_is_repeated_where_nothing_was_done(run: Run) -> None:
    server = Server(httpx.ConnectError("refused"), refusal(429, "RATE_LIMITED"), ok())
    campaign = kraiter.Campaign.from_json(CAMPAIGN)
    assert run(server, lambda c: c.update(ID, name="n", if_match=campaign)).id == ID
    assert [request.headers["If-Match"] for request in server.requests] == ['"3"'] * 3


@pytest.mark.parametrize("answer", IN_DOUBT)
def test_a_deletion_whose_answer_was_lost_has_succeeded(run: Run, answer: Answer) -> None:
    run(Server(answer, refusal(404, "NOT_FOUND")), lambda c: c.delete(ID))


@pytest.mark.parametrize("answer", IN_DOUBT)
def test_an_addition_whose_answer_was_lost_has_succeeded(run: Run, answer: Answer) -> None:
    server = Server(answer, refusal(409, "CONFLICT"), ok())
    assert run(server, lambda c: c.add_sequence(ID, "onboarding")).id == ID
    assert [request.method for request in server.requests] == ["POST", "POST", "GET"]


def test_without_a_doubt_gone_and_conflict_are_errors(run: Run) -> None:
    throttled = refusal(429, "RATE_LIMITED")
    for answers in ((), (throttled,), (httpx.ConnectError("refused"),)):
        assert outcome(run, Server(*answers, refusal(404, "NOT_FOUND")), lambda c: c.delete(ID)).code == "NOT_FOUND"
        conflict = Server(*answers, refusal(409, "CONFLICT"))
        assert outcome(run, conflict, lambda c: c.add_template(ID, "t")).code == "CONFLICT"


@pytest.mark.parametrize(
    ("header", "least"),
    [("2", 2.0), ("60", 60.0), ("0", 0.0)],
)
def test_retry_after_is_honoured(run: Run, header: str, least: float) -> None:
    server = Server(refusal(429, "RATE_LIMITED", Retry_After=header), ok())
    run(server, lambda c: c.get(ID))
    assert least <= server.pauses[0] <= least + 0.25


def test_a_retry_after_may_be_a_date(run: Run) -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    server = Server(refusal(429, "RATE_LIMITED", Retry_After=header), ok())
    run(server, lambda c: c.get(ID))
    assert 25 <= server.pauses[0] <= 30.25


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["61", "100000", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_who_is_told_to_wait_for_more_than_a_minute_is_told_so(run: Run, status: int, header: str) -> None:
    server = Server(refusal(status, "RATE_LIMITED", Retry_After=header))
    error = outcome(run, server, lambda c: c.get(ID))
    assert (error.code, server.pauses) == ("RATE_LIMITED", [])
    assert error.retry_after is not None
    assert error.retry_after > 60


@pytest.mark.parametrize("header", ["soon", "", "-1", "1.5e300", "Fri, 31 Dec 99999 23:59:59 GMT"])
def test_a_retry_after_that_says_nothing_is_ignored(run: Run, header: str) -> None:
    server = Server(refusal(503, "UNAVAILABLE", Retry_After=header), ok())
    run(server, lambda c: c.get(ID))
    assert server.pauses[0] <= 0.25


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_an_id_that_would_lead_elsewhere_is_refused_here(run: Run, id_: str) -> None:
    server = Server()
    for use in (lambda c: c.get(id_), lambda c: c.add_sequence(ID, id_), lambda c: c.delete(id_)):
        with pytest.raises(ValueError, match="an id must not be"):
            run(server, use)
    assert server.requests == []


@pytest.mark.parametrize("text", ["", " ", "a\nb", "a ", "é", "\0"])
@pytest.mark.parametrize(
    "use",
    [
        lambda c, text: c.create(name="n", idempotency_key=text),
        lambda c, text: c.update(ID, name="n", if_match=text),
        lambda c, text: c.delete(ID, if_match=text),
        lambda c, text: c.remove_sequence(ID, "s", if_match=text),
    ],
)
def test_what_no_header_can_say_is_refused_here(run: Run, use: Any, text: str) -> None:
    server = Server()
    with pytest.raises(ValueError, match="must be 1 or more printable ASCII"):
        run(server, lambda c: use(c, text))
    assert server.requests == []


@pytest.mark.parametrize("mistake", [httpx.LocalProtocolError("bad header"), httpx.UnsupportedProtocol("ftp")])
def test_a_mistake_in_the_request_is_not_repeated(run: Run, mistake: httpx.RequestError) -> None:
    server = Server(mistake)
    with pytest.raises(type(mistake)):
        run(server, lambda c: c.get(ID))
    assert len(server.requests) == 1


def test_a_body_that_is_no_json_is_refused_here(run: Run) -> None:
    server = Server()
    with pytest.raises(TypeError):
        run(server, lambda c: c.create(name=object()))
    assert server.requests == []


def test_one_text_is_not_taken_for_its_letters(run: Run) -> None:
    server = Server()
    for use in (
        lambda c: c.create(name="n", sequences="onboarding"),
        lambda c: c.update(ID, labels="q4"),
        lambda c: c.change_associations(ID, add={"sequences": "onboarding"}),
        lambda c: c.set_templates(ID, "t"),
    ):
        with pytest.raises(TypeError, match="give a list of texts"):
            run(server, use)
    assert server.requests == []


def test_a_campaign_without_an_etag_is_no_condition(run: Run) -> None:
    with pytest.raises(ValueError, match="has no etag"):
        run(Server(), lambda c: c.delete(ID, if_match=kraiter.Campaign.from_json(OF_BEFORE)))


class Drip(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that never ends, and never pauses for long."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while not self.closed.wait(0.005):
            yield b" "

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.005)
            yield b" "

    def close(self) -> None:
        self.closed.set()

    async def aclose(self) -> None:
        self.closed.set()


def test_the_timeout_bounds_the_whole_attempt() -> None:
    drip = Drip()
    with Kraiter(
        api_key=KEY,
        base_url="https://api.test",
        timeout=0.1,
        max_retries=0,
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=drip)),
    ) as client:
        with pytest.raises(kraiter.NoAnswerError, match="ReadTimeout"):
            client.campaigns.get(ID)
        assert drip.closed.wait(10), "the attempt that was given up goes on"


def test_the_timeout_bounds_what_comes_before_the_answer() -> None:
    released = threading.Event()

    def hang(_: httpx.Request) -> httpx.Response:
        released.wait(60)
        return ok()

    with Kraiter(
        api_key=KEY, base_url="https://api.test", timeout=0.1, max_retries=0, transport=httpx.MockTransport(hang)
    ) as client:
        with pytest.raises(kraiter.NoAnswerError, match="ReadTimeout"):
            client.campaigns.get(ID)
        released.set()


def test_the_timeout_bounds_the_whole_attempt_without_threads() -> None:
    drip = Drip()

    async def go() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=drip))
        async with AsyncKraiter(
            api_key=KEY, base_url="https://api.test", timeout=0.1, max_retries=0, transport=transport
        ) as client:
            with pytest.raises(kraiter.NoAnswerError, match="ReadTimeout"):
                await client.campaigns.get(ID)

    asyncio.run(go())
    assert drip.closed.is_set()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_key": ""}, "api_key must be"),
        ({"base_url": "api.test"}, "base_url must be"),
        ({"max_retries": -1}, "max_retries must not"),
        ({"timeout": 0}, "timeout must be"),
        ({"timeout": float("inf")}, "timeout must be"),
    ],
)
def test_a_client_says_what_it_needs(options: dict[str, Any], message: str) -> None:
    for kind in (Kraiter, AsyncKraiter):
        with pytest.raises(ValueError, match=message):
            kind(**({"api_key": KEY, "base_url": "https://api.test"} | options))


NO_URLS = ["", "https://", "http://[", "https://a b", "https://h:99999", "ftp://h", "https://u:secret@h", "https://h?x"]


@pytest.mark.parametrize("url", [*NO_URLS, "https://h#x", "https://h\n/x", "https://h/v1/api/campaigns", "//h"])
@pytest.mark.parametrize("kind", [Kraiter, AsyncKraiter])
def test_a_bad_base_url_is_one_clear_error(kind: type[Kraiter], url: str) -> None:
    with pytest.raises(ValueError, match=r"^base_url must be the URL of the API") as caught:
        kind(api_key=KEY, base_url=url)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


WITH_CHECKSUM = "kr_" + "k" * 43 + "3KDhKU"
"""Six digits to the base of 62 that are the CRC-32 of the 43 characters, as worked out with bc."""
NO_KEYS = [
    *(f"{KEY}{stray}" for stray in ("\n", "\r\n", " ", "\0", "\t", "\x7f", "é", "\u200b", "…")),
    f" {KEY}",
    f"Bearer {KEY}",
    f"{KEY[:20]}\n{KEY[20:]}",
    f'"{KEY}"',
    KEY[3:],
    WITH_CHECKSUM[:-1] + "z",
    "kr_" + "l" * 43 + WITH_CHECKSUM[-6:],
]


@pytest.mark.parametrize("key", NO_KEYS)
@pytest.mark.parametrize("kind", [Kraiter, AsyncKraiter])
@pytest.mark.parametrize("place", ["api_key", "CAMPAIGNS_API_KEY"])
def test_what_is_no_key_is_refused_and_not_repeated(
    kind: type[Kraiter], key: str, place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if place != "api_key" and "\0" not in key:
        monkeypatch.setenv(place, key)
    given = None if place != "api_key" and "\0" not in key else key
    with pytest.raises(ValueError, match=place if given is None else "^api_key ") as caught:
        kind(api_key=given, base_url="https://api.test")
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert KEY[3:20] not in shown
    assert "l" * 17 not in shown


@pytest.mark.parametrize("key", [KEY, WITH_CHECKSUM, "kr_" + "-_" * 21 + "Z"])
@pytest.mark.parametrize("kind", [Kraiter, AsyncKraiter])
def test_a_client_shows_whose_it_is(kind: type[Kraiter], key: str) -> None:
    client = kind(api_key=key, base_url="https://api.test/v1/")
    assert repr(client) == f"{kind.__name__}(api_key='{key[:5]}…', base_url='https://api.test/v1')"
    assert key not in repr(vars(client)) + str(vars(client._configuration).keys())


def test_a_client_takes_from_the_environment_what_it_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGNS_API_KEY", KEY)
    monkeypatch.setenv("CAMPAIGNS_BASE_URL", "https://of.the.environment")
    for kind in (Kraiter, AsyncKraiter):
        assert repr(kind()) == f"{kind.__name__}(api_key='kr_kk…', base_url='https://of.the.environment')"
        assert "https://given" in repr(kind(base_url="https://given"))
    monkeypatch.setenv("CAMPAIGNS_BASE_URL", "")
    with pytest.raises(ValueError, match="give base_url, or set CAMPAIGNS_BASE_URL in the environment"):
        Kraiter()


def test_the_key_shows_nowhere(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []

    def use(campaigns: Any) -> Any:
        shown.extend([repr(campaigns), repr(vars(campaigns)), str(campaigns)])
        return campaigns.get(ID)

    error = outcome(run, Server(refusal(401, "UNAUTHORISED")), use)
    shown.extend([repr(error), str(error), repr(vars(error))])
    for client in (
        Kraiter(api_key=KEY, base_url="https://api.test"),
        AsyncKraiter(api_key=KEY, base_url="https://api.test"),
    ):
        shown.extend([repr(client), str(client), repr(vars(client))])
    assert KEY not in "".join(shown) + caplog.text
