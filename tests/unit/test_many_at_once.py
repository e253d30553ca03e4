"""Creation with contents, changes of many, exact sets and clones, called as API Gateway calls them."""

from typing import Any

import pytest

from campaigns.domain.campaign import Kind
from campaigns.store.catalogue import CatalogueStore
from campaigns.store.table import Table
from support.api import Api
from support.catalogue import deleted, named
from support.http import Answer
from support.stores import CampaignStore

MISSING = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
CHANGES = ("change_associations", "set_sequences", "set_templates")


class Bulk(Api):
    """The endpoints, and a campaign to change."""

    def __init__(self, table: Table) -> None:
        super().__init__(CampaignStore(table))
        catalogue = CatalogueStore(table)
        for kind in Kind:
            for id_ in "abcde":
                catalogue.follow(named(id_, id_.upper(), kind=kind))
        catalogue.follow(named("theirs", "Theirs", tenant="globex"))
        catalogue.follow(named("gone", "Gone"))
        catalogue.follow(deleted("gone", at=1))
        self.id = self.create({"name": "Launch", "sequences": ["a", "b"], "templates": ["a"]}).body["id"]

    def create(self, body: Any, **request: Any) -> Answer:
        return self.call("create_campaign", body, **request)

    def get(self) -> Any:
        return self.call("get_campaign", path={"id": self.id}).body

    def ask(self, function: str, body: Any, id_: str | None = None, **request: Any) -> Answer:
        return self.call(function, body, path={"id": id_ or self.id}, **request)

    def ids(self, body: Any) -> tuple[str, str]:
        return tuple("".join(each["id"] for each in body[kind.plural]) for kind in Kind)  # type: ignore[return-value]


@pytest.fixture
def api(table: Table) -> Bulk:
    return Bulk(table)


def test_a_campaign_is_created_with_all_that_it_needs(api: Bulk) -> None:
    new = {"name": "N", "labels": ["Q4", "emea", "q4"], "metadata": {"crmId": "42"}, "sequences": ["c", "a"]}
    answer = api.create(new | {"templates": ["e"]})
    assert (answer.status, answer.headers["ETag"]) == (201, '"1"')
    assert answer.body["labels"] == ["emea", "Q4"]
    assert answer.body["metadata"] == {"crmId": "42"}
    assert answer.body["sequences"] == [{"id": "c", "name": "C"}, {"id": "a", "name": "A"}]
    assert answer.body["templates"] == [{"id": "e", "name": "E"}]


def test_a_change_of_both_kinds_is_one_version(api: Bulk) -> None:
    body = {"add": {"sequences": ["e", "a"], "templates": ["c", "b"]}, "remove": {"sequences": ["b", "x"]}}
    answer = api.ask("change_associations", body, headers={"If-Match": '"1"'})
    assert (answer.status, answer.headers["ETag"], api.ids(answer.body)) == (200, '"2"', ("ae", "acb"))
    again = api.ask("change_associations", body)
    assert (again.status, again.body) == (200, answer.body)
    assert api.get() == answer.body


def test_exactly_these_in_this_order(api: Bulk) -> None:
    assert api.ids(api.ask("set_sequences", {"ids": ["c", "b", "a"]}).body) == ("cba", "a")
    assert api.ids(api.ask("set_templates", {"ids": ["e", "a"]}).body) == ("cba", "ea")
    assert api.ids(api.ask("set_sequences", {"ids": []}).body) == ("", "ea")
    assert api.get()["etag"] == '"4"'


def test_a_clone(api: Bulk) -> None:
    answer = api.ask("clone_campaign", {"name": "Mine"})
    assert (answer.status, answer.headers["ETag"], answer.body["name"]) == (201, '"1"', "Mine")
    assert answer.headers["Location"].endswith(f"/api/campaigns/{answer.body['id']}")
    assert api.ids(answer.body) == ("ab", "a")
    bodies: list[Any] = [{}, None]
    for body in bodies:
        assert api.ask("clone_campaign", body).body["name"] == "Copy of Launch"


