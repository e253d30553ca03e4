"""Does every minute what a client does, as a tenant of its own: creates a campaign, reads it, deletes it."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from campaigns.runtime.bootstrap import parameter_store
from campaigns.runtime.logs import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

TIMEOUT_SECONDS = 8
"""For one call: four of them, and the time to say which failed, are below the function's time-out."""
LEFT_BEHIND = timedelta(minutes=5)
"""How old a campaign is that no run will delete any more."""

parameters = parameter_store()
key_parameter = os.environ["CANARY_KEY"]
api = f"{os.environ['CANARY_URL']}/api/campaigns"
idle = False


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> dict[str, bool]:  # noqa: ARG001
    """``{"passed": true}``, or false as long as there is no key (``make canary-key``).

    What fails ends the invocation in an error: the alarm counts those.
    """
    global idle  # noqa: PLW0603 - so that each process says so once
    key = read_key()
    if key is None:
        if not idle:
            logger.warning("idle", reason="there is no key: make canary-key")
        idle = True
        return {"passed": False}
    start = time.monotonic()
    come_and_go(key)
    logger.info("passed", milliseconds=round((time.monotonic() - start) * 1000))
    return {"passed": True}


def read_key() -> str | None:
    """The canary's API key, read each time: it may have been changed."""
    try:
        answer = parameters.get_parameter(Name=key_parameter, WithDecryption=True)
    except parameters.exceptions.ParameterNotFound:
        return None
    return str(answer["Parameter"]["Value"])


def come_and_go(key: str) -> None:
    """Clear away what earlier runs left; create a campaign, see that it reads as it was created, delete it."""
    old = (datetime.now(UTC) - LEFT_BEHIND).isoformat()
    for campaign in call(key, "GET", "?limit=100")["data"]:
        if campaign["createdAt"] < old:
            call(key, "DELETE", f"/{campaign['id']}")
    created = call(key, "POST", "", {"name": "Canary"})
    try:
        read = call(key, "GET", f"/{created['id']}")
        if read != created:
            raise RuntimeError(f"{created['id']} does not read as it was created")
    finally:
        call(key, "DELETE", f"/{created['id']}")


def call(key: str, method: str, path: str, body: Any = None) -> Any:
    """One call to the API: the body that it answers. Any status that is not a success is an error."""
    request = Request(  # noqa: S310 - the template says where
        api + path,
        method=method,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        data=None if body is None else json.dumps(body).encode(),
    )
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text) if text else None
