"""The engines in memory answer as DynamoDB Local does, request by request: the one that does a call as a whole, and the
one that does it item by item, in whatever order, where nobody else asks for anything.
"""

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.store.table import Table
from support.engines import client_of, memory_client, new_table
from support.interleaving import Interleaving
from support.isolation import ItemByItem

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

type Request = tuple[str, dict[str, Any]]

NOT_COMPARED = {"ResponseMetadata", "UnprocessedKeys", "ConsumedCapacity"}
ONE = {"ExpressionAttributeValues": {":one": {"N": "1"}}}


@pytest.fixture(scope="module")
def real(endpoint: str) -> "DynamoDBClient":
    return client_of(endpoint)


class Alone(ItemByItem):
    """Whoever asks is an actor, and the only one; his steps are taken in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._dice = random.Random(1)

    def _answer(self, operation: str, *given: Any) -> Any:
        answers: list[Any] = []

        def ask() -> None:
            try:
                answers.append(super(Alone, self)._answer(operation, *given))
            except ClientError as error:
                answers.append(error)

        self.turns = Interleaving()
        self.turns.spawn("alone", ask)
        self.turns.run(lambda: self._dice.choice(list(self.turns.enabled().values())))
        (answer,) = answers
        if isinstance(answer, ClientError):
            raise answer
        return answer


class Engines:
    """One table on each engine, and what they answer to the same requests; DynamoDB Local's stands last."""

    def __init__(self, real: "DynamoDBClient") -> None:
        clients: list[Any] = [memory_client(), Alone(), real]
        self.tables = [new_table(client) for client in clients]

    def send(self, operation: str, request: dict[str, Any]) -> list[Any]:
        return [_outcome(table, operation, request) for table in self.tables]

    def agree(self, operation: str, request: dict[str, Any]) -> Any:
        """What all of them answer."""
        *ours, theirs = self.send(operation, request)
        assert ours == [theirs] * len(ours), json.dumps((operation, request))
        return theirs


def _outcome(table: Table, operation: str, request: dict[str, Any]) -> Any:
    try:
        answer = getattr(table.client, operation)(**_located(request, table.name))
    except ClientError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        told = [(reason["Code"], reason.get("Item")) for reason in reasons]
        # DynamoDB Local refuses a transaction as a whole for an operation that can't be done, which AWS names.
        if "ValidationError" in dict(told):
            return "ValidationException", None, []
        return error.response["Error"]["Code"], error.response.get("Item"), told
    answer = {name: value for name, value in answer.items() if name not in NOT_COMPARED}
    if isinstance(answer.get("Responses"), dict):
        found = answer["Responses"].get(table.name, [])
        answer["Responses"] = sorted(found, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))
    if "Items" not in answer and "Count" not in answer:
        return answer
    last = answer.pop("LastEvaluatedKey", None)
    return answer, last and sorted(last.items())


def _located(request: Any, name: str) -> Any:
    if isinstance(request, list):
        return [_located(each, name) for each in request]
    if isinstance(request, dict):
        return {(name if key == "TABLE" else key): _located(value, name) for key, value in request.items()}
    return name if request == "TABLE" else request


def key(partition: str, sort: str) -> dict[str, Any]:
    return {"PK": {"S": partition}, "SK": {"S": sort}}


KEYS = st.builds(key, st.sampled_from("ab"), st.sampled_from(["1", "2", "é"]))
STRINGS = st.sampled_from(["", "x", "xy", "y", "é", "\U0001f680"])
VALUES = st.recursive(
    STRINGS.map(lambda text: {"S": text})
    | st.integers(-3, 3).map(lambda number: {"N": str(number)})
    | st.just({"NULL": True}),
    lambda inner: (
        st.dictionaries(st.sampled_from("pq"), inner, max_size=2).map(lambda values: {"M": values})
        | st.lists(inner, max_size=2).map(lambda values: {"L": values})
    ),
    max_leaves=3,
)
INDEXED = st.sampled_from(["draft#1", "draft#2", "active#1"]).map(lambda text: {"S": text})
ITEMS = st.builds(
    lambda key, attributes, indexed: key | attributes | indexed,
    KEYS,
    st.dictionaries(st.sampled_from(["n", "s", "m", "archivedAt"]), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(["byStatus", "byName"]), INDEXED, max_size=2),
)
PATHS = st.sampled_from(["n", "s", "m.p", "m.p.q", "#n", "m.#q", "PK"])
OPERANDS = PATHS | st.just(":v")
SIMPLE = st.one_of(
    st.builds(lambda f, path: f"{f}({path})", st.sampled_from(["attribute_exists", "attribute_not_exists"]), PATHS),
    st.builds(
        lambda left, operator, right: f"{left} {operator} {right}",
        PATHS,
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        st.sampled_from([":v", ":w"]),
    ),
    st.builds(
        lambda path, operator: f"size({path}) {operator} :v", PATHS, st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    ),
    PATHS.map(lambda path: f"{path} BETWEEN :v AND :w"),
    PATHS.map(lambda path: f"{path} IN (:v, :w)"),
    PATHS.map(lambda path: f"contains({path}, :s)"),
    PATHS.map(lambda path: f"begins_with({path}, :s)"),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"({a} AND {b})", inner, inner),
        st.builds(lambda a, b: f"({a} OR {b})", inner, inner),
        inner.map(lambda a: f"NOT {a}"),
    ),
    max_leaves=4,
)
UPDATES = st.sampled_from(
    [
        "SET n = :v",
        "SET n = :one",
        "SET n = n + :one",
        "SET s = if_not_exists(s, :v)",
        "SET m.p = :v",
        "SET m.#q = :v, s = n",
        "REMOVE n",
        "REMOVE m.p, s",
        "SET m.p = :v REMOVE m.#q",
        "ADD n :one",
        "SET byStatus = :s, s = :v REMOVE n",
        "SET m = :v",
    ]
)


