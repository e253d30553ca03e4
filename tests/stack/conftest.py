"""A deployed stack: the one that is verified (support/stack.py), that of ``make test``, or else that of ``make up``."""

import uuid
from collections.abc import Callable, Iterator

import boto3
import pytest
from playwright.sync_api import Browser, sync_playwright

from campaigns.runtime import bootstrap
from local.state import ENV, environment
from support.browser import CHROMIUM
from support.stack import ON_AWS, VERIFIED, Tenant, eventually, settings_of_the_stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what the stack at hand can't show; the markers say why."""
    for marker, missing in (("emulator", VERIFIED is not None), ("aws", not ON_AWS)):
        for item in items:
            if missing and (mark := item.get_closest_marker(marker)):
                item.add_marker(pytest.mark.skip(reason=mark.args[0]))


@pytest.fixture(scope="session")
def stack() -> dict[str, str]:
    """What stack.env says, or a verified stack of itself."""
    if VERIFIED:
        return settings_of_the_stack()
    if not ENV.exists():
        pytest.fail("no local stack is up; run make test, or make up first")
    return environment()


@pytest.fixture(scope="module", autouse=True)
def _environment(stack: dict[str, str]) -> Iterator[None]:
    """Clients that are made without an address find the stack; those of other suites do not."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        # They remember the credentials of whoever made them.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        bootstrap._session.cache_clear()
        for name, value in stack.items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def new_tenant(stack: dict[str, str]) -> Iterator[Callable[[], Tenant]]:
    """Makes tenants that no other test has."""
    made: list[Tenant] = []

    def make() -> Tenant:
        made.append(Tenant(stack, f"tenant-{uuid.uuid4().hex[:12]}"))
        return made[-1]

    yield make
    for tenant in made:
        tenant.client.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tenant(new_tenant: Callable[[], Tenant]) -> Tenant:
    """A tenant with a small catalogue."""
    tenant = new_tenant()
    tenant.announce("sequence.created", "onboarding", "Onboarding Sequence")
    tenant.announce("template.created", "launch-announcement", "Launch Announcement")
    probe = tenant.create("Probe")["id"]

    def known() -> None:
        for path in ("sequences/onboarding", "templates/launch-announcement"):
            status = tenant.request("POST", f"/api/campaigns/{probe}/{path}").status_code
            assert status in {200, 409}

    eventually(known)
    return tenant


@pytest.fixture(scope="module")
def other(new_tenant: Callable[[], Tenant]) -> Tenant:
    """Another tenant, with nothing."""
    return new_tenant()
