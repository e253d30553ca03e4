"""DynamoDB Local, AWS's own engine, and the template's table on it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tools.template import resources

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".local" / "dynamodb-local"
LAUNCHER = ROOT / "local" / "LoopbackDynamoDB.java"
JAVA = ("java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""No second compiler and no collector's threads: a JVM that lives for minutes does not earn back what they take."""


@contextmanager
def dynamodb_local(address: str = "127.0.0.1") -> Iterator[str]:
    """DynamoDB Local, in memory, on a free port of ``address``: its endpoint."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port = probe.getsockname()[1]
    java = [*JAVA, "-Djava.library.path=DynamoDBLocal_lib", "-cp", "DynamoDBLocal.jar:DynamoDBLocal_lib/*"]
    with subprocess.Popen(
        [*java, str(LAUNCHER), address, "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)],
        cwd=HOME,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while process.poll() is None:  # However busy the machine is.
                with suppress(OSError), socket.create_connection((address, port), timeout=1):
                    break
                time.sleep(0.1)
            yield f"http://{address}:{port}"
        finally:
            process.terminate()


def table_request(name: str) -> dict[str, Any]:
    """The CreateTable request for the table of the template."""
    (properties,) = resources("AWS::DynamoDB::Table").values()
    return {
        "TableName": name,
        "BillingMode": properties["BillingMode"],
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "KeySchema": properties["KeySchema"],
        "LocalSecondaryIndexes": properties["LocalSecondaryIndexes"],
        "StreamSpecification": {"StreamEnabled": True, **properties["StreamSpecification"]},
    }
