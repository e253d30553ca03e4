"""All orders of steps that can matter, one after the other.

Two orders that differ only in steps that don't meet come to the same: one of them is enough. Which orders are left is
found by *source sets* and *sleep sets* (Abdulla, Aronsson, Jonsson, Sagonas, "Optimal dynamic partial order reduction",
POPL 2014): an order is run, and wherever two of its steps met that could have come the other way round, the other way
is tried later, from there.
"""

from dataclasses import dataclass

from support.interleaving import Footprint, Interleaving, Step


@dataclass
class _Place:
    """What can be chosen after some steps, and what has been."""

    enabled: dict[str, Footprint]
    chosen: str
    wanted: set[str]
    """What is to be chosen here, sooner or later."""
    asleep: dict[str, Footprint]
    """What need not be: it was chosen earlier, and nothing has met it since."""


class Exploration:
    """Orders of the steps of actors who, given the same order, do the same every time."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._first_new = 0
        self.goes_on = True
        """Whether there is an order left."""

    def run(self, turns: Interleaving) -> None:
        """Run the actors, who have not begun, in an order that may come to something of its own.

        It ends early, and something is ``pending``, where all that is left was run as part of another order.
        """
        turns.run(lambda: self._choose(turns))
        for number in range(self._first_new, len(turns.taken)):
            self._reverse(turns, number)
        for step, past, begin in turns.blocked():
            self._overtake(turns, begin, begin, len(turns.taken), step, past)
        self.goes_on = self._turn()

    def _choose(self, turns: Interleaving) -> Step | None:
        number, enabled = len(turns.taken), turns.enabled()
        if number == len(self._places):
            asleep: dict[str, Footprint] = {}
            if number:
                before, step = self._places[-1], turns.taken[-1].step
                asleep = {name: each for name, each in before.asleep.items() if not each.meets(step.footprint)}
            awake = [name for name in enabled if name not in asleep]
            if not awake:
                return None
            footprints = {name: step.footprint for name, step in enabled.items()}
            self._places.append(_Place(footprints, awake[-1], {awake[-1]}, asleep))
        return enabled[self._places[number].chosen]

    def _reverse(self, turns: Interleaving, second: int) -> None:
        """See to it that steps which met are tried the other way round, too."""
        taken = turns.taken[second]
        between = 0
        for number in range(second - 1, -1, -1):
            if not taken.after >> number & 1:
                continue
            if not (taken.past | between) >> number & 1:
                if number in taken.freed:
                    # It could not have come between the two: the other way round is before both.
                    self._overtake(turns, taken.freed[number], number, second, taken.step, taken.past)
                else:
                    self._want(turns, number, second, taken.step.name, taken.after)
            between |= turns.taken[number].after

    def _overtake(self, turns: Interleaving, begin: int, end: int, second: int, step: Step, past: int) -> None:
        """Want a step to come before another took hold of what it needs."""
        after = past
        for number, earlier in enumerate(turns.taken[:second]):
            if number not in {begin, end} and earlier.step.footprint.meets(step.footprint):
                after |= earlier.after | 1 << number
        if not after >> begin & 1:
            self._want(turns, begin, second, step.name, after)

    def _want(self, turns: Interleaving, first: int, second: int, name: str, after: int) -> None:
        """Want an order in which all that need not come after ``first`` comes before it, and a step behind that.

        It is called ``name`` and comes after ``after`` then; it stands at ``second`` now, or would.
        """
        steps = 0
        beginnings = []
        for number in range(first + 1, second):
            before = turns.taken[number].after
            if not before >> first & 1:
                if not before & steps:
                    beginnings.append(turns.taken[number].step.name)
                steps |= 1 << number
        if not after & steps:
            beginnings.append(name)
        # Where a beginning was chosen before and nothing has met it, what would follow has been tried from there.
        place = self._places[first]
        if not any(each in place.wanted or each in place.asleep for each in beginnings):
            place.wanted.add(beginnings[0])

    def _turn(self) -> bool:
        """Go back to the last place where something is left to choose; whether there is one."""
        while self._places:
            last = self._places[-1]
            last.asleep[last.chosen] = last.enabled[last.chosen]
            left = [name for name in last.wanted if name not in last.asleep]
            if left:
                last.chosen = min(left)
                self._first_new = len(self._places) - 1
                return True
            self._places.pop()
        return False
