"""GET /api/docs, in a real browser: it shows all operations, and tries them."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from support.browser import in_browser
from support.stack import Tenant, eventually
from tools.openapi import document, endpoints, text


@pytest.fixture
def page(browser: Browser, stack: dict[str, str]) -> Iterator[Page]:
    """The documentation page, loaded without an error and without another host."""
    page = browser.new_page()
    problems: list[str] = []
    hosts: set[str] = set()

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: hosts.add(httpx.URL(request.url).host))
    page.goto(f"{stack['CAMPAIGNS_BASE_URL']}/api/docs")
    page.wait_for_selector(".opblock")
    yield page
    assert problems == []
    assert hosts - {""} == {httpx.URL(stack["CAMPAIGNS_BASE_URL"]).host}
    page.close()


def test_anybody_gets_the_document(stack: dict[str, str]) -> None:
    answer = httpx.get(f"{stack['CAMPAIGNS_BASE_URL']}/api/openapi.json", timeout=60)
    assert (answer.status_code, answer.text) == (200, text())
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_anybody_gets_the_page_and_it_may_run_its_own_scripts_only(stack: dict[str, str]) -> None:
    answer = httpx.get(f"{stack['CAMPAIGNS_BASE_URL']}/api/docs", timeout=60)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    scripts = [piece.split("</script>")[0] for piece in answer.text.split("\n<script>")[1:]]
    hashes = [b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert f"script-src '{"' '".join(f'sha256-{each}' for each in hashes)}';" in policy
    assert answer.text.count("\n<script") == len(scripts) == 2
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["docs", "openapi.json"])
def test_what_is_the_same_for_everybody_is_compressed_and_sent_once(stack: dict[str, str], path: str) -> None:
    url = f"{stack['CAMPAIGNS_BASE_URL']}/api/{path}"
    plain, small = (httpx.get(url, headers={"Accept-Encoding": each}, timeout=60) for each in ("identity", "gzip"))
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.content == plain.content
    assert small.num_bytes_downloaded < len(plain.content) / 3
    tags = {answer.headers["ETag"] for answer in (plain, small)}
    assert len(tags) == 1
    again = httpx.get(url, headers={"If-None-Match": tags.pop()}, timeout=60)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["docs", "openapi.json"])
def test_other_methods_are_not_allowed(stack: dict[str, str], path: str) -> None:
    answer = httpx.post(f"{stack['CAMPAIGNS_BASE_URL']}/api/{path}", timeout=60)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


@in_browser
def test_it_lists_all_operations(page: Page) -> None:
    shown = {
        (block.locator(".opblock-summary-method").inner_text(), block.locator(".opblock-summary-path").inner_text())
        for block in page.locator(".opblock").all()
    }
    # Beside the endpoints stands what receivers of webhooks are sent.
    assert {(method, path.replace("\u200b", "")) for method, path in shown} - {("POST", "event")} == {
        (endpoint.method, endpoint.path) for endpoint in endpoints()
    }


@in_browser
def test_it_creates_a_campaign(page: Page, tenant: Tenant) -> None:
    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill(tenant.key)
    page.locator(".auth-btn-wrapper").get_by_role("button", name="Apply credentials").click()
    page.locator(".auth-btn-wrapper").get_by_role("button", name="Close").click()
    operation = page.locator("#operations-Campaigns-createCampaign")
    operation.locator(".opblock-summary").click()
    headers = operation.locator("tr[data-param-in=header] input")
    assert [each.input_value() for each in headers.all()] == [""], "what it comes filled with must work"
    operation.locator("textarea").fill('{"name": "Made in the browser"}')
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table td.response-col_status").last).to_have_text("201", timeout=15_000)
    assert [each["name"] for each in tenant.request("GET", "/api/campaigns?limit=1").json()["data"]] == [
        "Made in the browser"
    ]


@in_browser
@pytest.mark.parametrize(
    "name", ["Campaigns-listCampaigns", "Campaigns-countCampaigns", "Catalogue-listSequences", "Keys-whoami"]
)
def test_what_a_form_comes_filled_with_works(page: Page, tenant: Tenant, name: str) -> None:
    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill(tenant.key)
    page.locator(".auth-btn-wrapper").get_by_role("button", name="Apply credentials").click()
    page.locator(".auth-btn-wrapper").get_by_role("button", name="Close").click()
    operation = page.locator(f"#operations-{name}")
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table td.response-col_status").last).to_have_text("200", timeout=15_000)


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_light_and_dark(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)

    def followed() -> None:
        colours = page.evaluate(
            "[getComputedStyle(document.documentElement).backgroundColor,"
            " getComputedStyle(document.querySelector('.info .title')).color]"
        )
        background, text_colour = (sum(map(int, re.findall(r"\d+", each)[:3])) for each in colours)
        is_dark = background < 200 and "rgba(0, 0, 0, 0)" not in colours
        assert is_dark == (scheme == "dark")
        assert (text_colour > 500) == is_dark

    eventually(followed)


@in_browser
def test_it_fits_a_phone(page: Page) -> None:
    """Also with an operation open that shows parameters, a body and all kinds of answers."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator("#operations-Campaigns-createCampaign .opblock-summary").click()
    page.locator("#operations-Campaigns-createCampaign .responses-table").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@in_browser
def test_operations_stand_in_groups(page: Page) -> None:
    groups = [group.get_attribute("data-tag") for group in page.locator(".opblock-tag").all()]
    assert groups == [each["name"] for each in document()["tags"]]
