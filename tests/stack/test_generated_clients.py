"""Clients that others generate from docs/openapi.json live a campaign's life, also where Prism checks each word."""

import os
import socket
import subprocess
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from support.stack import Tenant

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
LIVES = Path(__file__).with_name("generated")
PYTHON = ROOT / ".local" / "openapi-python-client" / "bin"
NODE_MODULES = ROOT / ".local" / "openapi-clients" / "node_modules"


def run(*command: str | Path, folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python_life(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    folder = tmp_path_factory.mktemp("python")
    generate: list[str | Path] = [PYTHON / "openapi-python-client", "generate", "--path", DOCUMENT, "--meta", "none"]
    run(*generate, "--output-path", "client", folder=folder, environment={"PYTHONPATH": ""})
    (folder / "life.py").write_text((LIVES / "life.py").read_text())
    return [PYTHON / "python", "-W", "error", folder / "life.py"]


@pytest.fixture(scope="module")
def typescript_life(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """Checked by the compiler, the generated types with it."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "life.ts").write_text((LIVES / "life.ts").read_text())
    run(NODE_MODULES / ".bin" / "openapi-typescript", DOCUMENT, "-o", "schema.ts", folder=folder)
    options = ["--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", "--types", "node"]
    run(NODE_MODULES / ".bin" / "tsc", *options, "life.ts", folder=folder)
    return ["node", folder / "life.js"]


@pytest.fixture(scope="module")
def prism(stack: dict[str, str]) -> Iterator[str]:
    """The address of a proxy before the API: what breaks the document, on the way there or back, is an error of its."""
    address = ["--host", "127.0.0.1", "--port", str(port := free_port())]
    command: list[str | Path] = [NODE_MODULES / ".bin" / "prism", "proxy", DOCUMENT, stack["CAMPAIGNS_BASE_URL"]]
    command += ["--errors", *address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        try:
            said = list(takewhile(lambda line: "Prism is listening" not in line, process.stdout))
            assert process.poll() is None, "".join(said)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("through_prism", [False, True], ids=["directly", "through Prism"])
@pytest.mark.parametrize("language", ["python", "typescript"])
def test_a_generated_client_lives_a_campaigns_life(
    request: pytest.FixtureRequest, stack: dict[str, str], tenant: Tenant, language: str, *, through_prism: bool
) -> None:
    life: list[str | Path] = request.getfixturevalue(f"{language}_life")
    base = str(request.getfixturevalue("prism")) if through_prism else stack["CAMPAIGNS_BASE_URL"]
    settings = {"CAMPAIGNS_BASE_URL": base, "CAMPAIGNS_API_KEY": tenant.key, "PYTHONPATH": ""}
    assert run(*life, folder=LIVES, environment=settings) == "lived\n"


def test_prism_would_see_what_breaks_the_document(prism: str, tenant: Tenant) -> None:
    headers = {"Authorization": f"Bearer {tenant.key}"}
    answer = httpx.post(f"{prism}/api/campaigns", json={"nam": "Launch"}, headers=headers, timeout=60)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert "UNPROCESSABLE_ENTITY" in answer.json()["type"]
