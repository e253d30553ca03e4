"""What ``--dry-run`` is: reads are made, and what would change something is told in its place."""

import json
from typing import Annotated, Any

import httpx
import typer

_asked_for: dict[str, bool] = {}
"""Whether nothing shall be changed; known before the command runs."""


def _remember(value: bool) -> bool:
    _asked_for["dry_run"] = value
    return value


DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing, and show what would be sent.", callback=_remember)
]


class NotSentError(Exception):
    """A request that would change something."""

    def __init__(self, request: httpx.Request) -> None:
        self.method = request.method
        self.target = request.url.raw_path.decode()
        self.body: Any = json.loads(request.read() or b"null")
        super().__init__(f"{self.method} {self.target}" + ("" if self.body is None else f" {json.dumps(self.body)}"))

    def to_json(self) -> dict[str, Any]:
        """The same for scripts."""
        return {"wouldSend": {"method": self.method, "target": self.target, "body": self.body}}


class _ReadsAlone(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in {"GET", "HEAD"}:
            return super().handle_request(request)
        raise NotSentError(request)


def transport() -> httpx.HTTPTransport | None:
    """What the client of this command sends with; None for what it has by itself."""
    return _ReadsAlone() if _asked_for.get("dry_run") else None
