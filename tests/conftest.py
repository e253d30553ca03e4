"""What all tests share: markers by folder, and an environment for the functions."""

import os
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The functions read these when they are imported. Whoever verifies a stack has credentials of their own.
if "VERIFY_STACK" not in os.environ:
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
os.environ.setdefault("CAMPAIGNS_TABLE", "campaigns")
os.environ.setdefault("CAMPAIGNS_HISTORY_DAYS", "365")
os.environ.setdefault("CAMPAIGNS_RATE_LIMIT_POLICY", '"tenant";q=100;w=1;kraiter-burst=200')
os.environ.setdefault("WEBHOOK_KEY_ID", "alias/webhooks")
os.environ.setdefault("WEBHOOK_LOOPBACK", "off")
for queue in ("DELIVERY", "SLOW_DELIVERY", "DEAD_LETTER"):
    os.environ.setdefault(f"{queue}_QUEUE_URL", f"http://localhost/{queue}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with the folder that it stands in: unit, store, stack or sam_local."""
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        item.add_marker(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much the long tests tried."""
    tried: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, count in report.user_properties:
            if isinstance(count, int):
                tried[name] += count
    for name, count in sorted(tried.items()):
        terminalreporter.write_line(f"{count} {name}")
