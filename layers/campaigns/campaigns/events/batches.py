"""A batch of messages, all at once: for functions that wait for others most of their time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

BATCH: Final = 10
"""As many messages as a queue hands over at once."""


def all_at_once(records: Sequence[dict[str, Any]], handle: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Handle each message in a thread; what Lambda is answered: which failed. SQS delivers only those again."""

    def failed(record: dict[str, Any]) -> bool:
        try:
            handle(record)
        except Exception:  # It is in the log.
            return True
        return False

    with ThreadPoolExecutor(BATCH) as threads:
        failures = list(threads.map(failed, records))
    again = [record["messageId"] for record, failure in zip(records, failures, strict=True) if failure]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in again]}
