"""Every page in both languages, light and dark, wide and narrow: nothing complains, nothing sticks out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE, Open, keep_picture, say
from tests.running.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PUBLIC = (
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/confirm-email/x/",
    "/demo/shop/",
)
LOOKS = [
    pytest.param({"size": DESKTOP, "language": "en-US"}, id="desktop-english"),
    pytest.param({"size": PHONE, "language": "uk-UA", "dark": True}, id="phone-ukrainian-dark"),
    pytest.param({"size": (1024, 768), "language": "uk-UA"}, id="tablet-ukrainian"),
]
SPILLS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNNAMED = """[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')]
    .filter(each => each.checkVisibility())
    .filter(each => !(each.getAttribute('aria-label') || each.getAttribute('title') || each.textContent.trim()
        || each.labels?.length || each.querySelector('[aria-label]')))
    .map(each => each.outerHTML.slice(0, 120))"""


def dashboard(product: Product) -> list[str]:
    def first(table: str, where: str = "") -> str:
        return str(product.value(f"SELECT id FROM {table} {where} ORDER BY created_at LIMIT 1"))

    owner = "WHERE company_id IN (SELECT id FROM companies_company WHERE name = 'Chaika Tea')"
    assistant = first("assistants_assistant", owner)
    integration = first("integrations_integration", f"{owner} AND NOT hidden")
    chat = first("conversations_chat", f"{owner} AND integration_id = '{integration}'")
    return [
        "/chats/", f"/chats/{chat}/", "/chats/?state=attention", "/integrations/", "/integrations/add/",
        "/integrations/guides/", "/integrations/guides/viber/",
        f"/integrations/{integration}/", f"/integrations/{integration}/try/", "/assistants/", "/assistants/new/",
        f"/assistants/{assistant}/", f"/assistants/{assistant}/knowledge/", f"/assistants/{assistant}/knowledge/new/",
        f"/assistants/{assistant}/test/", "/settings/", "/settings/team/", "/settings/access-tokens/",
        "/assistants/model/", "/integrations/webhooks/", "/profile/", "/companies/new/", "/accounts/email/",
        "/accounts/password/change/", "/accounts/logout/",
    ]  # fmt: skip


def examine(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SPILLS) <= 0, f"{address} is wider than the screen"
    assert page.evaluate(UNNAMED) == [], f"{address} has controls without a name"
    assert page.locator("h1").count() >= 1, f"{address} has no heading"


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_quiet_and_fits(open_page: Open, sign_in: Open, product: Product, look: dict) -> None:
    shop = open_page("/demo/shop/", **look)
    shop.click(".launcher")
    say(shop, "Hello")
    page = sign_in(**look)
    page.wait_for_selector("[data-row]")
    for path in dashboard(product):
        examine(page, product.origin + path)
        if path in {"/integrations/", "/assistants/", "/settings/"}:
            keep_picture(page, f"{path.strip('/')}-{look['size'][0]}-{look['language'][:2]}")
    stranger = open_page(**look)
    for path in PUBLIC:
        examine(stranger, product.origin + path)
