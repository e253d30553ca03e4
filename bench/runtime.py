"""A check on the method, the same artefacts through AWS's own runtime client: ``python -m bench.runtime``.

The emulator (it ships inside the SAM CLI) starts ``awslambdaric``, which loads the handler as Lambda does. The time
from the first request to its answer holds the start of the interpreter, the initialisation and the first call.
"""

import json
import os
import random
import signal
import socket
import statistics
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx

from bench.cold import MEASURED, PEERS, ROUNDS, Database, Subject, database, environment, events, subjects
from bench.report import PYTHON, machine, write_section
from tools.markdown import table

ROOT = Path(__file__).parents[1]
TOOLS = PEERS.parent / "tools"
WARM_CALLS = 30


def emulator() -> Path:
    """The emulator for this machine, from the SAM CLI's package."""
    name = f"aws-lambda-rie-{'arm64' if os.uname().machine in {'aarch64', 'arm64'} else 'x86_64'}"
    (found,) = (ROOT / ".local" / "sam").glob(f"lib/python3.13/site-packages/samcli/local/rapid/{name}")
    return found


def invoke(subject: Subject, where: Database, requests: list[Any]) -> dict[str, float]:
    """Milliseconds from the first request to its answer, and the median of the following ones."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = environment(subject, where) | {"AWS_LAMBDA_FUNCTION_NAME": "bench", "PATH": os.environ["PATH"]}
    variables["PYTHONPATH"] += os.pathsep + str(TOOLS)
    address = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    command = [str(emulator()), *address, str(PYTHON), "-S", "-m", "awslambdaric", subject.handler]
    process = subprocess.Popen(
        command,
        env=variables,
        cwd=subject.path[-1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(port)
        taken = []
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for request in requests:
                started = time.perf_counter()
                answer = client.post("/2015-03-31/functions/function/invocations", content=json.dumps(request)).json()
                taken.append(1000 * (time.perf_counter() - started))
                if answer.get("statusCode") not in {200, 201}:
                    raise RuntimeError(f"{subject}: {answer}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
    return {"first": taken[0], "warm": statistics.median(taken[1:])}


def wait_for(port: int) -> None:
    """Wait until the emulator listens; it starts the function at the first request."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the emulator does not listen")


def main() -> None:
    """Measure and write the page."""
    compared = [s for s in subjects() if s.operation in MEASURED and s.name != "Chalice"]
    samples: dict[Subject, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with database() as (data, where):
        for _ in range(ROUNDS):
            for subject in random.sample(compared, len(compared)):
                for name, value in invoke(subject, where, events(data, subject.operation, WARM_CALLS)).items():
                    samples[subject][name].append(value)
    medians = {s: {name: statistics.median(values) for name, values in each.items()} for s, each in samples.items()}
    floor = {s.operation: medians[s] for s in compared if s.name == "floor"}
    rows = [
        [
            f"{s.operation}: {'**ours**' if s.name == 'ours' else s.name}",
            f"{medians[s]['first']:.0f}",
            f"{medians[s]['first'] / floor[s.operation]['first']:.2f}",
            f"{medians[s]['warm']:.1f}",
            f"{medians[s]['warm'] / floor[s.operation]['warm']:.2f}",
        ]
        for operation in MEASURED
        for s in compared
        if s.operation == operation
    ]
    header = ["operation: subject", "start and first call, ms", "to the floor", "warm call, ms", "to the floor"]
    write_section("runtime", f"{machine()}\n\n{table(header, rows)}")


if __name__ == "__main__":
    main()
