"""The local stack: MiniStack on loopback, the real template deployed to it, demo data and keys.

Run by the Makefile, in the project's environment: ``python local/stack.py up | redeploy | key TENANT | test-stack``.
"""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import boto3
import httpx

if TYPE_CHECKING:
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from types_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

ROOT = Path(__file__).parent.parent
STATE = ROOT / ".local"
LOG = STATE / "ministack.log"
DEPLOY_LOG = STATE / "deploy.log"
PID = STATE / "ministack.pid"
ENV = STATE / "stack.env"
STACK = "campaigns-local"
BUCKET = "campaigns-artifacts"


def recorded() -> tuple[int, int] | None:
    """The process id and the port of this checkout's MiniStack, if it was started and still lives."""
    try:
        pid, port = map(int, PID.read_text().split())
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid, port


# What runs decides; without it, what the environment asks for.
PORT = (recorded() or (0, int(os.environ.get("CAMPAIGNS_PORT", "4566"))))[1]
ENDPOINT = f"http://localhost:{PORT}"
AWS_ENVIRONMENT = {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
TENANT, OTHER_TENANT = "acme", "globex"
DEMO = {
    "sequence": {"onboarding": "Onboarding Sequence", "win-back": "Win-back Sequence"},
    "template": {"launch-announcement": "Launch Announcement", "welcome-email": "Welcome Email"},
}


def main() -> None:
    """Do what the command line asks."""
    os.environ.update(AWS_ENVIRONMENT)
    match sys.argv[1:]:
        case ["up"]:
            up()
            show()
        case ["redeploy"]:
            if not running():
                fail("The local stack is not running; start it with: make up")
            step("1/2", "Building the functions and the layer")
            build()
            step("2/2", "Deploying the template")
            deploy()
            write_environment()
        case ["key", tenant] if tenant:
            if not running():
                fail("The local stack is not running; start it with: make up")
            print(issue_key(tenant))
        case ["key", _]:
            fail("For which tenant? make key TENANT=acme")
        case ["test-stack"]:
            # Tests want what is in the working tree, whatever was deployed before.
            up()
        case _:
            fail("usage: stack.py up | redeploy | key TENANT | test-stack")


def up() -> None:
    """From nothing, or from whatever is there, to a stack that answers."""
    step("1/4", "Building the functions and the layer")
    build()
    step("2/4", "Starting MiniStack on 127.0.0.1")
    start()
    step("3/4", "Deploying the template")
    deploy()
    step("4/4", "Announcing a demo catalogue, issuing keys")
    announce_demo()
    write_environment()


def step(number: str, what: str) -> None:
    """Tell the person who waits."""
    print(f"[{number}] {what} ...", flush=True)


def fail(message: str) -> NoReturn:
    """One clear line and an exit status."""
    sys.exit(f"stack: {message}")


def build() -> None:
    """``sam build``, into .aws-sam."""
    run("sam", "build", failure="sam build failed")


def run(*command: str, failure: str) -> None:
    """Run a command; its output goes to a log, whose end is shown on failure."""
    with DEPLOY_LOG.open("a+") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        start_of_output = log.tell()
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            log.seek(start_of_output)
            print("".join(log.readlines()[-15:]), file=sys.stderr)
            fail(f"{failure} (status {done.returncode}); the whole output is in {DEPLOY_LOG.relative_to(ROOT)}")


def running() -> bool:
    """Whether this checkout's MiniStack is up."""
    try:
        return bool(recorded()) and httpx.get(f"{ENDPOINT}/_ministack/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def start() -> None:
    """Start MiniStack, unless it is up."""
    if running():
        if os.environ.get("CAMPAIGNS_PORT", str(PORT)) != str(PORT):
            fail(f"This checkout's stack runs on port {PORT}; to move it: make down, then make up with another port")
        return
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            fail(f"Port {PORT} is in use by another program; stop it, or choose a port: CAMPAIGNS_PORT=4567 make up")
    ENV.unlink(missing_ok=True)
    # With AUTH, MiniStack lets each function do what its role in the template allows, and no more.
    settings = {"GATEWAY_PORT": str(PORT), "MINISTACK_REGION": AWS_ENVIRONMENT["AWS_REGION"], "AUTH": "true"}
    python = STATE / "ministack" / "bin" / "python"
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [python, "-m", "hypercorn", "emulator:app", "--bind", f"127.0.0.1:{PORT}"],
            cwd=ROOT / "local",
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    PID.write_text(f"{process.pid} {PORT}\n")
    for _ in range(100):
        if process.poll() is not None:
            fail(f"MiniStack ended at once; see {LOG.relative_to(ROOT)}")
        if running():
            location: CreateBucketConfigurationTypeDef = {"LocationConstraint": "eu-west-1"}
            boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
            return
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGTERM)
    fail(f"MiniStack did not answer within 20 s; see {LOG.relative_to(ROOT)}")


def deploy() -> None:
    """``sam deploy``."""
    parameters = {
        "Environment": "local",
        "Architecture": "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64",
        "LogRetentionDays": "1",
        "EndpointUrl": ENDPOINT,
    }
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    run("sam", "deploy", "--config-env", "local", "--parameter-overrides", *overrides, failure="sam deploy failed")


def outputs() -> dict[str, str]:
    """The stack's outputs."""
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def announce_demo() -> None:
    """Announce a few sequences and templates, as the services that own them do."""
    bus = outputs()["EventBusName"]
    entries: list[PutEventsRequestEntryTypeDef] = [
        {
            "EventBusName": bus,
            "Source": f"kraiter.{kind}s",
            "DetailType": f"{kind}.created",
            "Detail": json.dumps(
                {"tenantId": tenant, "id": id_, "name": name, "updatedAt": datetime.now(UTC).isoformat()}
            ),
        }
        for tenant in (TENANT, OTHER_TENANT)
        for kind, names in DEMO.items()
        for id_, name in names.items()
    ]
    answer = boto3.client("events").put_events(Entries=entries)
    if answer["FailedEntryCount"]:
        fail("The demo catalogue could not be announced; see make logs")
    wait_for_demo()


def wait_for_demo() -> None:
    """Wait until the catalogue has followed the announcements, so that the first curl finds them."""
    dynamodb, table = boto3.client("dynamodb"), outputs()["TableName"]
    wanted = [
        {"PK": {"S": f"TENANT#{tenant}"}, "SK": {"S": f"{kind.upper()}#{id_}"}}
        for tenant in (TENANT, OTHER_TENANT)
        for kind, names in DEMO.items()
        for id_ in names
    ]
    for _ in range(100):
        found = dynamodb.batch_get_item(RequestItems={table: {"Keys": wanted}})["Responses"][table]
        if len(found) == len(wanted):
            return
        time.sleep(0.2)
    fail("The demo catalogue was announced and did not arrive within 20 s; see make logs")


def issue_key(tenant: str) -> str:
    """A new raw key."""
    answer = boto3.client("lambda").invoke(
        FunctionName=outputs()["ManageApiKeysFunction"],
        Payload=json.dumps({"operation": "create", "tenantId": tenant}),
    )
    result = json.load(answer["Payload"])
    if "key" not in result:
        fail(result.get("error", {}).get("message") or f"the key function failed: {result}")
    return str(result["key"])


def write_environment() -> None:
    """Leave what a client needs in .local/stack.env; keys that were issued before stay."""
    before = dict(line.split("=", 1) for line in ENV.read_text().splitlines()) if ENV.exists() else {}
    stack = outputs()
    values = {
        "CAMPAIGNS_BASE_URL": f"{ENDPOINT}/_aws/execute-api/{stack['ApiId']}/local",
        "CAMPAIGNS_API_KEY": before.get("CAMPAIGNS_API_KEY") or issue_key(TENANT),
        "CAMPAIGNS_OTHER_API_KEY": before.get("CAMPAIGNS_OTHER_API_KEY") or issue_key(OTHER_TENANT),
        "CAMPAIGNS_TENANT": TENANT,
        "CAMPAIGNS_OTHER_TENANT": OTHER_TENANT,
        "CAMPAIGNS_EVENT_BUS": stack["EventBusName"],
        "CAMPAIGNS_TABLE": stack["TableName"],
        "CAMPAIGNS_MANAGE_API_KEYS": stack["ManageApiKeysFunction"],
        **AWS_ENVIRONMENT,
    }
    ENV.touch(mode=0o600)
    ENV.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


def show() -> None:
    """What a newcomer needs to see."""
    values = dict(line.split("=", 1) for line in ENV.read_text().splitlines())
    url = f"{values['CAMPAIGNS_BASE_URL']}/api/campaigns"
    key = f"-H 'Authorization: Bearer {values['CAMPAIGNS_API_KEY']}'"
    body = """-H 'Content-Type: application/json' -d '{"name": "Q4 Product Launch"}'"""
    print(f"""
The Campaigns API is up.

  URL  {url}
  key  {values["CAMPAIGNS_API_KEY"]}
  docs {values["CAMPAIGNS_BASE_URL"]}/api/docs

Create a campaign, then list what there is:

  curl -sS -X POST {url} {key} {body}
  curl -sS {url} {key}

All of this is in .local/stack.env; the README's tour goes on from here. make logs follows it, make down stops it.""")


if __name__ == "__main__":
    main()
