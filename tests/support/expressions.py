"""DynamoDB's expressions, as far as requests of the store go: parsed once, then run over items in DynamoDB's own JSON.

The grammar is that of "Condition and filter expressions" and "Update expressions" in the DynamoDB Developer Guide.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

type Attribute = dict[str, Any]
type Item = dict[str, Attribute]
type Operand = Callable[[Item], Attribute | None]
type Condition = Callable[[Item], bool]
type Path = tuple[str, ...]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),.+-]|[#:]?[A-Za-z_][A-Za-z0-9_]*|[#:][0-9]+)")
_KEYWORDS = {"AND", "OR", "NOT", "IN", "BETWEEN", "SET", "REMOVE", "ADD", "DELETE"}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class InvalidExpression(Exception):
    """DynamoDB would answer with a ValidationException of this text."""


class _Missing(Exception):
    """An operand of an update is not there."""


def comparable(attribute: Attribute) -> Any:
    """A value that sorts as DynamoDB sorts it: numbers as numbers, strings by their UTF-8 bytes."""
    ((kind, value),) = attribute.items()
    return int(value) if kind == "N" else value.encode() if kind == "S" else value


@dataclass
class Expressions:
    """The names and values that one request's expressions share, and which of them were used."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Attribute] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def condition(self, text: str | None) -> Condition:
        """A condition, a filter or a key condition."""
        if text is None:
            return lambda _: True
        parser = _Parser(self, list(_tokens(text)))
        return parser.whole(parser.either)

    def projection(self, text: str) -> list[Path]:
        """The paths that a projection names."""
        parser = _Parser(self, list(_tokens(text)))
        return parser.whole(lambda: parser.several(parser.path))

    def update(self, text: str) -> Callable[[Item], Item]:
        """What an update makes of an item."""
        parser = _Parser(self, list(_tokens(text)))
        steps = parser.whole(parser.clauses)

        def apply(item: Item) -> Item:
            changed = _copied(item)
            for step in steps:
                step(item, changed)
            return changed

        return apply

    def check_all_used(self) -> None:
        """DynamoDB refuses what is given and not used."""
        for given, what in ((self.names, "Names"), (self.values, "Values")):
            if unused := set(given) - self.used:
                raise InvalidExpression(f"Value provided in ExpressionAttribute{what} unused: {sorted(unused)}")


