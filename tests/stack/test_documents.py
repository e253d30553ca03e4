"""Every snippet of the documents runs as it stands, with the packages as a reader installs them from this repository.

Blocks in ``sh``, ``python`` and ``js``; commands that install, build and deploy stand in ``shell``. The blocks of a
document go on from each other; one that imports an SDK anew starts anew.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack import TENANT
from local.state import STATE
from support.stack import Tenant

pytestmark = pytest.mark.emulator("the snippets use the demo tenants of make up")
ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "sdk").glob("*/README.md")])
BLOCK = re.compile(r"^```(sh|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STARTS = {"sh": r"\. \.local/stack\.env", "python": r"^(import|from) ", "js": r"^import "}


def scripts(language: str) -> list[tuple[str, int, str]]:
    """Name of the document, number and text of each script."""
    found = []
    for document in DOCUMENTS:
        made: list[str] = []
        for kind, text in BLOCK.findall(document.read_text()):
            if kind == language:
                if not made or re.search(STARTS[language], text, re.MULTILINE):
                    made.append("")
                made[-1] += text
        found += [(str(document.relative_to(ROOT)), number, text) for number, text in enumerate(made)]
    return found


def of(language: str) -> pytest.MarkDecorator:
    found = scripts(language)
    return pytest.mark.parametrize(
        ("document", "text"), [(name, text) for name, _, text in found], ids=[f"{name}-{n}" for name, n, _ in found]
    )


def run(*command: str | Path, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel of the Python SDK, and boto3 for the snippets about events."""
    folder = tmp_path_factory.mktemp("python")
    run("uv", "build", "--quiet", "--wheel", "--out-dir", folder / "dist", ROOT / "sdk" / "python")
    (wheel,) = (folder / "dist").glob("kraiter-*.whl")
    run("uv", "venv", "--quiet", "--python", sys.executable, folder / "env")
    interpreter = folder / "env" / "bin" / "python"
    run("uv", "pip", "install", "--quiet", "--python", interpreter, f"{wheel}[cli,mcp]", "boto3")
    return interpreter


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tarball of the JavaScript SDK installed."""
    if shutil.which("npm") is None:
        pytest.fail("npm is missing")
    folder = tmp_path_factory.mktemp("node")
    run("npm", "pack", "--silent", "--pack-destination", folder, cwd=ROOT / "sdk" / "javascript")
    (tarball,) = folder.glob("*.tgz")
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, tarball, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def checkout(stack: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader stands: the state of the stack that is under test, and campaigns from the pages before."""
    reader = Tenant(stack, TENANT)
    for number in range(3):
        reader.create(f"Read {number}")
    reader.client.close()
    folder = tmp_path_factory.mktemp("checkout")
    (folder / ".local").symlink_to(STATE)
    return folder


@pytest.fixture
def environment(stack: dict[str, str], python: Path) -> dict[str, str]:
    return {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "HOME": os.environ["HOME"]} | stack


def check(document: str, shown: str) -> None:
    """An error that a snippet shows must be one that its document speaks of."""
    codes = set(re.findall(r'"code": ?"([A-Z_]+)"', shown))
    text = (ROOT / document).read_text()
    assert {code for code in codes if code not in text} == set(), shown
    assert codes <= {"CONFLICT", "NOT_FOUND", "PRECONDITION_FAILED", "VALIDATION_ERROR"}, shown


@of("sh")
def test_a_shell_snippet_runs(environment: dict[str, str], checkout: Path, document: str, text: str) -> None:
    check(document, run("bash", "-euo", "pipefail", "-c", text, cwd=checkout, environment=environment))


@of("python")
def test_a_python_snippet_runs(environment: dict[str, str], python: Path, document: str, text: str) -> None:
    check(document, run(python, "-W", "error", "-c", text, environment=environment))


@of("js")
def test_a_javascript_snippet_runs(
    environment: dict[str, str], node: Path, document: str, text: str, tmp_path: Path
) -> None:
    script = node / f"{tmp_path.name}.mjs"
    script.write_text(text)
    check(document, run("node", script, cwd=node, environment=environment))


def test_the_documents_are_full_of_snippets() -> None:
    assert {language: len(scripts(language)) >= least for language, least in (("sh", 5), ("python", 8), ("js", 4))} == {
        "sh": True,
        "python": True,
        "js": True,
    }
