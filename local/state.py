"""The local stack of this checkout: what it keeps, and where it answers.

It keeps its state in .local, and listens on port 4566. ``CAMPAIGNS_STATE`` names another folder, and so another stack,
as ``make test`` does; ``CAMPAIGNS_PORT`` another port, and 0 one that is free.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
STATE = ROOT / os.environ.get("CAMPAIGNS_STATE", ".local")
LOG = STATE / "ministack.log"
DEPLOY_LOG = STATE / "deploy.log"
PID = STATE / "ministack.pid"
ENV = STATE / "stack.env"
TEMPORARY = STATE / "tmp"
"""Where MiniStack unpacks the functions. It does not clean up."""
START_ANEW = "to start anew: make down && make up"


def recorded() -> tuple[int, int] | None:
    """The process id and the port of this checkout's MiniStack, if it was started and still lives."""
    try:
        pid, port = map(int, PID.read_text().split())
        return (pid, port) if "emulator:app" in _command_line(pid) else None
    except (OSError, ValueError):
        return None


def _command_line(pid: int) -> str:
    """Of a process: another program may have the number by now."""
    if Path("/proc/self").exists():
        return Path(f"/proc/{pid}/cmdline").read_text()
    return subprocess.run(["ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False).stdout


def port() -> int:
    """The port of the stack: what runs decides; without it, what the environment asks for."""
    if found := recorded():
        return found[1]
    wanted = int(os.environ.get("CAMPAIGNS_PORT", "4566"))
    if wanted:
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """What the last deployment left in stack.env."""
    return dict(line.split("=", 1) for line in ENV.read_text().splitlines()) if ENV.exists() else {}


def fail(message: str) -> NoReturn:
    """One clear line and an exit status."""
    sys.exit(f"stack: {message}")
