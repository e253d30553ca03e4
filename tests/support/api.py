"""The endpoints in this process, over any table."""

from typing import Any
from unittest.mock import patch

from campaigns.runtime import bootstrap
from support.clock import ManualClock
from support.functions import ENDPOINTS, load
from support.http import Answer, Context, call, event
from support.sealing import memory_sealer
from support.stores import CampaignStore
from support.webhooks import Waiting, nobody_answers


class Api:
    """Calls a function's handler as API Gateway does."""

    def __init__(self, campaigns: CampaignStore) -> None:
        with (
            patch.object(bootstrap, "table", lambda: campaigns._table),
            patch.object(bootstrap, "sealer", memory_sealer),
            patch.object(bootstrap, "sender", nobody_answers),
            patch.object(bootstrap, "fan_out_queues", lambda: Waiting(ManualClock())),
        ):
            self._functions = {name: load(name) for name in ENDPOINTS}

    def call(self, function: str, body: Any = None, milliseconds: int = 60_000, **request: Any) -> Answer:
        """``milliseconds`` are what Lambda would say that is left."""
        return call(self._functions[function], event(body, **request), Context(remaining_milliseconds=milliseconds))
