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
    if not (SDK / "node_modules" / "esbuild").exists():
        npm("ci", "--silent", "--no-audit", "--no-fund")


def test_its_own_tests_pass(stack: dict[str, str], tenant: Tenant) -> None:
    own = {"CAMPAIGNS_BASE_URL": stack["CAMPAIGNS_BASE_URL"], "CAMPAIGNS_API_KEY": tenant.key}
    summary = npm("test", environment=own)
    assert int(re.findall(r"^(?:#|ℹ) pass (\d+)", summary, re.MULTILINE)[0]) >= 110  # noqa: RUF001 - node's own mark
    assert re.findall(r"^(?:#|ℹ) skipped (\d+)", summary, re.MULTILINE) == ["0"]  # noqa: RUF001


RUNTIMES = Path(__file__).parents[2] / ".local" / "runtimes" / "node_modules" / ".bin"


@pytest.mark.parametrize(
    ("command", "passed"),
    [
        (("node", "--test", "test/"), r"^# pass (\d+)$"),
        (("deno", "test", "--allow-all", "--no-check", "--quiet", "test/"), r"(\d+) passed"),
        (("bun", "test", "--timeout=60000"), r"^ (\d+) pass$"),
    ],
    ids=["node-18", "deno", "bun"],
)
def test_its_own_tests_pass_in_other_runtimes(
    stack: dict[str, str], tenant: Tenant, command: tuple[str, ...], passed: str
) -> None:
    """The oldest Node that is supported, Deno and Bun; on the stack as well."""
    environment = os.environ | {"CAMPAIGNS_BASE_URL": stack["CAMPAIGNS_BASE_URL"], "CAMPAIGNS_API_KEY": tenant.key}
    done = subprocess.run(
        [str(RUNTIMES / command[0]), *command[1:]],
        cwd=SDK,
        env=environment | {"NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.findall(passed, done.stdout, re.MULTILINE)[-1]) >= 110, done.stdout


DOOR = """
const { default: Kraiter, NotFoundError } = require("@kraiter/sdk");
const { campaigns } = new Kraiter();
(async () => {
  const made = await campaigns.create({ name: "By require" });
  await campaigns.delete(made.id);
  const gone = await campaigns.get(made.id).catch((error) => error instanceof NotFoundError);
  const imported = await import("@kraiter/sdk");
  console.log(made.name, gone, imported.NotFoundError === NotFoundError);
})();
"""


@pytest.mark.parametrize(
    ("command", "one"),
    [("node", True), (str(RUNTIMES / "node"), False), (str(RUNTIMES / "bun"), True)],
    ids=["node", "node-18", "bun"],
)
def test_it_can_be_required(stack: dict[str, str], tenant: Tenant, command: str, one: bool, tmp_path: Path) -> None:
    """Where the runtime can require modules, it gets the same classes as who imports them."""
    (tmp_path / "node_modules" / "@kraiter").mkdir(parents=True)
    (tmp_path / "node_modules" / "@kraiter" / "sdk").symlink_to(SDK)
    (tmp_path / "door.cjs").write_text(DOOR)
    environment = {"CAMPAIGNS_BASE_URL": stack["CAMPAIGNS_BASE_URL"], "CAMPAIGNS_API_KEY": tenant.key}
    done = subprocess.run(
        [command, "door.cjs"], cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == (f"By require true {str(one).lower()}\n", 0), done.stderr


def test_the_door_for_commonjs_is_made_of_what_is_there(tmp_path: Path) -> None:
    made = tmp_path / "index.cjs"
    npm("run", "--silent", "build", "--", f"--outfile={made}")
    assert made.read_text() == (SDK / "cjs" / "index.cjs").read_text(), "npm run build"


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
          const { statusCode } = await new Kraiter({ apiKey, baseUrl }).withRawResponse((raw) => raw.whoami());
          return [data[0].name, data[0].sequences.length, made.etag, gone, statusCode];
        }""",
        [base, tenant.key],
    )
    page.close()
    assert found == ["In a browser", 1, '"1"', True, 200]
