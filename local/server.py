"""MiniStack, with what local/emulator.py mends, as a process in the background."""

import os
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import boto3
import httpx

from local.state import LOG, PID, ROOT, START_ANEW, TEMPORARY, fail, port, recorded

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

BUCKET = "campaigns-artifacts"
PORT = port()
ENDPOINT = f"http://localhost:{PORT}"
AWS_ENVIRONMENT = {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
PATIENCE_SECONDS = 300
"""How long to wait for an answer, on a machine that has much else to do."""


def start() -> None:
    """Start MiniStack, unless it is up."""
    if not recorded():
        launch()
    elif os.environ.get("CAMPAIGNS_PORT", str(PORT)) not in {str(PORT), "0"}:
        fail(f"this checkout's stack runs on port {PORT}; to move it: make down, then make up with another port")
    wait_for_answer()


def launch() -> None:
    """Start the process, with nothing left of an earlier one."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            fail(f"port {PORT} is in use by another program; stop it, or choose a port: CAMPAIGNS_PORT=4567 make up")
    stop()
    TEMPORARY.mkdir(parents=True)
    # With AUTH, MiniStack lets each function do what its role in the template allows, and no more.
    settings = {"GATEWAY_PORT": str(PORT), "MINISTACK_REGION": AWS_ENVIRONMENT["AWS_REGION"], "AUTH": "true"}
    python = ROOT / ".local" / "ministack" / "bin" / "python"
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [python, "-m", "hypercorn", "local.emulator:app", "--workers", "0", "--bind", f"127.0.0.1:{PORT}"],
            cwd=ROOT,
            env=os.environ | settings | {"TMPDIR": str(TEMPORARY)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    PID.write_text(f"{process.pid} {PORT}\n")


def wait_for_answer() -> None:
    """Wait for as long as the process lives and may still answer; then there is a bucket to deploy from, too."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not answers():
        if not recorded():
            fail(f"MiniStack ended; {LOG.relative_to(ROOT)} says why. Then again: make up")
        if time.monotonic() > end:
            fail(f"MiniStack does not answer; see {LOG.relative_to(ROOT)}; {START_ANEW}")
        time.sleep(0.2)
    s3 = boto3.client("s3")
    location: CreateBucketConfigurationTypeDef = {"LocationConstraint": "eu-west-1"}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)


def answers() -> bool:
    """Whether it serves requests."""
    try:
        return httpx.get(f"{ENDPOINT}/_ministack/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def stop() -> None:
    """Stop the process, if there is one, and remove what it left."""
    subprocess.run([ROOT / "local" / "down.sh"], stdout=subprocess.DEVNULL, check=True)
