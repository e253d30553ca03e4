"""The local stack: MiniStack on loopback, the real template deployed to it, demo data and keys.

Run by the Makefile, in the project's environment: ``python -m local.stack up | show | redeploy | run COMMAND...``.
"""

import os
import platform
import subprocess
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local import server
from local.state import DEPLOY_LOG, ENV, ROOT, START_ANEW, STATE, environment, fail, recorded
from local.tenants import TenantsError, announce, entry, issue_key

STACK = "campaigns-local"
TENANT, OTHER_TENANT = "acme", "globex"
DEMO = {
    "sequence": {"onboarding": "Onboarding Sequence", "win-back": "Win-back Sequence"},
    "template": {"launch-announcement": "Launch Announcement", "welcome-email": "Welcome Email"},
}
NEVER_DEPLOYED = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


def main() -> None:
    """Do what the command line asks, or say in one line why not."""
    try:
        match sys.argv[1:]:
            case ["up"]:
                up()
            case ["show"]:
                show()
            case ["redeploy"]:
                require_running()
                redeploy()
            case ["run", *command] if command:
                require_running()
                os.execvpe(command[0], command, os.environ | environment())  # noqa: S606 - no shell is wanted
            case _:
                fail("usage: stack.py up | show | redeploy | run COMMAND...")
    except (TenantsError, BotoCoreError, ClientError) as error:
        fail(f"{error}; {START_ANEW}")
    except KeyboardInterrupt:
        sys.exit(130)


def up() -> None:
    """From nothing, or from whatever is there, to a stack that answers."""
    os.environ |= server.AWS_ENVIRONMENT
    step("1/4", "Building the functions and the layer")
    build()
    step("2/4", f"Starting MiniStack on {server.ENDPOINT}")
    server.start()
    if described().get("StackStatus") in NEVER_DEPLOYED:
        step("2/4", "Starting it anew: what was there had not been deployed")
        server.stop()
        server.start()
    step("3/4", "Deploying the template")
    deploy()
    step("4/4", "Issuing keys, announcing a demo catalogue")
    os.environ |= (values := current_environment())
    announce(
        [
            # As the services that own them do.
            entry(tenant, kind, id_, name)
            for tenant in (TENANT, OTHER_TENANT)
            for kind, names in DEMO.items()
            for id_, name in names.items()
        ]
    )
    write_environment(values)


def redeploy() -> None:
    """Bring an edit onto the running stack."""
    os.environ |= server.AWS_ENVIRONMENT
    step("1/2", "Building the functions and the layer")
    build()
    step("2/2", "Deploying the template")
    deploy()
    write_environment(current_environment())


def require_running() -> None:
    """End with one clear line unless there is a stack to work with."""
    if not recorded() or not ENV.exists():
        fail("the local stack is not running; start it with: make up")


def step(number: str, what: str) -> None:
    """Tell the person who waits."""
    print(f"[{number}] {what} ...", flush=True)


def build() -> None:
    """``sam build``, into .aws-sam."""
    run("sam", "build", failure="sam build failed")


def deploy(template: str = "template.yaml", **more: str) -> None:
    """``sam deploy``, of what was built, with further parameters of the template."""
    parameters = {
        "Environment": "local",
        "Architecture": "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64",
        "LogRetentionDays": "1",
        "EndpointUrl": server.ENDPOINT,
        "WebhookLoopback": "on",
        **more,
    }
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    # The SAM CLI looks for its configuration beside the template.
    files = ["--config-file", str(ROOT / "samconfig.toml"), "--template-file", f".aws-sam/build/{template}"]
    command = ["sam", "deploy", "--config-env", "local", *files, "--parameter-overrides", *overrides]
    run(*command, failure="sam deploy failed")


def run(*command: str, failure: str) -> None:
    """Run a command; its output goes to a log, whose end is shown on failure."""
    STATE.mkdir(parents=True, exist_ok=True)
    with DEPLOY_LOG.open("a+") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        start_of_output = log.tell()
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            log.seek(start_of_output)
            print("".join(log.readlines()[-15:]), file=sys.stderr)
            whole = DEPLOY_LOG.relative_to(ROOT)
            fail(f"{failure} (status {done.returncode}), see {whole}; mend it and try again, or, {START_ANEW}")


def described() -> dict[str, Any]:
    """The stack as CloudFormation describes it; nothing where there is none."""
    try:
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return {}
    return dict(stack)


def current_environment() -> dict[str, str]:
    """What a client needs to know; keys that were issued before stay."""
    before = environment()
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described()["Outputs"]}
    os.environ["CAMPAIGNS_MANAGE_API_KEYS"] = outputs["ManageApiKeysFunction"]
    return {
        "CAMPAIGNS_BASE_URL": f"{server.ENDPOINT}/local",
        "CAMPAIGNS_API_KEY": before.get("CAMPAIGNS_API_KEY") or issue_key(TENANT),
        "CAMPAIGNS_OTHER_API_KEY": before.get("CAMPAIGNS_OTHER_API_KEY") or issue_key(OTHER_TENANT),
        "CAMPAIGNS_TENANT": TENANT,
        "CAMPAIGNS_OTHER_TENANT": OTHER_TENANT,
        "CAMPAIGNS_EVENT_BUS": outputs["EventBusName"],
        "CAMPAIGNS_TABLE": outputs["TableName"],
        "CAMPAIGNS_MANAGE_API_KEYS": outputs["ManageApiKeysFunction"],
        **server.AWS_ENVIRONMENT,
    }


def write_environment(values: dict[str, str]) -> None:
    """Leave it in stack.env."""
    ENV.touch(mode=0o600)
    ENV.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


def show() -> None:
    """What a newcomer needs to see."""
    values = environment()
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
