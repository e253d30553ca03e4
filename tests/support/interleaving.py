"""Several at once in one thread, of whom one takes one step at a time: who, is somebody else's choice.

An *actor* runs (in a greenlet) until it asks for steps. A step is done as a whole when it is chosen; an actor that
asked for several waits for all of them. What a step looks at and changes is said before it is taken, so that whoever
chooses can tell which steps could as well have been taken the other way round.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from greenlet import getcurrent, greenlet

type Resource = tuple[str, ...]
type Choose = Callable[[], "Step | None"]

TIME: Resource = ("time",)
"""What a step enters that waits for a moment, and reads that looks at the clock."""
NOTHING: frozenset[Resource] = frozenset()


class Footprint(NamedTuple):
    """What a step looks at and changes. What it *enters* matters to those who look at that, not to others who enter.

    It can't be taken before what it ``needs`` is free.
    """

    reads: frozenset[Resource] = NOTHING
    writes: frozenset[Resource] = NOTHING
    enters: frozenset[Resource] = NOTHING
    needs: frozenset[Resource] = NOTHING

    def meets(self, other: "Footprint") -> bool:
        """Whether it may matter which of the two comes first."""
        return not (
            self.writes.isdisjoint(other.writes)
            and self.writes.isdisjoint(other.reads)
            and self.reads.isdisjoint(other.writes)
            and self.enters.isdisjoint(other.reads)
            and self.reads.isdisjoint(other.enters)
        )


class Step(NamedTuple):
    """One step. Its name is the same in all orders of steps that differ only where it can't matter."""

    name: str
    says: str
    footprint: Footprint
    body: Callable[[], Any]


class Taken(NamedTuple):
    """A step that was taken. Other steps are named by their numbers, as bits."""

    step: Step
    past: int
    """Those without which nobody would have asked for it."""
    after: int
    """Those, and all others that it matters that they came earlier."""
    freed: dict[int, int]
    """The steps that let go of what it needed, and those that had taken hold of it."""


class Ended(BaseException):
    """The actor goes no further."""


class Actor:
    """One of those at once."""

    def __init__(self, name: str, past: int) -> None:
        self.name = name
        self.past = past
        """What its next steps come after."""
        self.asked = 0
        """How often it has asked for steps."""
        self.left: set[str] = set()
        self.results: dict[str, Any] = {}
        self.calls = 0
        self.conflicts = 0
        """What the database counts of it."""


class Interleaving:
    """The actors, the steps that they ask for, and those that were taken."""

    def __init__(self) -> None:
        self.pending: dict[str, Step] = {}
        self.taken: list[Taken] = []
        self._held: dict[Resource, int] = {}
        self._freed: dict[Resource, tuple[int, int]] = {}
        self._waiting: dict[str, tuple[greenlet, Actor]] = {}
        self._actors: dict[greenlet, Actor] = {}
        self._beginning: list[greenlet] = []
        self._hub = getcurrent()
        self._past = 0

    def actor(self) -> Actor | None:
        """Who is running; None where it is nobody who takes part."""
        return self._actors.get(getcurrent())

    def spawn(self, name: str, action: Callable[[], object]) -> None:
        """Let one more take part: it comes after all that this comes after."""

        def act() -> None:
            with suppress(Ended):
                action()
            del self._actors[getcurrent()]

        here, new = self.actor(), greenlet(act, parent=self._hub)
        self._actors[new] = Actor(name, here.past if here else self._past)
        self._beginning.append(new)

    def take(self, *wanted: tuple[str, Footprint, Callable[[], Any]]) -> list[Any]:
        """Take steps, in any order, with all that others do in between; what each came to, in the order given."""
        actor = self.actor()
        if actor is None or not wanted:
            return [body() for _, _, body in wanted]
        actor.asked += 1
        names = [f"{actor.name}/{actor.asked}.{place}" for place in range(len(wanted))]
        actor.left, actor.results = set(names), {}
        for name, (says, footprint, body) in zip(names, wanted, strict=True):
            self.pending[name] = Step(name, f"{actor.name}: {says}", footprint, body)
            self._waiting[name] = getcurrent(), actor
        self._hub.switch()
        results = [actor.results[name] for name in names]
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results

    def asking(self, step: Step) -> Actor:
        """Who has asked for a step that is not taken yet."""
        return self._waiting[step.name][1]

    def enabled(self) -> dict[str, Step]:
        """The steps that can be taken."""
        return {name: step for name, step in self.pending.items() if step.footprint.needs.isdisjoint(self._held)}

    def blocked(self) -> Iterator[tuple[Step, int, int]]:
        """The steps that can't be taken, what they come after, and which step took hold of what they need."""
        for name, step in self.pending.items():
            for resource in step.footprint.needs & self._held.keys():
                yield step, self._waiting[name][1].past, self._held[resource]

    def hold(self, resource: Resource) -> None:
        """Of the step that is being taken: nobody who needs this can go on."""
        self._held[resource] = len(self.taken) - 1

    def let_go(self, resource: Resource) -> None:
        """Of the step that is being taken: whoever needs this can go on."""
        self._freed[resource] = self._held.pop(resource), len(self.taken) - 1

    def run(self, choose: Choose) -> None:
        """Go on until nobody asks for steps, or ``choose`` names none."""
        self._begin()
        while self.pending and (step := choose()):
            self._take(step)

    def _take(self, step: Step) -> None:
        del self.pending[step.name]
        asking, actor = self._waiting.pop(step.name)
        after = actor.past
        for number in range(len(self.taken) - 1, -1, -1):
            earlier = self.taken[number]
            if not after >> number & 1 and earlier.step.footprint.meets(step.footprint):
                after |= earlier.after | 1 << number
        freed = {
            end: begin for each in step.footprint.needs if each in self._freed for begin, end in [self._freed[each]]
        }
        self.taken.append(Taken(step, actor.past, after, freed))
        self._past = after | 1 << (len(self.taken) - 1)
        try:
            actor.results[step.name] = step.body(), self._past
        except Exception as error:
            actor.results[step.name] = error, self._past
        actor.left.discard(step.name)
        if not actor.left:
            for name, (result, past) in actor.results.items():
                actor.past |= past
                actor.results[name] = result
            asking.switch()
        self._begin()

    def _begin(self) -> None:
        while self._beginning:
            self._beginning.pop(0).switch()
