"""Writes the Python SDK's methods without ``await`` from those with it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from unasync import Rule, unasync_files

from tools.template import ROOT

PACKAGE = ROOT / "sdk" / "python" / "src" / "kraiter"
ASYNC, SYNC = PACKAGE / "_async", PACKAGE / "_sync"
_NAME = re.compile(r"\bAsync[A-Z]\w+")
_OURS = '--config=lint.isort.known-first-party=["kraiter"]'
"""Modules that are not there yet, too."""
_FIRST = {"__init__.py": '"""The methods without ``await``: written by ``make generate`` from those with it."""\n'}


def modules() -> dict[str, str]:
    """The modules' texts by file name."""
    written = [path for path in sorted(ASYNC.glob("*.py")) if path.name not in _FIRST]
    names = {name for path in written for name in _NAME.findall(path.read_text())}
    rule = Rule("/_async/", "/_sync/", {name: name.removeprefix("Async") for name in names} | {"_async": "_sync"})
    with TemporaryDirectory() as folder:
        of_async, of_sync = Path(folder, "_async"), Path(folder, "_sync")
        shutil.copytree(ASYNC, of_async)
        unasync_files([str(of_async / path.name) for path in written], [rule])
        return _FIRST | {path.name: _tidy((of_sync / path.name).read_text(), SYNC / path.name) for path in written}


def _tidy(text: str, path: Path) -> str:
    """Shorter names stand elsewhere, and on fewer lines."""
    for command in (["check", "--quiet", "--fix-only", "--select=I", _OURS], ["format", "--quiet"]):
        ruff = [str(Path(sys.executable).with_name("ruff")), *command, "--stdin-filename", str(path), "-"]
        text = subprocess.run(ruff, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout
    return text


if __name__ == "__main__":
    shutil.rmtree(SYNC, ignore_errors=True)
    SYNC.mkdir()
    for name, text in modules().items():
        (SYNC / name).write_text(text)
