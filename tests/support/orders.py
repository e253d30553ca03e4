"""Scenarios in many orders of their steps: in all that can matter, in one that is drawn, or in one that went wrong."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from support.exploration import Exploration
from support.interleaving import TIME, Actor, Interleaving, Step
from support.world import Scenario, World


class Wrong(AssertionError):
    """What is not as promised, after which steps."""

    def __init__(self, world: World, wrongs: list[str]) -> None:
        self.schedule = [taken.step.name for taken in world.turns.taken]
        self.wrongs = wrongs
        steps = [f"  {taken.step.says}" for taken in world.turns.taken]
        super().__init__("\n".join([*wrongs, f"in {world.scenario}", "after", *steps, f"to replay: {self.schedule}"]))


class Tried(NamedTuple):
    """How many orders were run, and how many of them to the end."""

    orders: int
    ended: int
    met: int
    """Faults and conflicts."""


def explore(scenario: Scenario) -> Tried:
    """Try every order; Wrong at the first after which something is."""
    exploration, orders, ended, met = Exploration(), 0, 0, 0
    while exploration.goes_on:
        world = scenario.world()
        ended += _run(world, exploration.run)
        orders += 1
        met += world.dynamodb.met
    return Tried(orders, ended, met)


class Turn(NamedTuple):
    """That another goes on: after so many steps, the so-many-th of those who could."""

    after: int
    whose: int


TURNS = st.lists(st.builds(Turn, st.integers(0, 12), st.integers(1, 16)), max_size=60)
"""Few turns show most of what can go wrong (Musuvathi, Qadeer, "Iterative context bounding", PLDI 2007)."""


def try_once(scenario: Scenario, turns: Sequence[Turn]) -> bool:
    """Let each go on until it ends, but for some turns; whether all came to their ends. Wrong where something is."""
    world = scenario.world()
    return _run(world, lambda steps: steps.run(_Taking(steps, turns)))


def replay(scenario: Scenario, schedule: Sequence[str]) -> list[str]:
    """What is wrong after these steps."""
    world, names = scenario.world(), iter(schedule)

    def choose() -> Step | None:
        name = next(names, None)
        return None if name is None else world.turns.pending[name]

    with world.running():
        world.turns.run(choose)
        return world.wrongs()


def _run(world: World, run: Callable[[Interleaving], object]) -> bool:
    with world.running():
        run(world.turns)
        if world.turns.pending or world.dynamodb.gave_up:
            return False
        if wrongs := world.wrongs():
            raise Wrong(world, wrongs)
        return True


class _Taking:
    """Chooses steps by turns. Whom others got in the way of lets them go on, so that they are done one day."""

    def __init__(self, steps: Interleaving, turns: Sequence[Turn]) -> None:
        self._steps = steps
        self._turns = iter(turns)
        self._next = next(self._turns, None)
        self._since = 0
        self._last: Actor | None = None
        self._conflicts = 0

    def __call__(self) -> Step | None:
        enabled = list(self._steps.enabled().values())
        if not enabled:
            return None
        mine = [step for step in enabled if self._steps.asking(step) is self._last]
        others = [step for step in enabled if self._steps.asking(step) is not self._last]
        waits = self._last is not None and self._last.conflicts > self._conflicts
        # Of others, whoever has asked first; time passes where nothing else can happen.
        others.sort(key=lambda step: TIME in step.footprint.enters)
        enabled = [*others, *mine] if waits else [*mine, *others]
        number = 0
        if self._next and self._since >= self._next.after:
            number, self._since, self._next = self._next.whose, 0, next(self._turns, None)
        self._since += 1
        step = enabled[number % len(enabled)]
        self._last = self._steps.asking(step)
        self._conflicts = self._last.conflicts
        return step
