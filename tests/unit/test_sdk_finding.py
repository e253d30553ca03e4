"""The Python SDK finds: what it asks for, and what it makes of the answers. With and without ``await``."""

import asyncio
import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import kraiter
import pytest
from kraiter import AsyncKraiter, Count, Kraiter, Time
from kraiter.models import CatalogueEntry

from tools.sdk import SYNC, modules
from unit.test_sdk_python import CAMPAIGN, KEY, Server, ok, refusal

ENTRY = {"id": "onboarding", "name": "Onboarding Sequence", "updatedAt": "2025-09-15T10:00:00.000Z"}
HELD = ENTRY | {"campaignCount": {"count": 12, "precision": "exact"}}
type Run = Callable[[Server, Callable[[Any], Any]], Any]


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Run:
    """Use a client, of either kind, against a server."""

    def run_sync(server: Server, use: Callable[[Any], Any]) -> Any:
        with Kraiter(api_key=KEY, base_url="https://api.test", transport=httpx.MockTransport(server)) as client:
            result = use(client)
            return list(result) if isinstance(result, kraiter.Listing) or inspect.isgenerator(result) else result

    def run_async(server: Server, use: Callable[[Any], Any]) -> Any:
        async def go() -> Any:
            transport = httpx.MockTransport(server.answer_async)
            async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=transport) as client:
                result = use(client)
                return await result if inspect.isawaitable(result) else [each async for each in result]

        return asyncio.run(go())

    return run_sync if request.param == "sync" else run_async


def page(ids: str, cursor: str | None = None) -> httpx.Response:
    return ok({"data": [CAMPAIGN | {"id": id_, "etag": f'"{id_}"'} for id_ in ids], "nextCursor": cursor})


def asked(server: Server) -> list[tuple[str, dict[str, str]]]:
    return [(each.url.path.removeprefix("/api/campaigns"), dict(each.url.params)) for each in server.requests]


def test_what_has_no_await_is_made_of_what_has() -> None:
    made = modules()
    assert {path.name: path.read_text() for path in SYNC.glob("*.py")} == made, "run make generate"
    assert len(made) >= 5
    assert not any("Async" in text or "await " in text for name, text in made.items() if name != "__init__.py")


def test_a_list_carries_its_filters_from_page_to_page(run: Run) -> None:
    server = Server(page("a", "c1"), page("", "c2"), page("b"))
    found = run(
        server,
        lambda client: client.campaigns.list(
            status=["draft", "active"],
            label="q4",
            q="spring & co",
            sequence="onboarding",
            template=None,
            created_after=datetime(2025, 9, 1, tzinfo=UTC),
            created_before="2030-01-01T00:00:00Z",
            updated_after=datetime(2025, 9, 1, 12, tzinfo=timezone(timedelta(hours=2))),
            updated_before=None,
            archived=False,
            sort="-updatedAt",
            limit=2,
        ),
    )
    assert [(each.id, each.etag) for each in found] == [("a", '"a"'), ("b", '"b"')]
    query = {
        "status": "draft,active",
        "label": "q4",
        "q": "spring & co",
        "sequence": "onboarding",
        "createdAfter": "2025-09-01T00:00:00+00:00",
        "createdBefore": "2030-01-01T00:00:00Z",
        "updatedAfter": "2025-09-01T12:00:00+02:00",
        "archived": "false",
        "sort": "-updatedAt",
        "limit": "2",
    }
    assert asked(server) == [("", query), ("", query | {"cursor": "c1"}), ("", query | {"cursor": "c2"})]


def test_a_listed_campaign_is_a_condition(run: Run) -> None:
    server = Server(page("a"), ok())
    (listed,) = run(server, lambda client: client.campaigns.list())
    run(server, lambda client: client.campaigns.update(listed.id, name="n", if_match=listed))
    assert server.requests[1].headers["If-Match"] == '"a"'


@pytest.mark.parametrize(("ids", "sent"), [(["b", "a"], "b,a"), ({"a": 1}, "a"), ("a", "a"), ([], "")])
def test_ids_are_sent_as_they_are(run: Run, ids: Any, sent: str) -> None:
    server = Server(page("ba"))
    run(server, lambda client: client.campaigns.list(ids=ids))
    assert asked(server) == [("", {"ids": sent})]


@pytest.mark.parametrize(
    ("filters", "kind", "message"),
    [
        ({"state": "draft", "labels": "q4"}, TypeError, "there is no filter labels, state"),
        ({"created_after": datetime(2025, 9, 1)}, ValueError, "created_after must have a time zone"),  # noqa: DTZ001
    ],
)
def test_what_no_filter_can_be_is_refused_here(
    run: Run, filters: dict[str, Any], kind: type[Exception], message: str
) -> None:
    for use in (lambda client: client.campaigns.list(**filters), lambda client: client.campaigns.count(**filters)):
        with pytest.raises(kind, match=message):
            run(Server(), use)


