"""schemathesis against the deployed stack: whatever keeps to docs/openapi.json or breaks it is answered as it says.

``FUZZ_EXAMPLES`` in the environment says how many requests it makes up per operation and phase.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.stack import Tenant
from tools.openapi import endpoints

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.timeout(15 * EXAMPLES)
def test_the_api_is_what_its_document_says(
    stack: dict[str, str], new_tenant: Callable[[], Tenant], tmp_path: Path
) -> None:
    command = ["schemathesis", "--config-file", str(CONFIGURATION), "run", str(ROOT / "docs" / "openapi.json")]
    command += ["--url", stack["CAMPAIGNS_BASE_URL"], "--header", f"Authorization: Bearer {new_tenant().key}"]
    # The tool takes the id of a campaign that was created for that of a template, too.
    command += [
        "--checks",
        "all",
        "--exclude-checks",
        "ensure_resource_availability",
        "--max-examples",
        str(EXAMPLES),
        "--seed",
        "1",
    ]
    done = subprocess.run([*command, "--no-color"], capture_output=True, text=True, check=False, cwd=tmp_path)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-8000:]
    assert f"Tested: {len(endpoints())}" in done.stdout
