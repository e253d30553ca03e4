"""Deletes old versions of a stack's functions: ``python -m operations.prune_versions STACK KEEP``.

Of each function stay the newest KEEP versions, and those that an alias leads to. Each version takes of the 75 GB of
code that an account may keep.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_boto3_lambda.client import LambdaClient


def main() -> None:
    """Do it, and say how many went."""
    match sys.argv[1:]:
        case [stack, keep] if keep.isdecimal() and int(keep) > 0:
            pass
        case _:
            sys.exit("prune-versions: how many versions shall stay? make prune-versions KEEP=5")
    try:
        client = boto3.client("lambda")
        gone = {function: prune(client, function, int(keep)) for function in functions(stack)}
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"prune-versions: {error}")
    print(f"{sum(gone.values())} versions of {len(gone)} functions deleted")


def functions(stack: str) -> Iterator[str]:
    """The names of a stack's functions."""
    for page in boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                yield resource["PhysicalResourceId"]


def prune(client: "LambdaClient", function: str, keep: int) -> int:
    """Delete a function's old versions; how many those were."""
    published = sorted(
        (
            each["Version"]
            for page in client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
            for each in page["Versions"]
            if each["Version"] != "$LATEST"
        ),
        key=int,
    )
    in_use: set[str] = set()
    for page in client.get_paginator("list_aliases").paginate(FunctionName=function):
        for alias in page["Aliases"]:
            in_use |= {alias["FunctionVersion"], *alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})}
    old = [version for version in published[:-keep] if version not in in_use]
    for version in old:
        client.delete_function(FunctionName=function, Qualifier=version)
    return len(old)


if __name__ == "__main__":
    main()
