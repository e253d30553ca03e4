"""What is shipped: the layer and the functions as they are built, for both processors."""

import hashlib
import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from amazon_roots import roots
from tools.template import written

pytestmark = pytest.mark.emulator("it is about what is built here, not about what is deployed")
ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".aws-sam" / "build"
MOST_MEGABYTES = 25
"""Of the layer's files. Lambda takes 250; what is not there need not be fetched at a cold start."""


def build(folder: Path, architecture: str) -> Path:
    make = ["make", "--silent", "-C", str(ROOT / "layers" / "campaigns"), "build-CampaignsLayer"]
    subprocess.run([*make, f"ARTIFACTS_DIR={folder}", f"ARCHITECTURE={architecture}"], check=True)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@cache
def deployed() -> dict[str, str]:
    return digests(BUILT / "CampaignsLayer")


def test_two_builds_of_the_layer_are_the_same_bytes(tmp_path: Path) -> None:
    here = "arm64" if os.uname().machine in {"aarch64", "arm64"} else "x86_64"
    assert digests(build(tmp_path / "somewhere" / "else", here)) == deployed()


@pytest.mark.parametrize(("architecture", "machine"), [("arm64", "aarch64"), ("x86_64", "x86_64")])
def test_the_layer_has_the_machine_code_of_its_processor(architecture: str, machine: str, tmp_path: Path) -> None:
    libraries = [path.name for path in build(tmp_path, architecture).rglob("*.so")]
    assert libraries
    assert [name for name in libraries if f"{machine}-linux-gnu" not in name] == []


def test_what_make_deploy_builds_is_for_arm64() -> None:
    """Whatever ``sam build`` has cached for this machine."""
    steps = subprocess.run(["make", "-n", "deploy"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (step,) = (line for line in steps.splitlines() if "sam build" in line)
    subprocess.run(step, shell=True, cwd=ROOT, capture_output=True, check=True)  # noqa: S602 - the Makefile's own
    folder, _, _ = re.findall(r"--template-file (\S+)", steps)[0].rpartition("/")
    libraries = [path.name for path in (ROOT / folder / "CampaignsLayer").rglob("*.so")]
    assert libraries
    assert [name for name in libraries if "aarch64-linux-gnu" not in name] == []


def test_make_deploy_finds_what_samconfig_says_of_an_environment() -> None:
    """Up to where it would talk to AWS: nobody listens at that port."""
    steps = subprocess.run(["make", "-n", "deploy"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (step,) = (line for line in steps.splitlines() if line.startswith("sam deploy"))
    command = re.sub(r"--template-file \S+", "--template-file .aws-sam/build/template.yaml", step)
    nowhere = os.environ | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    done = subprocess.run(command, shell=True, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=False)  # noqa: S602
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/' in done.stderr


def test_the_layer_is_compiled_and_small() -> None:
    files = [path for path in (BUILT / "CampaignsLayer").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_MEGABYTES * 1_000_000
    sources = {path for path in files if path.suffix == ".py"}
    compiled = {path for path in files if path.suffix == ".pyc"}
    assert {path.parent.parent / f"{path.name.split('.')[0]}.py" for path in compiled} == sources
    # Flags 01: checked against its source by hash; 11 with "check"; here 01 without: never looked at again.
    assert {path.read_bytes()[4:8] for path in compiled} == {b"\x01\x00\x00\x00"}


def test_the_layer_knows_the_services_in_use_and_no_others() -> None:
    data = BUILT / "CampaignsLayer" / "python" / "botocore" / "data"
    used = {"apigateway", "dynamodb", "events", "kms", "scheduler", "sqs", "ssm"}
    assert {path.name for path in data.iterdir() if path.is_dir()} == used
    assert '"documentation":"' not in (data / "dynamodb" / "2012-08-10" / "service-2.json").read_text()


def test_the_layer_has_the_roots_that_the_template_names() -> None:
    """Each of the two bundles: Amazon's five roots alone, and for other partitions all that botocore knows."""
    _, everywhere, amazons = written()["Globals"]["Function"]["Environment"]["Variables"]["AWS_CA_BUNDLE"]["Fn::If"]
    layer = BUILT / "CampaignsLayer"
    bundle = (layer / Path(everywhere).relative_to("/opt")).read_text()
    assert (layer / Path(amazons).relative_to("/opt")).read_text() == roots(bundle)
    assert bundle.count("BEGIN CERTIFICATE") > 100


@pytest.mark.parametrize("function", sorted(path.name for path in BUILT.glob("*Function")))
def test_a_function_is_its_source_and_its_compiled_code(function: str) -> None:
    files = {str(path.relative_to(BUILT / function)) for path in (BUILT / function).rglob("*") if path.is_file()}
    folder = re.sub(r"\B([A-Z])", r"_\1", function.removesuffix("Function")).lower()
    sources = {path.name for path in (ROOT / "functions" / folder).iterdir() if path.is_file()}
    described = {"openapi.yaml"}  # It is for the OpenAPI document, and not deployed.
    assert files == (sources - described) | {"__pycache__/app.cpython-313.pyc"}
