"""The way of every call to a service: there a plan says what befalls it. Time is the test's own.

What its failures look like is shown against real, broken connections in tests/store/test_faults.py.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from local.faults import IS_DONE, Fault
from support.clock import Stopwatch

_URL = "https://aws.invalid"


class Kill(Enum):
    """The process of a function ends at a call, and nothing in it hears of it."""

    BEFORE = "before the call"
    AFTER = "after the call, its answer unread"


class Killed(BaseException):
    """A process ended."""


type Befalls = Callable[[str], Fault | Kill | None]
"""A plan that may kill as well."""


class Way:
    """What every call passes, to whatever service: it says which befalls what."""

    def __init__(self, watch: Stopwatch) -> None:
        self.plan: Befalls | None = None
        self.watch = watch
        self._late: list[Callable[[], Any]] = []

    def meet(self, operation: str, send: Callable[[], Any], read_timeout: float, error: Callable[[Fault], Any]) -> Any:
        """Send what is asked, unless the plan says otherwise. ``error`` makes an answer of a fault that is one."""
        fault = self.plan(operation) if self.plan else None
        if fault is Fault.LATE_REQUEST:
            self._late.append(send)
        elif fault is None or fault in IS_DONE or fault is Kill.AFTER:
            try:
                answer = send()
            except ClientError:
                if fault is None:
                    raise
                answer = None  # The refusal is lost, as any answer.
            self.arrive()
            if fault is None:
                return answer
        if isinstance(fault, Kill):
            raise Killed
        if fault in {Fault.LATE_ANSWER, Fault.LATE_REQUEST}:
            self.watch.pause(read_timeout)
            raise ReadTimeoutError(endpoint_url=_URL)
        if fault in {Fault.LOST_ANSWER, Fault.CLOSED}:
            raise ConnectionClosedError(endpoint_url=_URL)
        return error(fault)

    def arrive(self) -> None:
        """Let what is late arrive now: after the request that came next, or when all is over."""
        late, self._late = self._late, []
        for send in late:
            try:
                send()
            except ClientError:
                continue
