"""What a new endpoint takes: the files that docs/architecture.md lists, and no more. What is wrong with one is said."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.functions import FUNCTIONS
from tools.routes import discrepancies
from tools.template import TEMPLATE, expanded

ROOT = FUNCTIONS.parent
FOLDERS = {path.parent.name for path in FUNCTIONS.glob("*/app.py")}
NEW = FOLDERS | {"sum_up"}
ROW = '    SumUp: {Code: functions/sum_up, Method: GET, Path: "PATH", Table: [dynamodb:GetItem]}\n'
PATH = "/api/campaigns/{id}/summary"
APP = f'''"""GET {PATH}"""

import json

from campaigns.http.endpoint import Response, endpoint
from campaigns.http.request import Request
from campaigns.runtime.bootstrap import table
from campaigns.store.campaigns import CampaignStore


def sum_up(request: Request, campaigns: CampaignStore) -> Response:
    """200 with how much the campaign holds."""
    campaign = campaigns.get(request.tenant_id, request.path("id"))
    return Response(200, json.dumps({{"sequences": len(campaign.sequences)}}))


handler = endpoint("GET {PATH}", sum_up, CampaignStore(table()), needs="campaigns:read")
'''
EXPECTED = '"sum_up": _proxied(200, lambda body: body["sequences"] == 0),'
OPENAPI = """summary: Sum a campaign up
responses:
  "200": {$ref: "#/components/responses/Campaign"}
  "404": {$ref: "#/components/responses/NotFound"}
"""


def with_row(template: str, path: str = PATH) -> str:
    """The template with one more endpoint that reads."""
    template = template.replace("    GetCampaign: {Code", ROW.replace("PATH", path) + "    GetCampaign: {Code", 1)
    return template.replace("[ListCampaigns, GetCampaign", "[SumUp, ListCampaigns, GetCampaign")


def with_event(template: str) -> str:
    """The template in which the other methods of the new path are answered 405, a few at a time."""
    (line,) = re.findall(r"^ +Campaign: \{Type: Api.*\n", template, re.MULTILINE)
    new = line.replace("Campaign:", "Summary:").replace("/api/campaigns/{id}", PATH)
    (bound,) = re.findall(r'^.+HttpMethod: ANY, ResourcePath: "/~1api~1campaigns~1\{id\}",.+\n', template, re.MULTILINE)
    bound_too = bound.replace("~1{id}", "~1{id}~1summary")
    return template.replace(line, line + new).replace(bound, bound + bound_too)


def run(tree: Path, *command: str) -> str:
    path = os.pathsep.join(map(str, (tree / "layers" / "campaigns", tree, tree / "tests")))
    done = subprocess.run(
        command, cwd=tree, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_an_endpoint_is_what_the_architecture_page_lists(tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    listed = (ROOT / "docs" / "architecture.md").read_text().partition("## A new endpoint")[2]
    written = {
        "functions/sum_up/app.py": APP,
        "functions/sum_up/openapi.yaml": OPENAPI,
        "template.yaml": with_event(with_row((tmp_path / "template.yaml").read_text())),
        "events/sum_up.json": (tmp_path / "events/get_campaign.json").read_text(),
        "tests/support/examples.py": (tmp_path / "tests/support/examples.py")
        .read_text()
        .replace(
            '    "get_campaign": ',
            '    "sum_up": _proxied(200, lambda body: body["sequences"] == 0),\n    "get_campaign": ',
        ),
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        assert f"`{name.replace('sum_up', '<name>')}`" in listed
    for tool in ("schemas", "openapi", "routes", "template"):
        run(tmp_path, sys.executable, "-m", f"tools.{tool}")
    document = json.loads((tmp_path / "docs" / "openapi.json").read_text())
    assert document["paths"][PATH]["get"]["summary"] == "Sum a campaign up"
    assert json.loads((tmp_path / "functions/unknown_route/routes.json").read_text())[PATH] == "GET, HEAD"
    assert f"`GET {PATH}`" in (tmp_path / "README.md").read_text()
    run(tmp_path, "ruff", "check", "--no-cache", "functions")
    run(tmp_path, "cfn-lint")
    only = ["-k", "sum_up or test_template or test_openapi"]  # what says something of it
    summary = run(tmp_path, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit", *only)
    assert " passed" in summary


TWO = "is answered by SumUpFunction and GetCampaignFunction: one of their rows needs another route"
WRONG: dict[str, tuple[Callable[[str], str], set[str], list[str]]] = {
    "no row": (
        str,
        NEW,
        ["functions/sum_up is deployed by nothing: give it a row in the template's Endpoints, and name it in a loop"],
    ),
    "no folder": (
        with_row,
        FOLDERS,
        ["SumUpFunction has no code: write functions/sum_up/app.py, or take its row and names out of template.yaml"],
    ),
    "a route twice": (
        lambda template: with_row(template, "/api/campaigns/{id}"),
        NEW,
        [f"GET /api/campaigns/{{id}} {TWO}", f"HEAD /api/campaigns/{{id}} {TWO}"],
    ),
    "in no loop": (
        lambda template: with_row(template).replace("[SumUp, ListCampaigns", "[ListCampaigns"),
        FOLDERS,
        ["the row SumUp of Endpoints stands in no loop: add it to Reads or Writes"],
    ),
    "no role": (
        lambda template: with_row(template).replace(
            "[SumUp, ListCampaigns, GetCampaign, C", "[ListCampaigns, GetCampaign, C"
        ),
        NEW,
        ["SumUpFunction has no role: add its name to the loop EndpointRoles"],
    ),
    "another's code": (
        lambda template: with_row(template).replace("Code: functions/sum_up", "Code: functions/get_campaign"),
        NEW,
        ["SumUpFunction has the code of functions/get_campaign: its row's Code must be its own folder"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_new_endpoint_is_said(name: str) -> None:
    change, folders, said = WRONG[name]
    assert discrepancies(expanded(change(TEMPLATE.read_text())), folders) == said
