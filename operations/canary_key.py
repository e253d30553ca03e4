"""Gives the canary an API key: ``python -m operations.canary_key STACK``. Run again, it changes the key.

The key goes from the function that issues it straight to the parameter that the canary reads, and is shown to nobody.
"""

import json
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.deployed import physical_id

TENANT = "campaigns.canary"


class NoKeyError(Exception):
    """The function that issues keys refused; the message says why."""


def main() -> None:
    """Do it, and say where the key is."""
    match sys.argv[1:]:
        case [stack]:
            pass
        case _:
            sys.exit("usage: canary_key.py STACK")
    try:
        print(f"The canary's key is in {change_key(stack)}; it is used from the next minute on")
    except (BotoCoreError, ClientError, NoKeyError) as error:
        sys.exit(f"canary-key: {error}")


def change_key(stack: str) -> str:
    """Issue a key, store it, and end those that there were; the parameter's name."""
    function, parameter = physical_id(stack, "ManageApiKeysFunction"), f"/campaigns/{stack}/canary-key"
    before = [each["keyId"] for each in managed(function, operation="list")["keys"] if each["revokedAt"] is None]
    key = managed(function, operation="create", name="Canary", scopes=["campaigns:write"])["key"]
    boto3.client("ssm").put_parameter(
        Name=parameter, Value=key, Type="SecureString", Overwrite=True, Description="The canary's API key"
    )
    for key_id in before:
        managed(function, operation="revoke", keyId=key_id)
    return parameter


def managed(function: str, **operation: str | list[str]) -> Any:
    """What the operator's function answers for the canary's tenant."""
    payload = json.dumps({"tenantId": TENANT, **operation})
    answer = json.load(boto3.client("lambda").invoke(FunctionName=function, Payload=payload)["Payload"])
    if "error" in answer or "errorMessage" in answer:
        raise NoKeyError(answer.get("errorMessage") or answer["error"]["message"])
    return answer


if __name__ == "__main__":
    main()
