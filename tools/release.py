"""Marks a built template as a release of its own: ``python -m tools.release .aws-sam/deploy/template.yaml``.

The transform makes a new version of a function, and turns its alias to it, when the function's properties change as the
template writes them: ``!Ref ThrottlingRate`` stays the same whatever its value, and ``!Ref Table`` whatever table that
is. Lambda in turn refuses a version that differs from the last one in nothing but tags. An id in every function's
environment makes each deployment a new version for both.
"""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

UNRELEASED = "CAMPAIGNS_RELEASE: unreleased"


def released(text: str, release: str) -> str:
    """The text of a template, with the id of a release in place of none."""
    if text.count(UNRELEASED) != 1:
        raise ValueError(f"the template does not say once: {UNRELEASED}")
    return text.replace(UNRELEASED, f"CAMPAIGNS_RELEASE: {release}")


def release_id() -> str:
    """One that no other deployment has, and that says what is deployed: the time and the commit."""
    commit = subprocess.check_output(["git", "describe", "--always", "--dirty"], text=True).strip()
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{commit}"


if __name__ == "__main__":
    template = Path(sys.argv[1])
    template.write_text(released(template.read_text(), release_id()))
