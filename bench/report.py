"""Where the benchmarks write what they found: docs/performance.md, between markers."""

import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from tools.markdown import with_section

PYTHON = Path(sys.base_prefix) / "bin" / "python3.13"
"""The interpreter without the project's environment."""
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def machine() -> str:
    """The date and what was measured on, in a line."""
    cpuinfo = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else []
    model = models[0] if models else platform.processor()
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {len(models) or '?'} cores of {model}, {platform.system()}, "
        f"CPython {platform.python_version()}."
    )


def write_section(name: str, text: str) -> None:
    """Replace what stands between the markers of ``name``, and show it."""
    PAGE.write_text(with_section(PAGE.read_text(), name, "bench", text))
    print(text)
