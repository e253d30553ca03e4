"""What operations take of the table, as AWS bills it: asserted by tests, and what the pages on costs are made from."""

import math
from typing import Any

CAPACITY = {
    "create": (0, 5),
    "create with a key": (0, 7),
    "create again with a key": (2, 4),
    "get": (1, 0),
    "list": (1, 0),
    "update": (0, 5),
    "update a status": (0, 5),
    "update a description": (0, 3),
    "update labels": (0, 3),
    "merge metadata": (0, 3),
    "update, no change": (0, 1),
    "delete": (0, 7),
    "add": (2, 8),
    "add, held already": (2, 0),
    "remove": (0, 6),
    "create with contents": (2, 13),
    "create with contents and a key": (3, 15),
    "create again with contents and a key": (6, 0),
    "change many": (2, 10),
    "change many, no change": (2, 0),
    "clone": (2, 9),
}
"""Read and write units of operations on a small campaign.

Two of a deletion are the note of who did it, since the stream shows no item that could tell.

Three of the write units of a creation or deletion are the indexes', of a change of name or status four, of others two.
"""

BEHIND = {
    "an event that webhooks may want": (1, 0),
    "a delivery to a webhook": (2, 1),
    "a date that starts or ends a campaign": (2, 5),
}
"""Units of what happens behind the queues: to a tenant with few webhooks, and with a small campaign."""

HISTORY_UNITS = 2
"""Write units that the history of a change takes: in its tenant's, and in its campaign's."""
FINDING = {
    "list by status": (22, 0),
    "list by change": (23, 0),
    "list by label": (23, 0),
    "list by sequence": (22, 0),
    "count by status": (8, 0),
    "count by label": (31, 0),
}
"""Units of a page of 20 of 600 small campaigns, every second of which is looked for, and of a count among them."""


def size(attributes: dict[str, Any]) -> int:
    """The bytes of an item, or of a map's elements."""
    return sum(len(name.encode()) + _size_of(value) for name, value in attributes.items())


def _size_of(attribute: dict[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "B":
            return len(value)
        case "N":
            return math.ceil(len(value.strip("-").replace(".", "").strip("0") or "0") / 2) + 1
        case "NULL" | "BOOL":
            return 1
        case "M":
            return 3 + len(value) + size(value)
        case "L":
            return 3 + sum(1 + _size_of(each) for each in value)
    raise TypeError(kind)
