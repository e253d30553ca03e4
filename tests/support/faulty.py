"""A DynamoDB endpoint that fails as it is told to, in front of one that does not."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from local.faults import Faults
from local.wire import Application, Receive, Scope, Send

READ_TIMEOUT_SECONDS = 0.5
"""Of the clients that talk through it; late answers come later than that."""
LATE_BY_SECONDS = 1.0


@contextmanager
def faulty_endpoint(endpoint: str) -> Iterator[tuple[Faults, str]]:
    """The faults, which a test writes its plans into, and the address that they are met at."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # Connections break on purpose.
    with httpx.Client(base_url=endpoint, limits=httpx.Limits(max_connections=64)) as client:
        faults = Faults(_forward(client), LATE_BY_SECONDS)
        server = uvicorn.Server(uvicorn.Config(faults, port=0, log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        (listening,) = server.servers
        yield faults, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        server.should_exit = True
        thread.join()


def _forward(client: httpx.Client) -> Application:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
        answer = await asyncio.to_thread(client.post, scope["path"], content=body, headers=headers)
        kept = [(name, value) for name, value in answer.headers.raw if name.lower().startswith((b"content-", b"x-amz"))]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": answer.content})

    return application
