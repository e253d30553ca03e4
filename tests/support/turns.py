"""Several at once, one call to the database at a time, in an order that a seed decides: one seed is one run."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition, local
from typing import TYPE_CHECKING, Any, cast

from campaigns.domain.errors import CampaignsError
from campaigns.store.table import Table
from support.clock import Stopwatch

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


class _Turns:
    """Whose turn it is."""

    def __init__(self, seed: int, count: int) -> None:
        self._dice = random.Random(seed)
        self._waiting = set(range(count))
        self._turn = self._dice.randrange(count)
        self._left = 0
        self._changed = Condition()

    def take(self, who: int) -> None:
        """Wait for one's turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._turn == who)

    def end(self, who: int, *, for_good: bool = False) -> None:
        """Let somebody go on, maybe oneself."""
        with self._changed:
            if for_good:
                self._waiting.discard(who)
            self._left -= 1
            if self._waiting and (for_good or self._left <= 0):
                # For some calls on end: what goes wrong often needs one to stand still while another does a lot.
                self._left = self._dice.randint(1, 8)
                self._turn = self._dice.choice(sorted(self._waiting))
            self._changed.notify_all()


class _Client:
    """Leads to another client, when it is the calling thread's turn."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.meta = client.meta
        self.here = local()
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            turns, who = self.here.turns, self.here.who
            turns.take(who)
            try:
                return getattr(self._client, name)(**request)
            finally:
                turns.end(who)

        return call


def in_turns(table: Table, seed: int, actions: Sequence[Callable[[Table], object]]) -> list[str]:
    """Run all actions, each with a table of its own that is this one; the name of each one's error, or OK."""
    turns = _Turns(seed, len(actions))
    client = _Client(table.client)
    watch = Stopwatch()

    def run(who: int) -> str:
        client.here.turns, client.here.who = turns, who
        try:
            actions[who](Table(cast("DynamoDBClient", client), table.name))
        except CampaignsError as error:
            return type(error).__name__
        finally:
            turns.take(who)
            turns.end(who, for_good=True)
        return "OK"

    with watch.running(), ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, range(len(actions))))
