"""Where the benchmarks write what they found: docs/performance.md, between markers."""

import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

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


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; all columns but the first are figures."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_section(name: str, text: str) -> None:
    """Replace what stands between the markers of ``name``, and show it."""
    begin, end = f"<!-- {name}: written by make bench -->", f"<!-- end of {name} -->"
    before, found, rest = PAGE.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"{PAGE.name} has no section {name}")
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
    print(text)
