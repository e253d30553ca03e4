"""The endpoints in this process, over any table."""

from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from campaigns.runtime import bootstrap
from support.clock import ManualClock
from support.elsewhere import Elsewhere
from support.functions import ENDPOINTS, load
from support.http import Answer, Context, call, event
from support.sealing import memory_sealer
from support.stores import CampaignStore
from support.webhooks import Waiting, nobody_answers


class Api:
    """Calls a function's handler as API Gateway does."""

    def __init__(self, campaigns: CampaignStore, elsewhere: Elsewhere | None = None) -> None:
        """``elsewhere`` has the other services, where a test is about those."""
        with ExitStack() as patched:
            patched.enter_context(patch.object(bootstrap, "table", lambda: campaigns._table))
            patched.enter_context(patch.object(bootstrap, "sender", nobody_answers))
            if elsewhere:
                patched.enter_context(elsewhere.reached())
            else:
                patched.enter_context(patch.object(bootstrap, "sealer", memory_sealer))
                patched.enter_context(patch.object(bootstrap, "fan_out_queues", lambda: Waiting(ManualClock())))
            self._functions = {name: load(name) for name in ENDPOINTS}

    def call(self, function: str, body: Any = None, milliseconds: int = 60_000, **request: Any) -> Answer:
        """``milliseconds`` are what Lambda would say that is left."""
        return call(self._functions[function], event(body, **request), Context(remaining_milliseconds=milliseconds))
