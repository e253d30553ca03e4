"""The table's stream, of the database in memory: a record of each write, and those that a function is given of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from operations.replay import fits
from support.memory import MemoryDynamoDB
from tools.template import expanded, resources

type Record = dict[str, Any]


class StreamedDynamoDB(MemoryDynamoDB):
    """A database in memory that keeps a record of what changes, as DynamoDB's stream does."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []

    def create_table(self, **request: Any) -> dict[str, Any]:
        answer = super().create_table(**request)
        table = self._tables[request["TableName"]]
        put = table.put

        def noted(key: tuple[str, str], item: dict[str, Any] | None) -> None:
            self._note(key, table.get(key), item)
            put(key, item)

        table.put = noted  # type: ignore[method-assign]
        return answer

    def _note(self, key: tuple[str, str], old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        if old == new:
            return
        number = len(self.records) + 1
        images = {"OldImage": old, "NewImage": new}
        self.records.append(
            {
                "eventID": f"{number:032x}",
                "eventName": "MODIFY" if old and new else "INSERT" if new else "REMOVE",
                "dynamodb": {
                    "ApproximateCreationDateTime": int(datetime.now(UTC).timestamp()),
                    "Keys": {"PK": {"S": key[0]}, "SK": {"S": key[1]}},
                    "SequenceNumber": f"{number:021}",
                    **{name: image for name, image in images.items() if image},
                },
            }
        )


def records_for(function: str, records: list[Record], template: str | None = None) -> Iterator[Record]:
    """Those that a function is given, by the filters of the template, or of another one."""
    patterns = _patterns(function, template)
    return (record for record in records if any(fits(pattern, record) for pattern in patterns))


@cache
def _patterns(function: str, template: str | None) -> list[Any]:
    name = "".join(word.title() for word in function.split("_")) + "Function"
    if template is None:
        events = resources("AWS::Serverless::Function")[name]["Events"].values()
    else:
        events = expanded(template)["Resources"][name]["Properties"]["Events"].values()
    (filters,) = (each["Properties"]["FilterCriteria"]["Filters"] for each in events)
    return [json.loads(each["Pattern"]) for each in filters]
