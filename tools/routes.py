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
