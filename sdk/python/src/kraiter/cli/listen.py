"""The command that plays the service's part towards a receiver on this machine: webhooks are tried without a tunnel."""

import base64
import json
import os
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import typer

from kraiter import Event
from kraiter.cli.common import App
from kraiter.cli.history import TYPES, following
from kraiter.cli.terminal import client, err, say
from kraiter.webhooks import sign

app = App()
SECRET_BYTES = 32
TIMEOUT = 15.0
"""Seconds, as the service waits."""
MOST = 100
"""As many as are looked for at once."""
ALL = "campaign.*"
OUTSIDE = {"id", "type", "occurredAt", "request"}
"""What of an event is not in the data of a webhook's body."""
KINDS = [each for each in TYPES if each.startswith("campaign.")]
"""What the history has and webhooks are told of."""


@app.command()
def listen(
    forward_to: Annotated[str, typer.Option(metavar="URL", help="Where to POST: http://localhost:3000/hook, say.")],
    event: Annotated[
        list[str] | None,
        typer.Option("--event", "-e", help="campaign.created, say; may be repeated.", autocompletion=lambda: KINDS),
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="CAMPAIGNS_WEBHOOK_SECRET", help="What signs, whsec_...; a new one, which is shown, unless given."
        ),
    ] = None,
) -> None:
    """Hand on what happens, signed as for webhooks, to a receiver on this machine, until Ctrl-C.

    Each event is sent once, whatever is answered; the service would try again.
    """
    unknown = set(event or []) - {ALL, *KINDS}
    if unknown:
        raise typer.BadParameter(f"--event must be {ALL} or one of {', '.join(KINDS)}")
    if httpx.URL(forward_to).scheme not in {"http", "https"}:
        raise typer.BadParameter("--forward-to must be a URL: http://localhost:3000/hook")
    used = secret or f"whsec_{base64.b64encode(os.urandom(SECRET_BYTES)).decode()}"
    asked = {"type": KINDS if ALL in (event or [ALL]) else event}
    now = datetime.now(UTC).isoformat()
    # As the service: no proxy is asked, and no redirect followed.
    with client() as kraiter, httpx.Client(timeout=TIMEOUT, trust_env=False) as receiver:
        sign(b"", "", "", used)  # A secret that is none is told of now.
        if not secret:
            say(f"The secret of this time: {used}")
        err.print(f"Handing on to {forward_to}, until Ctrl-C.", style="dim", markup=False, soft_wrap=True)
        try:
            for each in following(kraiter, asked, now, MOST):
                say(f"{each.type}  {each.id}  {forward(receiver, forward_to, each, used)}")
        except KeyboardInterrupt:
            return


def forward(receiver: httpx.Client, url: str, event: Event, secret: str) -> str:
    """Send an event once; what came of it."""
    body = json.dumps(payload_of(event), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"content-type": "application/json", **sign(body, event.id, f"{time.time():.0f}", secret)}
    begun = time.monotonic()
    try:
        told = str(receiver.post(url, content=body, headers=headers).status_code)
    except httpx.HTTPError as error:
        told = f"no answer ({error})"
    return f"{told}  {(time.monotonic() - begun) * 1000:.0f} ms"


def payload_of(event: Event) -> dict[str, Any]:
    """What a webhook is sent of an event: as the history has it, with its associations counted."""
    data = {name: value for name, value in event.to_json().items() if name not in OUTSIDE}
    if data["campaign"]:
        campaign = dict(data["campaign"])
        held = {kind: campaign.pop(f"{kind}s", None) for kind in ("sequence", "template")}
        data["campaign"] = campaign | {f"{kind}Count": len(each) for kind, each in held.items() if each is not None}
    return {"type": event.type, "timestamp": event.occurred_at, "data": data}
