"""The template, with its loops written out as ``AWS::LanguageExtensions`` does.

What the serverless transform makes of it is the stack tests' to see. ``python -m tools.template`` writes the snapshot,
``python -m tools.template json`` prints all of it, for tools that know no loops.
"""

import copy
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml
from cfnlint.template import Template
from cfnlint.template.transforms._language_extensions import language_extension
from cfnlint.template.transforms._sam_globals import merge_globals

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "template.yaml"
SNAPSHOT = ROOT / "tests" / "unit" / "template.expanded"


@cache
def written() -> dict[str, Any]:
    """template.yaml, with its short forms (!Ref) and its loops written out."""
    return expanded(TEMPLATE.read_text())


def expanded(text: str) -> dict[str, Any]:
    """A template, likewise."""
    matches, template = language_extension(Template(str(TEMPLATE), cfn_yaml.loads(text), ["eu-west-1"]))
    if matches:
        raise ValueError(matches[0].message)
    plain: dict[str, Any] = json.loads(json.dumps(template))
    return plain


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of one type, by logical id, where no restored table serves."""
    return {
        logical_id: with_own_table(resource["Properties"])
        for logical_id, resource in written()["Resources"].items()
        if resource["Type"] == kind
    }


def with_own_table(value: Any) -> Any:
    """A part of the template, as it is where the stack's own table serves."""
    match value:
        case {"Fn::If": ["IsRestored", _, own]}:
            return own
        case dict():
            return {name: with_own_table(each) for name, each in value.items()}
        case list():
            return [with_own_table(each) for each in value]
        case _:
            return value


def snapshot() -> str:
    """All that the template deploys, a line for each property of each resource: what a change of it changes, shows."""
    template = merge_globals(copy.deepcopy(written()))
    lines = [
        f"{section} {name} {field} {json.dumps(value, sort_keys=True)}"
        for section in ("Parameters", "Rules", "Conditions", "Resources", "Outputs")
        for name, whole in template.get(section, {}).items()
        for field, value in _fields(whole)
    ]
    return "\n".join(sorted(lines)) + "\n"


def _fields(whole: Any) -> list[tuple[str, Any]]:
    if not isinstance(whole, dict):
        return [("=", whole)]
    plain = [(name, value) for name, value in whole.items() if name != "Properties"]
    return plain + [(f".{name}", value) for name, value in whole.get("Properties", {}).items()]


if __name__ == "__main__":
    if sys.argv[1:] == ["json"]:
        print(json.dumps(written(), indent=2))
    else:
        SNAPSHOT.write_text(snapshot())