def test_a_key_is_for_one_endpoint_and_one_body(api: Bulk) -> None:
    key: dict[str, Any] = {"headers": {"Idempotency-Key": "key"}}
    first = api.ask("clone_campaign", {}, **key)
    again = api.ask("clone_campaign", {}, **key)
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (201, first.body, "true")
    assert "Idempotent-Replayed" not in first.headers
    for answer in (
        api.ask("clone_campaign", {"name": "Another"}, **key),
        api.ask("clone_campaign", {}, first.body["id"], **key),
        api.create({"name": "Launch"}, **key),
        api.create({"name": "Launch", "sequences": ["a"]}, **key),
    ):
        assert (answer.status, answer.code) == (409, "CONFLICT")
    assert api.ask("clone_campaign", {}, tenant="globex", **key).status == 404


NEW = {"name": "N"}
BAD: list[tuple[str, Any, int, list[str]]] = [
    # What is unknown, by its place.
    ("create_campaign", NEW | {"sequences": ["nope", "a", "b"]}, 404, ["sequences.0"]),
    ("create_campaign", NEW | {"sequences": ["a", "nope", "b"]}, 404, ["sequences.1"]),
    ("create_campaign", NEW | {"sequences": ["a", "b", "nope"]}, 404, ["sequences.2"]),
    (
        "create_campaign",
        NEW | {"sequences": ["a", "theirs"], "templates": ["theirs"]},
        404,
        ["sequences.1", "templates.0"],
    ),
    ("create_campaign", NEW | {"sequences": ["gone"]}, 404, ["sequences.0"]),
    (
        "create_campaign",
        NEW | {"sequences": ["a/b", "", "x" * 129]},
        404,
        ["sequences.0", "sequences.1", "sequences.2"],
    ),
    ("change_associations", {"add": {"templates": ["b", "nope"]}}, 404, ["add.templates.1"]),
    (
        "change_associations",
        {"add": {"sequences": ["theirs", "a", "gone"]}},
        404,
        ["add.sequences.0", "add.sequences.2"],
    ),
    ("set_sequences", {"ids": ["a", "theirs"]}, 404, ["ids.1"]),
    ("set_templates", {"ids": ["gone", "a"]}, 404, ["ids.0"]),
    # What contradicts itself.
    (
        "change_associations",
        {"add": {"sequences": ["c", "a"]}, "remove": {"sequences": ["a"]}},
        400,
        ["remove.sequences.0"],
    ),
    ("change_associations", {"add": {"sequences": ["c", "c"]}}, 400, ["add.sequences"]),
    ("change_associations", {"remove": {"templates": ["a", "a"]}}, 400, ["remove.templates"]),
    ("create_campaign", NEW | {"templates": ["a", "b", "a"]}, 400, ["templates"]),
    ("set_sequences", {"ids": ["a", "a"]}, 400, ["ids"]),
    # What is too much.
    ("create_campaign", NEW | {"sequences": [f"s{n}" for n in range(50)]}, 400, ["body"]),
    ("change_associations", {"add": {"sequences": [f"s{n}" for n in range(50)]}}, 400, ["body"]),
    ("set_templates", {"ids": [f"s{n}" for n in range(50)]}, 400, ["body"]),
    ("set_templates", {"ids": [f"s{n}" for n in range(501)]}, 400, ["ids"]),
    # What is malformed.
    ("change_associations", {}, 400, ["body"]),
    ("change_associations", [], 400, ["body"]),
    ("change_associations", {"add": None}, 400, ["add"]),
    ("change_associations", {"add": ["a"]}, 400, ["add"]),
    ("change_associations", {"add": {"sequence": ["a"]}}, 400, ["add.sequence"]),
    ("change_associations", {"add": {"sequences": "a"}}, 400, ["add.sequences"]),
    ("change_associations", {"add": {"sequences": ["a", 7]}}, 400, ["add.sequences.1"]),
    ("change_associations", {"add": {"sequences": [None]}}, 400, ["add.sequences.0"]),
    ("change_associations", {"add": {"sequences": ["\ud800"]}}, 404, ["add.sequences.0"]),
    ("change_associations", {"put": {}}, 400, ["put"]),
    ("set_sequences", {}, 400, ["ids"]),
    ("set_sequences", ["a"], 400, ["body"]),
    ("set_sequences", {"ids": None}, 400, ["ids"]),
    ("set_sequences", {"ids": {"a": 1}}, 400, ["ids"]),
    ("set_sequences", {"ids": [["a"]]}, 400, ["ids.0"]),
    ("set_sequences", {"ids": [], "templates": []}, 400, ["templates"]),
    ("clone_campaign", {"name": None}, 400, ["name"]),
    ("clone_campaign", {"name": " "}, 400, ["name"]),
    ("clone_campaign", {"name": "x" * 201}, 400, ["name"]),
    ("clone_campaign", {"sequences": ["a"]}, 400, ["sequences"]),
    ("clone_campaign", [], 400, ["body"]),
    ("create_campaign", NEW | {"sequences": None}, 400, ["sequences"]),
    # Fields of a patch.
    ("update_campaign", {"labels": [f"l{n}" for n in range(21)]}, 400, ["labels"]),
    ("update_campaign", {"labels": ["  "]}, 400, ["labels.0"]),
    ("update_campaign", {"metadata": {f"k{n}": "v" for n in range(21)}}, 400, ["metadata"]),
    ("update_campaign", {"metadata": {f"k{n}": None for n in range(41)}}, 400, ["metadata"]),
    ("update_campaign", {"metadata": {"k" * 41: "v"}}, 400, [f"metadata.{'k' * 31}"]),
    ("update_campaign", {"metadata": {"k" * 41: None}}, 400, [f"metadata.{'k' * 31}"]),
    ("update_campaign", {"metadata": {"": "v"}}, 400, ["metadata."]),
    ("update_campaign", {"metadata": {"k": 1}}, 400, ["metadata.k"]),
    ("update_campaign", {"metadata": {"k": {"k": "v"}}}, 400, ["metadata.k"]),
    ("update_campaign", {"metadata": "k"}, 400, ["metadata"]),
    ("update_campaign", {"archived": "true"}, 400, ["archived"]),
    ("update_campaign", {"archived": None}, 400, ["archived"]),
    ("update_campaign", {"archived": 1}, 400, ["archived"]),
    ("update_campaign", {"archivedAt": "2025-01-01T00:00:00Z"}, 400, ["archivedAt"]),
    ("update_campaign", {"sequences": ["a"]}, 400, ["sequences"]),
]


