"""The functions of one release, in a process of their own: the code that stands in a folder, whichever it is of.

Run as a program, it answers lines of ``{"function", "event"}`` with lines of JSON: what the handler answered, or under
``failed`` what it raised, and under ``sent`` what it gave to the bus.
"""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any, NamedTuple

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from support.functions import load
from support.http import Context

ROOT = Path(__file__).parents[2]
PREVIOUS = "ac7f90a749b78a1f495d5fe3948cc17463248b06"
"""The release before this one. A new release names the one that it follows."""


class Invoked(NamedTuple):
    """What came of an invocation."""

    answer: Any
    sent: list[dict[str, Any]]
    """To the bus."""


class Release:
    """The functions of a release."""

    def __init__(self, root: Path, requests: IO[str], answers: IO[str]) -> None:
        self.template = (root / "template.yaml").read_text()
        self._requests = requests
        self._answers = answers

    def invoke(self, function: str, event: Any) -> Invoked:
        """Invoke one; what it raises fails the test."""
        self._requests.write(json.dumps({"function": function, "event": event}) + "\n")
        self._requests.flush()
        done = json.loads(self._answers.readline())
        assert "failed" not in done, done["failed"]
        return Invoked(done["answer"], done["sent"])


def previous(folder: Path) -> Path | None:
    """The code of the previous release, out of git, below ``folder``; None where this clone does not have it."""
    known = subprocess.run(["git", "cat-file", "-e", PREVIOUS], cwd=ROOT, capture_output=True, check=False)
    if known.returncode:
        return None
    archive = subprocess.run(
        ["git", "archive", PREVIOUS, "functions", "layers/campaigns/campaigns", "template.yaml"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as code:
        code.extractall(folder, filter="data")
    return folder


@contextmanager
def started(root: Path, table: str, endpoint_url: str) -> Iterator[Release]:
    """The release whose code stands in ``root``, on a table."""
    with subprocess.Popen(
        [sys.executable, "-P", __file__, str(root)],
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(map(str, (root / "layers/campaigns", ROOT / "tests"))),
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url,
            "CAMPAIGNS_TABLE": table,
            "CAMPAIGNS_EVENT_BUS": "bus",
            "CAMPAIGNS_HISTORY_DAYS": "365",
            "CAMPAIGNS_HISTORY_KEEPS_ADDRESSES": "true",
            **{name: f"https://sqs.eu-west-1.amazonaws.com/000000000000/{name}" for name in QUEUES},
            "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Release(root, process.stdin, process.stdout)
        process.stdin.close()


QUEUES = ("CATALOGUE_QUEUE_URL", "CATALOGUE_DEAD_LETTER_QUEUE_URL", "DEAD_LETTER_QUEUE_URL")


def main() -> None:
    """Answer what is asked, until nobody does."""
    root = Path(sys.argv[1])
    answers, sys.stdout = sys.stdout, sys.stderr  # where the handlers' own lines don't get between
    sent: list[dict[str, Any]] = []
    _keep_what_is_sent(sent)
    handlers: dict[str, Any] = {}
    for line in sys.stdin:
        asked, name = json.loads(line), json.loads(line)["function"]
        sent.clear()
        try:
            if name not in handlers:
                handlers[name] = load(name, root / "functions").handler
            done = {"answer": handlers[name](asked["event"], Context()), "sent": sent}
        except Exception as error:  # whatever it is: the test says it
            done = {"failed": f"{name}: {error!r}"}
        answers.write(json.dumps(done) + "\n")
        answers.flush()


def _keep_what_is_sent(sent: list[dict[str, Any]]) -> None:
    """The bus takes all that it is given. Nothing is to go to a queue: that would be a dead letter, or work put off."""
    create_client = botocore.session.Session.create_client

    def put_events(request: Any, **_: Any) -> Any:
        entries = json.loads(request.body)["Entries"]
        sent.extend(json.loads(entry["Detail"]) for entry in entries)
        answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in entries]}
        return _Answer(request.url, json.dumps(answer).encode())

    def no_message(request: Any, **_: Any) -> None:
        raise AssertionError(f"a message: {request.body!r}")

    def watched(self: Any, service: str, *arguments: Any, **options: Any) -> Any:
        client = create_client(self, service, *arguments, **options)
        client.meta.events.register("before-send.eventbridge", put_events)
        client.meta.events.register("before-send.sqs", no_message)
        return client

    botocore.session.Session.create_client = watched  # type: ignore[assignment, method-assign]


class _Answer(AWSResponse):
    def __init__(self, url: str, content: bytes) -> None:
        super().__init__(url, 200, HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.1"}), None)
        self._content = content


if __name__ == "__main__":
    main()
