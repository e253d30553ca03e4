"""Webhooks in this process: a sender without a network, and queues on a clock that the test owns."""

import heapq
import itertools
import socket
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from campaigns.domain.deliveries import Order
from campaigns.events.delivery_queues import DeliveryQueues
from campaigns.webhooks.sending import Sender
from support.clock import ManualClock

PUBLIC = "93.184.215.14"


def nobody_answers() -> Sender:
    """A sender that finds every name, and nobody there."""

    def refuse(*_: Any) -> socket.socket:
        raise ConnectionRefusedError

    return Sender(resolve=lambda *_: [PUBLIC], connect=refuse)


class Waiting(DeliveryQueues):
    """Orders by the moment at which they are due."""

    def __init__(self, clock: ManualClock) -> None:
        self._time = clock
        self._number = itertools.count()
        self._waiting: list[tuple[datetime, int, Order]] = []
        self.given_up: list[str] = []
        self.apart: list[bool] = []
        """Of each that was put, whether it waits with those of slow receivers."""

    def put(self, orders: Sequence[Order]) -> None:
        self.apart += [order.apart for order in orders]
        for order in orders:
            self.again(order, 0)

    def again(self, order: Order, seconds: int) -> None:
        due = self._time.now + timedelta(seconds=seconds)
        heapq.heappush(self._waiting, (due, next(self._number), order))

    def give_up(self, body: str, reason: str) -> None:  # noqa: ARG002 - its name
        self.given_up.append(reason)

    def due(self) -> Iterator[Order]:
        """One order after the other, each at its moment, until there is none."""
        while self._waiting:
            moment, _, order = heapq.heappop(self._waiting)
            self._time.now = max(moment, self._time.now)
            yield order
