"""Shows what is logged: ``python operations/logs.py GROUP [REQUEST]``, a line for each of functions or gateway.

Follows them, from five minutes ago on; with a request's id it shows what was said of that request in the last day.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

type Event = dict[str, Any]

BEFORE = 5 * 60_000
DAY = 24 * 60 * 60_000
LATE = 5_000
"""How much later than others a line may arrive. All of these are in milliseconds."""
PLATFORM = ("START RequestId", "END RequestId", "REPORT RequestId", '{"time":')


def main() -> None:
    """Show what the command line asks for."""
    match sys.argv[1:]:
        case [group, *request]:
            wanted = "".join(request)
        case _:
            sys.exit("usage: logs.py GROUP [REQUEST]")
    try:
        if not wanted:
            follow(group)
        elif not show(said(group, now() - DAY, wanted)):
            sys.exit(f"logs: nothing was logged about {wanted} in the last day")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"logs: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def follow(group: str) -> None:
    """Show what is logged, until somebody interrupts."""
    since, before = now() - BEFORE, list[Event]()
    while True:
        events = list(said(group, since))
        show(each for each in events if each not in before)
        if events:
            since, before = events[-1]["timestamp"] - LATE, events
        time.sleep(1)


def now() -> int:
    """Milliseconds since 1970, as CloudWatch counts."""
    return time.time_ns() // 1_000_000


def said(group: str, since: int, text: str = "") -> Iterator[Event]:
    """What functions have logged since then, oldest first; all of it, or what has the text."""
    pages = boto3.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=group, startTime=since, filterPattern=json.dumps(text) if text else ""):
        yield from (each for each in page["events"] if not each["message"].startswith(PLATFORM))


def show(events: Iterator[Event]) -> int:
    """Print them; how many there were."""
    shown = 0
    for event in events:
        moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(" ", "milliseconds")[:-6]
        print(moment, readable(event["message"]), flush=True)
        shown += 1
    return shown


def readable(message: str) -> str:
    """A function's line: level, function, what happened, then the fields that say more; a trace on lines of its own.

    The gateway's line: method, resource and status, then those of its fields that have a value.
    """
    if not message.startswith("{"):
        return message.rstrip()
    fields: dict[str, Any] = json.loads(message)
    if "gatewayRequestId" in fields:
        head = [fields.pop(name) for name in ("method", "resource", "status")]
        return " ".join([*head, *_named({name: value for name, value in fields.items() if value != "-"})])
    function = str(fields.pop("function_name", "")).rpartition("-")[0].rpartition("-")[2].removesuffix("Function")
    head = [str(fields.pop("level", "")), function, str(fields.pop("message", ""))]
    trace = fields.pop("exception", None)
    fields.pop("timestamp", None)
    return " ".join([*head, *_named(fields)]) + (f"\n{trace}" if trace else "")


def _named(fields: dict[str, Any]) -> list[str]:
    return [f"{name}={json.dumps(value)}" for name, value in fields.items()]


if __name__ == "__main__":
    main()