def _used(text: str, names: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    """The names and values that an expression uses, since what it does not use is refused."""
    given_names = {name: value for name, value in names.items() if name in text}
    given_values = {name: value for name, value in values.items() if name in text}
    return {
        **({"ExpressionAttributeNames": given_names} if given_names else {}),
        **({"ExpressionAttributeValues": given_values} if given_values else {}),
    }


@st.composite
def writes(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An operation of a transaction, or a write alone."""
    verb = draw(st.sampled_from(["Put", "Update", "Delete", "ConditionCheck"]))
    names = {"#n": "n", "#q": "q"}
    low, high = sorted(draw(st.tuples(st.integers(-3, 3), st.integers(-3, 3))))
    bounds = draw(st.sampled_from([({"N": str(low)}, {"N": str(high)}), ({"S": "x"}, {"S": "xy"})]))
    values = {":v": bounds[0], ":w": bounds[1], ":one": {"N": "1"}, ":s": {"S": "x"}}
    request: dict[str, Any] = {"TableName": "TABLE", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    text = ""
    if verb == "Put":
        request["Item"] = draw(ITEMS)
    else:
        request["Key"] = draw(KEYS)
    if verb == "Update":
        text = request["UpdateExpression"] = draw(UPDATES)
    if verb == "ConditionCheck" or draw(st.booleans()):
        request["ConditionExpression"] = draw(CONDITIONS)
        text += request["ConditionExpression"]
    return verb, request | _used(text, names, values)


def _named(write: tuple[str, dict[str, Any]]) -> str:
    return str(_key_in(write[1].get("Key") or write[1]["Item"]))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    asked = ["write", "write", "transact", "transact", "get", "batch", "batch write", "together", "query", "query"]
    match draw(st.sampled_from(asked)):
        case "write":
            verb, request = draw(writes().filter(lambda write: write[0] != "ConditionCheck"))
            if verb == "Update":
                request["ReturnValues"] = draw(st.sampled_from(["ALL_NEW", "ALL_OLD", "NONE"]))
            return f"{verb.lower()}_item", request
        case "transact":
            operations = draw(st.lists(writes(), min_size=1, max_size=3, unique_by=_named))
            token = "TABLE"  # The table's name, so that no other example has used it.
            return "transact_write_items", {
                "TransactItems": [{verb: request} for verb, request in operations],
                **({"ClientRequestToken": token} if draw(st.booleans()) else {}),
            }
        case "get":
            return "get_item", {"TableName": "TABLE", "Key": draw(KEYS), "ConsistentRead": True}
        case "batch":
            wanted = draw(st.lists(KEYS, min_size=1, max_size=3, unique_by=str))
            return "batch_get_item", {"RequestItems": {"TABLE": {"Keys": wanted, "ConsistentRead": True}}}
        case "batch write":
            written = draw(st.lists(ITEMS | KEYS, min_size=1, max_size=3, unique_by=lambda item: str(_key_in(item))))
            changes = [
                {"DeleteRequest": {"Key": item}} if item == _key_in(item) else {"PutRequest": {"Item": item}}
                for item in written
            ]
            return "batch_write_item", {"RequestItems": {"TABLE": changes}}
        case "together":
            wanted = draw(st.lists(KEYS, min_size=1, max_size=3, unique_by=str))
            gets = [{"Get": {"TableName": "TABLE", "Key": each}} for each in wanted]
            return "transact_get_items", {"TransactItems": gets}
    return "query", draw(queries())


def _key_in(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("PK", "SK")}


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    index = draw(st.sampled_from([None, "ByStatus", "ByName"]))
    sort = {None: "SK", "ByStatus": "byStatus", "ByName": "byName"}[index]
    condition = "PK = :pk" + draw(
        st.sampled_from(["", f" AND begins_with({sort}, :b)", f" AND {sort} BETWEEN :b AND :e", f" AND {sort} > :b"])
    )
    request: dict[str, Any] = {
        "TableName": "TABLE",
        "ConsistentRead": True,
        "KeyConditionExpression": condition,
        "ScanIndexForward": draw(st.booleans()),
    }
    if index:
        request["IndexName"] = index
        request["Select"] = draw(st.sampled_from(["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]))
    if draw(st.booleans()):
        request["Limit"] = draw(st.integers(1, 3))
    text = condition
    if draw(st.booleans()):
        request["FilterExpression"] = draw(
            st.sampled_from(["attribute_exists(archivedAt)", "NOT begins_with(archivedAt, :b)", "archivedAt = :e"])
        )
        text += request["FilterExpression"]
    values = {":pk": {"S": draw(st.sampled_from("ab"))}, ":b": {"S": draw(st.sampled_from(["1", "d", "active"]))}}
    return request | _used(text, {}, values | {":e": {"S": "x"}})


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(requests(), min_size=1, max_size=25))
def test_they_answer_as_dynamodb_local_does(real: "DynamoDBClient", several: list[Request]) -> None:
    engines = Engines(real)
    for operation, request in several:
        engines.agree(operation, request)


def test_pages_of_a_query_lead_to_each_item_once(real: "DynamoDBClient") -> None:
    engines = Engines(real)
    for number in range(7):
        for sort in ("byStatus", "byName"):
            item = key("a", f"{sort}{number}") | {sort: {"S": f"{number % 3}#{number}"}}
            engines.agree("put_item", {"TableName": "TABLE", "Item": item})
    walks: list[tuple[str | None, bool]] = [(None, True), (None, False), ("ByStatus", True), ("ByName", False)]
    for index, forward in walks:
        seen: list[list[Any]] = [[] for _ in engines.tables]
        for table, into in zip(engines.tables, seen, strict=True):
            request: dict[str, Any] = {
                "KeyConditionExpression": "PK = :pk",
                "ExpressionAttributeValues": {":pk": {"S": "a"}},
                "ScanIndexForward": forward,
                **({"IndexName": index} if index else {}),
            }
            start: Any = None
            while True:
                more = {"ExclusiveStartKey": start} if start else {}
                page: Any = table.client.query(TableName=table.name, Limit=3, ConsistentRead=True, **request, **more)
                into += [item["SK"]["S"] for item in page["Items"]]
                start = page.get("LastEvaluatedKey")
                if start is None:
                    break
        assert seen == [seen[-1]] * len(seen)
        assert len(seen[0]) == len(set(seen[0])) == (7 if index else 14)


A1 = {"TableName": "TABLE", "Key": key("a", "1")}
DELETE = {"Delete": A1}
REFUSED: list[Request] = [
    ("put_item", {"TableName": "TABLE", "Item": key("a", "1") | {"big": {"S": "x" * 410_000}}}),
    ("transact_write_items", {"TransactItems": [DELETE] * 2}),
    ("transact_write_items", {"TransactItems": [{"Delete": A1 | {"Key": key("a", str(n))}} for n in range(101)]}),
    ("delete_item", {**A1, "ConditionExpression": "attribute_exists(PK)", **ONE}),
    ("update_item", {**A1, "UpdateExpression": "SET x = :undefined"}),
    ("update_item", {**A1, "UpdateExpression": "SET m.x = :one", **ONE}),
    ("update_item", {**A1, "UpdateExpression": "SET x = x + :one", **ONE}),
    ("update_item", {**A1, "UpdateExpression": "SET #x = :one", **ONE}),
    ("query", {"TableName": "TABLE", "IndexName": "ByNothing", "KeyConditionExpression": "PK = :one", **ONE}),
]


@pytest.mark.parametrize(("operation", "request_"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_dynamodb_refuses_is_refused(real: "DynamoDBClient", operation: str, request_: dict[str, Any]) -> None:
    assert {answer[0] for answer in Engines(real).send(operation, request_)} == {"ValidationException"}


def test_a_token_does_a_transaction_once(real: "DynamoDBClient") -> None:
    engines = Engines(real)
    add = {
        "Update": {
            "TableName": "TABLE",
            "Key": key("a", "1"),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    other = {"Delete": {"TableName": "TABLE", "Key": key("a", "2")}}
    for operations in ([add], [add], [other]):
        engines.agree("transact_write_items", {"TransactItems": operations, "ClientRequestToken": "TABLE"})
    assert engines.agree("get_item", A1) == {"Item": key("a", "1") | {"n": {"N": "1"}}}
