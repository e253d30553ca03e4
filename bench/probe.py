"""Measures one handler in this fresh interpreter: ``python -S probe.py HANDLER EVENTS count|time``.

Prints one JSON object. Run by ``bench.cold``, which starts it with nothing but the handler and its libraries on the
path, so it uses the standard library only. EVENTS is a JSON file with a list of events, each used once, the first for
the first call. ``time`` measures CPU of this process, so the database's own is not in it; ``count`` counts instead what
the calls consume, and shows the answers.
"""

import importlib
import json
import re
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MODULE, _, FUNCTION = sys.argv[1].rpartition(".")
EVENTS, MODE = Path(sys.argv[2]), sys.argv[3]
WARM_UP = 20
CONTEXT = SimpleNamespace(
    function_name="bench",
    function_version="1",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:bench",
    aws_request_id="00000000-0000-4000-8000-000000000000",
    log_group_name="bench",
    log_stream_name="bench",
    get_remaining_time_in_millis=lambda: 20_000,
)


def main() -> None:
    """Measure, and print."""
    modules_before = len(sys.modules)
    started = time.process_time()
    handler = getattr(importlib.import_module(MODULE), FUNCTION)
    found: dict[str, Any] = {
        "init_ms": 1000 * (time.process_time() - started),
        "modules": len(sys.modules) - modules_before,
    }
    events = json.loads(EVENTS.read_text())
    if MODE == "count":
        found |= counted(handler, events)
    elif events:
        found |= timed(handler, events)
    sys.stderr.write(json.dumps(found))


def timed(handler: Any, events: list[Any]) -> dict[str, float]:
    """CPU of the first call and of each warm one, and the most memory that the process has held."""
    started = time.process_time()
    handler(events[0], CONTEXT)
    first = time.process_time() - started
    for event in events[1:WARM_UP]:
        handler(event, CONTEXT)
    started = time.process_time()
    for event in events[WARM_UP:]:
        handler(event, CONTEXT)
    warm = (time.process_time() - started) / (len(events) - WARM_UP)
    return {"first_ms": 1000 * first, "warm_ms": 1000 * warm, "memory_mb": peak_memory()}


def peak_memory() -> float:
    """Megabytes. Not getrusage's figure: that one knows the most that the parent has held, too."""
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak) / 1024


def counted(handler: Any, events: list[Any]) -> dict[str, Any]:
    """Calls and capacity per event, as DynamoDB reports them, and the answers."""
    base: Any = importlib.import_module("botocore.client").BaseClient  # the floor under all peers, loaded by then

    calls: list[str] = []
    units = {"read_units": 0.0, "write_units": 0.0}
    send = base._make_api_call

    def observe(client: Any, operation: str, request: Any) -> Any:
        answer = send(client, operation, {**request, "ReturnConsumedCapacity": "TOTAL"})
        consumed = answer.get("ConsumedCapacity", [])
        kind = "write_units" if "Write" in operation or operation in {"PutItem", "UpdateItem"} else "read_units"
        units[kind] += sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))
        calls.append(operation)
        return answer

    base._make_api_call = observe
    answers = [handler(event, CONTEXT) for event in events]
    return {"calls": calls, "answers": answers, **units}


if __name__ == "__main__":
    main()
