"""The orders that are left out come to nothing of their own: on random programs, against all orders there are."""

import random
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pytest

from support.exploration import Exploration
from support.interleaving import NOTHING, Footprint, Interleaving, Step

type Part = tuple[str, list[str]]
"""What is done to which cells at once: read, write, write when free, or lock and then write."""

CELLS = "xyz"


class Run(NamedTuple):
    """Actors at some cells, and what they have read."""

    turns: Interleaving
    cells: dict[str, tuple[str, ...]]
    read: dict[str, list[object]]

    @property
    def outcome(self) -> str:
        return repr((self.cells, sorted(self.read.items())))


def begin(programs: list[list[Part]]) -> Run:
    run = Run(Interleaving(), dict.fromkeys(CELLS, ()), {})
    for number, program in enumerate(programs):
        run.turns.spawn(f"actor {number}", partial(act, run, f"actor {number}", program))
    return run


def act(run: Run, name: str, program: list[Part]) -> None:
    for number, (verb, cells) in enumerate(program):
        mark = f"{name}, {number}"

        def write(cell: str, mark: str = mark) -> None:
            run.cells[cell] += (mark,)

        def lock(cell: str) -> object:
            run.turns.hold(("lock", cell))
            return run.cells[cell]

        def end(cell: str, write: Callable[[str], None] = write) -> None:
            run.turns.let_go(("lock", cell))
            write(cell)

        bodies: dict[str, Callable[[str], object]] = {"read": run.cells.__getitem__, "lock": lock}
        taken = run.turns.take(
            *((cell, footprint(verb, cell), partial(bodies.get(verb, write), cell)) for cell in cells)
        )
        run.read.setdefault(name, []).append(taken)
        if verb == "lock":
            run.turns.take(*((cell, footprint("end", cell), partial(end, cell)) for cell in cells))


def footprint(verb: str, cell: str) -> Footprint:
    there, lock = frozenset({("cell", cell)}), frozenset({("lock", cell)})
    match verb:
        case "read":
            return Footprint(reads=there)
        case "write":
            return Footprint(writes=there)
        case "write when free":
            return Footprint(reads=lock, writes=there, needs=lock)
        case "lock":
            return Footprint(reads=there, writes=lock, needs=lock)
    return Footprint(writes=there | lock)


def all_outcomes(programs: list[list[Part]], most: int) -> set[str] | None:
    """Of every order; None where there are more than ``most``."""
    waiting: list[list[str]] = [[]]
    outcomes, runs = set[str](), 0
    while waiting:
        prefix, run = waiting.pop(), begin(programs)
        names = iter(prefix)

        def choose(run: Run = run, names: object = names) -> Step | None:
            name = next(names, None)  # type: ignore[call-overload]
            return None if name is None else run.turns.pending[name]

        run.turns.run(choose)
        runs += 1
        if runs > most:
            return None
        waiting += [[*prefix, name] for name in run.turns.enabled()]
        if not run.turns.pending:
            outcomes.add(run.outcome)
    return outcomes


def explored(programs: list[list[Part]]) -> tuple[set[str], int]:
    exploration, outcomes, runs = Exploration(), set[str](), 0
    while exploration.goes_on:
        run = begin(programs)
        exploration.run(run.turns)
        runs += 1
        if not run.turns.pending:
            outcomes.add(run.outcome)
    return outcomes, runs


@pytest.mark.parametrize("seed", range(12))
def test_every_outcome_is_found(seed: int) -> None:
    dice = random.Random(seed)
    verbs = ["read", "write", "write when free", "lock", "lock"]
    compared = 0
    while compared < 2:
        programs = [
            [(dice.choice(verbs), dice.sample(CELLS, dice.choice([1, 2]))) for _ in range(dice.randint(1, 2))]
            for _ in range(dice.randint(2, 3))
        ]
        outcomes = all_outcomes(programs, most=600)
        if outcomes is None:
            continue
        compared += 1
        assert explored(programs)[0] == outcomes, programs


def test_what_never_meets_is_run_in_one_order() -> None:
    apart: list[list[Part]] = [[("write", [cell]), ("read", [cell])] for cell in CELLS]
    assert explored(apart)[1] == 1
    assert explored([[("write", ["x"])], [("write", ["x"])]])[1] == 2
    assert Footprint().meets(Footprint(writes=NOTHING)) is False
