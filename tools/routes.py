"""Writes what follows from the template's routes: the methods that a path answers, and the README's table."""

import json
import re
from typing import Any

from tools.openapi import ALWAYS, endpoints
from tools.template import ROOT, resources

ROUTES = ROOT / "functions" / "unknown_route" / "routes.json"
README = ROOT / "README.md"
CATCH_ALL = "UnknownRouteFunction"
ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_TABLE = re.compile(r"(?<=<!-- calls, written by make generate -->\n).*?(?=<!-- /calls -->)", re.DOTALL)


def routes(function: dict[str, Any]) -> list[str]:
    """The routes of a function of the template: ``GET /api/campaigns``."""
    events = [each["Properties"] for each in function.get("Events", {}).values() if each["Type"] == "Api"]
    return [f"{each['Method']} {each['Path']}" for each in events]


def allowed() -> dict[str, str]:
    """By path, as API Gateway names it, the ``Allow`` header for those who use another method."""
    methods: dict[str, set[str]] = {}
    for logical_id, function in resources("AWS::Serverless::Function").items():
        for route in routes(function) if logical_id != CATCH_ALL else ():
            method, _, path = route.partition(" ")
            methods.setdefault(path, set()).add(method)
    return {path: ", ".join(sorted(named, key=ORDER.index)) for path, named in sorted(methods.items())}


def discrepancies(template: dict[str, Any], folders: set[str]) -> list[str]:
    """What does not fit together of the template and the folders of the functions, and what to do about it."""
    functions = {
        logical_id: resource["Properties"]
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    deployed = {folder(logical_id): logical_id for logical_id in functions}
    rows = set(template["Mappings"]["Endpoints"])
    named = {logical_id.removesuffix("Function") for logical_id in functions}
    found = [
        f"functions/{name} is deployed by nothing: give it a row in the template's Endpoints, and name it in a loop"
        for name in folders - set(deployed)
    ]
    found += [
        f"{deployed[name]} has no code: write functions/{name}/app.py, or take its row and names out of template.yaml"
        for name in set(deployed) - folders
    ]
    found += [f"the row {row} of Endpoints stands in no loop: add it to Reads or Writes" for row in rows - named]
    answering: dict[str, list[str]] = {}
    for logical_id, function in functions.items():
        for route in routes(function):
            answering.setdefault(route, []).append(logical_id)
        if not isinstance(function["CodeUri"], str):
            found.append(f"{logical_id} stands in a loop, and has no row in Endpoints: add one")
        elif function["CodeUri"] != f"functions/{folder(logical_id)}":
            found.append(f"{logical_id} has the code of {function['CodeUri']}: its row's Code must be its own folder")
        if f"{logical_id.removesuffix('Function')}Role" not in template["Resources"]:
            found.append(f"{logical_id} has no role: add its name to the loop EndpointRoles")
    found += [
        f"{route} is answered by {' and '.join(several)}: one of their rows needs another route"
        for route, several in answering.items()
        if len(several) > 1
    ]
    return sorted(found)


def folder(logical_id: str) -> str:
    """The name of a function's folder."""
    return re.sub(r"\B([A-Z])", r"_\1", logical_id.removesuffix("Function")).lower()


def table() -> str:
    """The endpoints, a row each."""
    rows = [
        "| call | what it does | success | errors |",
        "| --- | --- | --- | --- |",
    ]
    for endpoint in endpoints():
        statuses = sorted(endpoint.operation["responses"])
        success = ", ".join(each for each in statuses if each < "400")
        errors = ", ".join(each for each in statuses if each >= "400" and int(each) not in ALWAYS)
        rows.append(f"| `{endpoint.route}` | {endpoint.operation['summary']} | {success} | {errors} |")
    return "\n".join(rows) + "\n"


def readme() -> str:
    """The README with the table as it should be."""
    return _TABLE.sub(lambda _: table(), README.read_text())


def text() -> str:
    """The file that the catch-all function reads."""
    return json.dumps(allowed(), indent=2) + "\n"


if __name__ == "__main__":
    ROUTES.write_text(text())
    README.write_text(readme())
