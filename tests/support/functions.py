"""The functions, as Lambda loads them."""

import importlib.util
from pathlib import Path
from types import ModuleType

FUNCTIONS = Path(__file__).parents[2] / "functions"
ENDPOINTS = tuple(sorted(path.parent.name for path in FUNCTIONS.glob("*/openapi.yaml")))
"""The functions that answer requests with a key."""
WITH_TABLE = tuple(name for name in ENDPOINTS if "table()" in (FUNCTIONS / name / "app.py").read_text())
"""Those of them that ask the table."""


def load(name: str, functions: Path = FUNCTIONS) -> ModuleType:
    """The module of functions/<name>/app.py, anew: it reads its environment when it is loaded."""
    spec = importlib.util.spec_from_file_location(f"function_{name}", functions / name / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
