"""Every text stands out from what is behind it as WCAG 2.2 AA asks, in light and in dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, say
from tests.browser.test_every_page import PUBLIC, dashboard
from tests.running.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LOOK = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


def pale(page: Page, address: str) -> list[str]:
    """The texts of a page that are hard to read."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return [f"{address}: {each}" for each in page.evaluate(LOOK)]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(open_page: Open, sign_in: Open, product: Product, dark: bool) -> None:
    stranger = open_page("/demo/shop/", dark=dark)
    stranger.click(".launcher")
    say(stranger, "Hello", "What does the sencha cost?")
    stranger.locator(".line.theirs .text").last.wait_for()
    found = list(stranger.evaluate(LOOK))
    page = sign_in(dark=dark)
    page.wait_for_selector("[data-row]")

    for path in dashboard(product):
        found += pale(page, product.origin + path)
    for path in PUBLIC:
        found += pale(stranger, product.origin + path)
    stranger.goto(f"{product.origin}/accounts/login/")
    stranger.fill("input[name=login]", "nobody@example.com")
    stranger.fill("input[name=password]", "wrong")
    stranger.press("input[name=password]", "Enter")
    stranger.wait_for_selector(".text-error, .tint-error")
    found += stranger.evaluate(LOOK)

    assert found == [], "\n".join(found)
