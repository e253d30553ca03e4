"""Is a history of overlapping operations on one campaign explained by some order of them, one at a time?

The search is Wing and Gong's ("Testing and Verifying Concurrent Objects", 1993), with Lowe's memory of the states that
were visited ("Testing for linearizability", 2017).
"""

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

NO_ANSWER = 503
"""An operation that may have happened, may happen later, or never."""


class State(NamedTuple):
    """What a campaign shows."""

    version: int
    name: str
    status: str
    sequences: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    """Which its tenant has not, and nobody is shown."""

    @property
    def shown(self) -> "State":
        """What answers have of it."""
        return self._replace(unknown=())


ANY = State(0, "", "", ())
"""Stands for an answer that is not looked at."""


class Operation(NamedTuple):
    """What a client asked between two moments, and what it was answered."""

    began: float
    ended: float
    verb: str
    argument: Any
    if_match: int | None
    status: int
    shown: State | None
    """The campaign in the answer, where it has one."""


type Outcome = tuple[int, State | None, State | None]
"""Status, the campaign in the answer, and the campaign afterwards."""


def step(state: State | None, operation: Operation) -> Outcome:
    """What an operation does and answers alone."""
    if state is None:
        return 404, None, None
    if operation.if_match not in {None, state.version}:
        return 412, None, state
    match operation.verb:
        case "get":
            return 200, state.shown, state
        case "renamed" | "gone" | "back" | "turned":
            return 204, None, _after(state, operation)
        case "moved":
            moved = state._replace(version=state.version + 1)
            return 200, moved.shown, moved
        case "delete":
            return 204, None, None
        case "update":
            changed = state._replace(**operation.argument)
            after = state if changed == state else changed._replace(version=state.version + 1)
            return 200, after.shown, after
        case "clone":
            shown = operation.shown.sequences if operation.shown else ()
            left_out = set(operation.argument or ()) - set(shown)
            sequences = tuple(each for each in state.sequences if each not in left_out)
            return 201, State(1, f"Copy of {state.name}", "draft", sequences), state
    return _change(state, operation)


def _after(state: State, operation: Operation) -> State:
    """What the service does by itself."""
    match operation.verb:
        case "gone":
            return state._replace(unknown=(*state.unknown, operation.argument))
        case "back":
            return state._replace(unknown=tuple(each for each in state.unknown if each != operation.argument))
        case "turned":
            before, after = operation.argument
            return state._replace(version=state.version + 1, status=after) if state.status == before else state
    return state._replace(version=state.version + 1)


def _change(state: State, operation: Operation) -> Outcome:
    """The same for what changes which sequences there are."""
    if operation.verb == "add" and operation.argument in state.unknown:
        return 404, None, state  # whether it is still shown or not
    sequences = _sequences_after(operation, state.sequences)
    if set(sequences) & set(state.unknown) - set(state.sequences):
        return 404, None, state
    if operation.verb == "add" and operation.argument in state.sequences:
        return 409, None, state
    after = state if sequences == state.sequences else state._replace(version=state.version + 1, sequences=sequences)
    return (204, None, after) if operation.verb == "remove" else (200, after.shown, after)


def _sequences_after(operation: Operation, held: tuple[str, ...]) -> tuple[str, ...]:
    match operation.verb:
        case "add":
            return (*held, operation.argument)
        case "remove":
            return tuple(each for each in held if each != operation.argument)
        case "change":
            add, remove = operation.argument
            kept = tuple(each for each in held if each not in remove)
            return (*kept, *(each for each in add if each not in kept))
        case "set":
            return tuple(operation.argument)
    raise AssertionError(operation.verb)


def is_linearizable(start: State, history: Sequence[Operation]) -> bool:
    """Whether an order that respects which operation ended before which began explains every answer."""
    operations = [each._replace(ended=inf) if each.status == NO_ANSWER else each for each in history]
    seen: set[tuple[int, State | None]] = set()
    waiting: list[tuple[int, State | None]] = [((1 << len(operations)) - 1, start)]
    while waiting:
        left, state = waiting.pop()
        if (left, state) in seen:
            continue
        seen.add((left, state))
        open_ = [index for index in range(len(operations)) if left >> index & 1]
        if all(operations[index].status == NO_ANSWER for index in open_):
            return True
        first_end = min(operations[index].ended for index in open_)
        for index in open_:
            operation = operations[index]
            if operation.began > first_end:
                continue
            status, shown, after = step(state, operation)
            right = status == operation.status and operation.shown in {ANY, shown}
            if right or operation.status == NO_ANSWER:
                waiting.append((left & ~(1 << index), after))
    return False


def write_and_read(operation: Operation) -> list[Operation]:
    """An update that recognises itself after a lost answer shows the campaign as it is by then: it ends with a read."""
    if operation.verb != "update" or operation.shown is None:
        return [operation]
    return [operation._replace(shown=ANY), operation._replace(verb="get", if_match=None)]
