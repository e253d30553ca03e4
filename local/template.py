"""The template as it is written. What the transform makes of it is the stack tests' to see."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml  # type: ignore[import-untyped]

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


@cache
def written() -> dict[str, Any]:
    """template.yaml, with its short forms (!Ref) written out."""
    template: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(TEMPLATE))))
    return template


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of one type, by logical id."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in written()["Resources"].items()
        if resource["Type"] == kind
    }
