"""The receivers of the guide, as they stand there: what is genuine is heard once, and nothing else."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from campaigns.webhooks.sending import Sender

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "webhooks.md").read_text()
SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = json.dumps(
    {"type": "campaign.updated", "timestamp": "2025-09-15", "data": {"campaign": {"name": "Laun\u00e7h"}}}
)


def block(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(text)


@contextmanager
def running(language: str, folder: Path) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """The receiver at a port of its own, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {"PORT": str(port), "WEBHOOK_SECRET": SECRET}
    if language == "py":
        environment["PYTHONPATH"] = str(ROOT / "sdk" / "python" / "src")
        command = [sys.executable, "-c", block(language)]
    else:
        (folder / "node_modules" / "@kraiter").mkdir(parents=True)
        (folder / "node_modules" / "@kraiter" / "sdk").symlink_to(ROOT / "sdk" / "javascript")
        (folder / "receiver.mjs").write_text(block(language))
        command = ["node", str(folder / "receiver.mjs")]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=folder)
    try:
        for _ in range(600):
            try:
                if httpx.post(f"http://127.0.0.1:{port}/", content=b"{}").status_code == 400:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("language", ["py", "javascript"])
def test_a_receiver_of_the_guide(language: str, tmp_path: Path) -> None:
    sender = Sender(loopback=True)
    with running(language, tmp_path) as (port, process):

        def send(event_id: str, *secrets: str) -> int | None:
            return sender.send(f"http://127.0.0.1:{port}/hook", event_id, BODY, secrets).status

        assert [send("evt_1", SECRET), send("evt_1", OTHER, SECRET), send("evt_2", OTHER)] == [204, 204, 400]
        assert send("evt_3", SECRET) == 204
        assert process.stdout
        assert [process.stdout.readline().strip() for _ in range(2)] == ["campaign.updated Laun\u00e7h"] * 2
