"""The JavaScript SDK: its own tests, against a scripted server and against the deployed stack, and its types."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from support.browser import in_browser
from support.stack import Tenant

SDK = Path(__file__).parents[2] / "sdk" / "javascript"


def npm(*arguments: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        ["npm", *arguments],
        cwd=SDK,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def _typescript() -> None:
    if not (SDK / "node_modules" / "typescript").exists():
        npm("ci", "--silent", "--no-audit", "--no-fund")


def test_its_own_tests_pass(stack: dict[str, str], tenant: Tenant) -> None:
    own = {"CAMPAIGNS_BASE_URL": stack["CAMPAIGNS_BASE_URL"], "CAMPAIGNS_API_KEY": tenant.key}
    summary = npm("test", environment=own)
    assert int(re.findall(r"^(?:#|ℹ) pass (\d+)", summary, re.MULTILINE)[0]) >= 35  # noqa: RUF001 - node's own mark
    assert re.findall(r"^(?:#|ℹ) skipped (\d+)", summary, re.MULTILINE) == ["0"]  # noqa: RUF001


def test_its_types_say_what_works() -> None:
    npm("run", "--silent", "types")


def test_it_depends_on_nothing() -> None:
    package = (SDK / "package.json").read_text()
    assert '"dependencies"' not in package
    imports = {
        name
        for file in (SDK / "src").glob("*.js")
        for name in re.findall(r'^import .* from "(.*)";$', file.read_text(), re.MULTILINE)
    }
    assert {name for name in imports if not name.startswith("./")} == set()


def serve(route: Route) -> None:
    """A file of the SDK, as if it lay beside the API."""
    file = SDK / "src" / route.request.url.rpartition("/")[2]
    route.fulfill(path=file, content_type="text/javascript")


@in_browser
def test_it_works_in_a_browser(browser: Browser, stack: dict[str, str], tenant: Tenant) -> None:
    """On a page of the API's own origin, since the API lets no other origin in."""
    page = browser.new_page()
    base = stack["CAMPAIGNS_BASE_URL"]
    page.route("**/sdk/*.js", serve)
    page.goto(f"{base}/api/openapi.json")
    found = page.evaluate(
        """async ([baseUrl, apiKey]) => {
          const { default: Kraiter, NotFoundError } = await import(`${baseUrl}/sdk/index.js`);
          const { campaigns } = new Kraiter({ apiKey, baseUrl });
          const made = await campaigns.create({ name: "In a browser" });
          await campaigns.addSequence(made.id, "onboarding");
          const { data } = await campaigns.list({ limit: 1 });
          await campaigns.delete(made.id);
          const gone = await campaigns.get(made.id).catch((error) => error instanceof NotFoundError);
          return [data[0].name, data[0].sequences.length, made.etag, gone];
        }""",
        [base, tenant.key],
    )
    page.close()
    assert found == ["In a browser", 1, '"1"', True]