@pytest.mark.parametrize(("function", "body", "status", "fields"), BAD, ids=lambda value: str(value)[:60])
def test_what_is_refused_names_what_is_to_blame_and_changes_nothing(
    api: Bulk, function: str, body: Any, status: int, fields: list[str]
) -> None:
    before = api.get()
    answer = api.ask(function, body)
    code = {400: "VALIDATION_ERROR", 404: "NOT_FOUND"}[status]
    assert (answer.status, answer.code, answer.fields) == (status, code, fields)
    assert api.get() == before
    assert [each["id"] for each in api.call("list_campaigns").body["data"]] == [api.id]


def test_labels_that_differ_by_case_alone_are_one(api: Bulk) -> None:
    answer = api.ask(
        "update_campaign", {"labels": ["Straße", "STRASSE", "b", "B", " b "], "metadata": {"__proto__": "x"}}
    )
    assert (answer.status, answer.body["labels"], answer.body["metadata"]) == (200, ["b", "Straße"], {"__proto__": "x"})


@pytest.mark.parametrize("function", CHANGES)
def test_if_match_guards_it(api: Bulk, function: str) -> None:
    body = {"ids": ["c"]} if function.startswith("set") else {"add": {"sequences": ["c"]}}
    for header, status in (('"2"', 412), ('W/"1"', 412), ('"1', 400), ('"2", "1"', 200), ("*", 200)):
        assert api.ask(function, body, headers={"If-Match": header}).status == status
    assert api.get()["etag"] == '"2"'


@pytest.mark.parametrize("function", [*CHANGES, "clone_campaign"])
def test_of_another_tenant_or_gone_there_is_no_campaign(api: Bulk, function: str) -> None:
    body: Any = {"ids": []} if function.startswith("set") else {} if function == "clone_campaign" else {"add": {}}
    for id_, tenant in ((api.id, "globex"), (MISSING, "acme"), ("%2e%2e", "acme")):
        answer = api.ask(function, body, id_, tenant=tenant)
        assert (answer.status, answer.code) == (404, "NOT_FOUND")
    api.call("delete_campaign", path={"id": api.id})
    assert api.ask(function, body).status == 404
