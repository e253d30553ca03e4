"""Python values in DynamoDB's own JSON, and back: the six types that this table holds.

boto3 has the same for all types, and costs every cold start a fifth of what botocore does (see docs/performance.md).
"""

from typing import Any

type Value = str | bytes | int | list[Value] | dict[str, Value] | None
type Attribute = dict[str, Any]


def serialize(value: Value) -> Attribute:
    """``value`` as an attribute."""
    match value:
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case None:
            return {"NULL": True}
        case bool():
            raise TypeError("no attribute of this table is a boolean")
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [serialize(each) for each in value]}
    return {"M": serialize_all(value)}


def serialize_all(values: dict[str, Any]) -> dict[str, Attribute]:
    """Values, by name, as attributes."""
    return {name: serialize(value) for name, value in values.items()}


def deserialize(attribute: Attribute) -> Any:
    """What an attribute stands for."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "B":
            return value
        case "N":
            return int(value)
        case "NULL":
            return None
        case "L":
            return [deserialize(each) for each in value]
        case "M":
            return deserialize_all(value)
    raise TypeError(f"no attribute of this table has the type {kind}")


def deserialize_all(attributes: Any) -> dict[str, Any]:
    """An item, or a map, as a dictionary."""
    return {name: deserialize(attribute) for name, attribute in attributes.items()}
