"""What all that the API answers has in common: it is read from JSON by its fields, and keeps what it doesn't know."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime as _datetime
from functools import cache
from typing import Any, Self, get_args, get_origin, get_type_hints

ABSENT = {"absent": True}
"""Marks a field that is not there, rather than null, where it has nothing to say."""


class Time(str):
    """A moment as the API tells it: text, UTC in ISO 8601."""

    __slots__ = ()

    @property
    def datetime(self) -> _datetime:
        """The same as a ``datetime``, with its zone."""
        return _datetime.fromisoformat(self)


@dataclass(frozen=True, slots=True, repr=False)
class Model:
    """A JSON object of the API's. Fields have the API's names, in ``snake_case``, or one that they are marked with."""

    extra: dict[str, Any] = field(default_factory=dict, kw_only=True, hash=False)
    """Fields that the API has and this version does not know, under the API's names."""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """What a JSON object stands for; fields with a default may be missing."""
        known = _known(cls)
        values = {
            each.name: _read(kind, body[name]) for name, (each, kind) in known.items() if name in body or _needed(each)
        }
        return cls(**values, extra={name: value for name, value in body.items() if name not in known})

    def to_json(self) -> dict[str, Any]:
        """The JSON object that the API answered."""
        known = {name: (getattr(self, each.name), each.metadata) for name, (each, _) in _known(type(self)).items()}
        return {
            name: _written(value) for name, (value, marks) in known.items() if value is not None or marks != ABSENT
        } | self.extra

    def __repr__(self) -> str:
        shown = [each.name for each, _ in _known(type(self)).values() if each.repr] + (["extra"] if self.extra else [])
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _fields(model: type[Model]) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(model)
    return {_in_json(each): (each, hints[each.name]) for each in fields(model) if each.name != "extra"}


_known: Callable[[Any], dict[str, tuple[Field[Any], Any]]] = cache(_fields)
"""The fields of a model and their types, by their names in JSON."""


def _in_json(each: Field[Any]) -> str:
    first, *others = each.name.split("_")
    return str(each.metadata.get("json", first + "".join(map(str.capitalize, others))))


def _needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], each) for each in value)
    for each in get_args(kind) or (kind,):
        if each is Time:
            return Time(value)
        if isinstance(each, type) and issubclass(each, Model):
            return each.from_json(value)
    return value


def _written(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_json()
    return [_written(each) for each in value] if isinstance(value, tuple) else value
