"""MiniStack, with one thing put right: API Gateway hands a REST API's path on as the client wrote it.

MiniStack's ASGI application sees the decoded path, on which an id with an escaped ``%`` would be decoded twice.
Run with hypercorn in MiniStack's own environment.
"""

from ministack.app import app as ministack


async def app(scope, receive, send):
    """The ASGI application."""
    if scope["type"] == "http" and scope["path"].startswith("/_aws/execute-api/"):
        scope = {**scope, "path": scope["raw_path"].decode("ascii")}
    await ministack(scope, receive, send)