@cache
def _tokens(text: str) -> tuple[str, ...]:
    found, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidExpression(f"Syntax error at {text[position : position + 10]!r}")
        found.append(match[1])
        position = match.end()
    return tuple(found)


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, shared: Expressions, tokens: list[str]) -> None:
        self._shared = shared
        self._tokens = tokens[::-1]

    def whole[Result](self, part: Callable[[], Result]) -> Result:
        result = part()
        if self._tokens:
            raise InvalidExpression(f"Syntax error at {self._tokens[-1]!r}")
        return result

    def several[Result](self, part: Callable[[], Result]) -> list[Result]:
        found = [part()]
        while self._take(","):
            found.append(part())
        return found

    # ---- Conditions

    def either(self) -> Condition:
        parts = [self._both()]
        while self._take("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda item: any(part(item) for part in parts)

    def _both(self) -> Condition:
        parts = [self._negated()]
        while self._take("AND"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else lambda item: all(part(item) for part in parts)

    def _negated(self) -> Condition:
        if self._take("NOT"):
            inner = self._negated()
            return lambda item: not inner(item)
        if self._take("("):
            grouped = self.either()
            self._expect(")")
            return grouped
        return self._comparison()

    def _comparison(self) -> Condition:
        if self._peek(1) == "(" and self._peek() != "size":
            return self._function()
        left, operator = self._operand(), self._next()
        match operator:
            case "=" | "<>":
                right = self._operand()
                equal = operator == "="
                return lambda item: (left(item) == right(item)) is equal
            case "<" | "<=" | ">" | ">=":
                right = self._operand()
                return lambda item: _ordered(operator, left(item), right(item))
            case "BETWEEN":
                least = self._operand()
                self._expect("AND")
                most = self._operand()
                if _ordered("<", most({}), least({})):  # of values: an attribute is nothing here
                    raise InvalidExpression("The BETWEEN operator requires upper bound to be at least lower bound")
                return lambda item: _ordered(">=", left(item), least(item)) and _ordered("<=", left(item), most(item))
            case "IN":
                self._expect("(")
                several = self.several(self._operand)
                self._expect(")")
                return lambda item: left(item) is not None and left(item) in [each(item) for each in several]
        raise InvalidExpression(f"Syntax error at {operator!r}")

    def _function(self) -> Condition:
        name = self._next()
        self._expect("(")
        first = self._operand()
        second = self._operand() if self._take(",") else None
        self._expect(")")
        if second is None:
            exists = {"attribute_exists": True, "attribute_not_exists": False}.get(name)
            if exists is None:
                raise InvalidExpression(f"Invalid function: {name}")
            return lambda item: (first(item) is not None) is exists
        match name:
            case "begins_with":
                return lambda item: _text(first(item)).startswith(_text(second(item)))
            case "contains":
                return lambda item: _contains(first(item), second(item))
        raise InvalidExpression(f"Invalid function: {name}")

    # ---- Updates

    def clauses(self) -> list[Callable[[Item, Item], None]]:
        steps: list[Callable[[Item, Item], None]] = []
        while self._tokens:
            match self._next():
                case "SET":
                    steps += self.several(self._assignment)
                case "REMOVE":
                    steps += self.several(self._removal)
                case "ADD":
                    steps += self.several(self._addition)
                case other:
                    raise InvalidExpression(f"Syntax error at {other!r}")
        return steps

    def _assignment(self) -> Callable[[Item, Item], None]:
        path = self.path()
        self._expect("=")
        value = self._sum()

        def assign(before: Item, changed: Item) -> None:
            try:
                assigned = value(before)
            except _Missing as error:
                raise InvalidExpression("The provided expression refers to an attribute that does not exist") from error
            _parent(changed, path)[path[-1]] = assigned

        return assign

    def _removal(self) -> Callable[[Item, Item], None]:
        path = self.path()
        return lambda _, changed: (_parent(changed, path).pop(path[-1], None), None)[1]

    def _addition(self) -> Callable[[Item, Item], None]:
        path, number = self.path(), self._operand()

        def add(before: Item, changed: Item) -> None:
            added = number(before) or {"N": "0"}
            old = _at(before, path) or {"N": "0"}
            _parent(changed, path)[path[-1]] = {"N": str(_number(old) + _number(added))}

        return add

    def _sum(self) -> Callable[[Item], Attribute]:
        left = self._value()
        if self._peek() not in {"+", "-"}:
            return left
        sign = 1 if self._next() == "+" else -1
        right = self._value()
        return lambda item: {"N": str(_number(left(item)) + sign * _number(right(item)))}

    def _value(self) -> Callable[[Item], Attribute]:
        if self._peek() == "if_not_exists" and self._peek(1) == "(":
            self._next()
            self._expect("(")
            path = self.path()
            self._expect(",")
            default = self._value()
            self._expect(")")
            return lambda item: _at(item, path) or default(item)
        operand = self._operand()

        def value(item: Item) -> Attribute:
            found = operand(item)
            if found is None:
                raise _Missing
            return found

        return value

    # ---- Operands

    def _operand(self) -> Operand:
        if (self._peek() or "").startswith(":"):
            name = self._next()
            if name not in self._shared.values:
                raise InvalidExpression(f"An expression attribute value used in expression is not defined: {name}")
            self._shared.used.add(name)
            value = self._shared.values[name]
            return lambda _: value
        if self._peek() == "size" and self._peek(1) == "(":
            self._next()
            self._expect("(")
            measured = self.path()
            self._expect(")")
            return lambda item: _size(_at(item, measured))
        path = self.path()
        return lambda item: _at(item, path)

    def path(self) -> Path:
        parts = [self._name()]
        while self._take("."):
            parts.append(self._name())
        return tuple(parts)

    def _name(self) -> str:
        name = self._next()
        if not name.startswith("#"):
            if not name[0].isalpha() or name in _KEYWORDS:
                raise InvalidExpression(f"Syntax error at {name!r}")
            return name
        if name not in self._shared.names:
            raise InvalidExpression(f"An expression attribute name used in expression is not defined: {name}")
        self._shared.used.add(name)
        return self._shared.names[name]

    # ---- Tokens

    def _peek(self, ahead: int = 0) -> str | None:
        return self._tokens[-1 - ahead] if len(self._tokens) > ahead else None

    def _next(self) -> str:
        if not self._tokens:
            raise InvalidExpression("Syntax error at the end")
        return self._tokens.pop()

    def _take(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._tokens.pop()
        return True

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise InvalidExpression(f"Syntax error at {self._peek()!r}, expected {token!r}")


def _at(item: Item, path: Path) -> Attribute | None:
    *parents, last = path
    for name in parents:
        found = item.get(name)
        if found is None or "M" not in found:
            return None
        item = found["M"]
    return item.get(last)


def _size(attribute: Attribute | None) -> Attribute | None:
    """How many characters, entries or pairs there are; of other types there is no size."""
    ((kind, value),) = (attribute or {"NULL": True}).items()
    return {"N": str(len(value))} if kind in "SLM" else None


def _number(attribute: Attribute) -> int:
    if "N" not in attribute:
        raise InvalidExpression("Incorrect operand type for operator or function")
    return int(attribute["N"])


def _parent(item: Item, path: Path) -> Item:
    for name in path[:-1]:
        found = item.get(name)
        if found is None or "M" not in found:
            raise InvalidExpression("The document path provided in the update expression is invalid for update")
        item = found["M"]
    return item


def _copied(item: Item) -> Item:
    return {name: {"M": _copied(value["M"])} if "M" in value else value for name, value in item.items()}


def _ordered(operator: str, left: Attribute | None, right: Attribute | None) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return False
    return _ORDER[operator](comparable(left), comparable(right))


def _text(attribute: Attribute | None) -> str:
    return str((attribute or {}).get("S", "\0"))


def _contains(where: Attribute | None, what: Attribute | None) -> bool:
    if where is None or what is None:
        return False
    if "L" in where:
        return what in where["L"]
    return "S" in where and "S" in what and what["S"] in where["S"]


def project(item: Item, paths: Iterator[Path] | list[Path]) -> Item:
    """The parts of an item that ``paths`` name."""
    made: Item = {}
    for path in paths:
        found, into = _at(item, path), made
        if found is None:
            continue
        for name in path[:-1]:
            into = into.setdefault(name, {"M": {}})["M"]
        into[path[-1]] = found
    return made