def test_a_page_leads_to_the_next_one(run: Run) -> None:
    server = Server(page("a", "c1"), page("b"))
    first = run(server, lambda client: client.campaigns.list(status="draft").first_page())
    assert ([each.id for each in first.data], first.next_cursor, first.has_next_page) == (["a"], "c1", True)
    assert "fetch" not in repr(first)
    server = Server(page("a", "c1"), page("b"))
    pages = run(server, lambda client: client.campaigns.list(status="draft").pages())
    assert [(each.data[0].id, each.has_next_page) for each in pages] == [("a", True), ("b", False)]
    assert asked(server) == [("", {"status": "draft"}), ("", {"status": "draft", "cursor": "c1"})]


def test_the_next_page_of_the_last_one_is_none() -> None:
    server = Server(page("a", "c1"), page("b"))
    with Kraiter(api_key=KEY, base_url="https://api.test", transport=httpx.MockTransport(server)) as client:
        first = client.campaigns.list(limit=1).first_page()
        second = first.next_page()
        assert second is not None
        assert ([each.id for each in second.data], second.next_page()) == (["b"], None)

    async def go() -> None:
        transport = httpx.MockTransport(Server(page("a", "c1"), page("b")).answer_async)
        async with AsyncKraiter(api_key=KEY, base_url="https://api.test", transport=transport) as client:
            second = await (await client.campaigns.list(limit=1).first_page()).next_page()
            assert second is not None
            assert ([each.id for each in second.data], await second.next_page()) == (["b"], None)

    asyncio.run(go())
    assert asked(server)[1] == ("", {"limit": "1", "cursor": "c1"})


@pytest.mark.parametrize(
    ("given", "count", "answers", "found", "queries"),
    [
        (
            {"limit": 2},
            3,
            [page("ab", "c1"), page("cd", "c2")],
            "abc",
            [{"limit": "2"}, {"limit": "2", "cursor": "c1"}],
        ),
        ({}, 1000, [page("ab")], "ab", [{"limit": "100"}]),
        ({"cursor": "c9"}, 1, [page("a", "c1")], "a", [{"limit": "1", "cursor": "c9"}]),
        ({}, 0, [], "", []),
    ],
)
def test_the_first_few_are_taken(
    run: Run, given: dict[str, Any], count: int, answers: list[Any], found: str, queries: list[Any]
) -> None:
    server = Server(*answers)
    taken = run(server, lambda client: client.campaigns.list(**given).take(count))
    assert "".join(each.id for each in taken) == found
    assert [query for _, query in asked(server)] == queries


def test_campaigns_are_counted(run: Run) -> None:
    server = Server(ok({"count": 312, "precision": "exact"}), ok({"count": 10_000, "precision": "at_least"}), ok({}))
    assert run(server, lambda client: client.campaigns.count(status="draft", archived="any")) == Count(312, "exact")
    count = run(server, lambda client: client.campaigns.count())
    assert count.to_json() == {"count": 10_000, "precision": "at_least"}
    with pytest.raises(kraiter.UnexpectedAnswerError):
        run(server, lambda client: client.campaigns.count())
    assert asked(server)[:2] == [("/count", {"status": "draft", "archived": "any"}), ("/count", {})]


def test_the_catalogue_is_listed_and_read(run: Run) -> None:
    pages = [ok({"data": [ENTRY], "nextCursor": cursor}) for cursor in ("c1", None)]
    server = Server(*pages, *pages[1:], ok(HELD), ok(HELD))
    found = run(server, lambda client: client.catalogue.sequences(q="on", limit=1))
    assert [each.to_json() for each in found] == [ENTRY, ENTRY]
    assert found[0] == CatalogueEntry("onboarding", "Onboarding Sequence", Time("2025-09-15T10:00:00.000Z"), None)
    assert len(run(server, lambda client: client.catalogue.templates())) == 1
    for use in (lambda client: client.catalogue.sequence("a b"), lambda client: client.catalogue.template("t")):
        entry = run(server, use)
        assert entry.to_json() == HELD
        assert entry.campaign_count == Count(12, "exact")
    assert asked(server) == [
        ("/catalogue/sequences", {"q": "on", "limit": "1"}),
        ("/catalogue/sequences", {"q": "on", "limit": "1", "cursor": "c1"}),
        ("/catalogue/templates", {}),
        ("/catalogue/sequences/a b", {}),
        ("/catalogue/templates/t", {}),
    ]


@pytest.mark.parametrize(
    ("use", "code"),
    [
        (lambda client: client.campaigns.count(), "UNEXPECTED_ANSWER"),
        (lambda client: client.catalogue.sequences(), "UNEXPECTED_ANSWER"),
        (lambda client: client.catalogue.template("t"), "NOT_FOUND"),
    ],
)
def test_who_does_not_find_what_is_always_there_has_not_found_the_api(run: Run, use: Any, code: str) -> None:
    with pytest.raises(kraiter.KraiterError) as caught:
        run(Server(refusal(404, "NOT_FOUND", ())), use)
    assert caught.value.code == code
