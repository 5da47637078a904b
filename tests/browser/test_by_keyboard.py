"""The day of somebody who has no mouse: what is focused is always seen, dialogs keep it and give it back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from happ_project.demo import EMAIL
from tests.browser.conftest import PASSWORD, Open, say
from tests.running.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FOCUSED = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const ringed = (each) => {
        const look = getComputedStyle(each);
        return (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== 'none';
    };
    const place = element.getBoundingClientRect();
    const inView = place.width > 1 && place.bottom > 0 && place.top < innerHeight;
    return {seen: inView && (ringed(element) || ringed(element.parentElement)), text: element.outerHTML.slice(0, 160)};
}"""


def press(page: Page, key: str) -> Any:
    """Press a key that moves the focus; wherever it is then has to be seen."""
    page.keyboard.press(key)
    focused = page.evaluate(FOCUSED)
    assert focused is None or focused["seen"], f"nobody sees where the focus is: {focused['text']}"
    return focused


def go_to(page: Page, selector: str, *, key: str = "Tab", most: int = 60) -> None:
    """To an element, as often as it takes."""
    target = page.locator(selector).first
    target.wait_for()
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        press(page, key)
    raise AssertionError(f"{selector} is not reached by {key}")


def is_focused(page: Page, selector: str) -> None:
    expect(page.locator(selector).first).to_be_focused()


def test_a_chat_is_answered_and_a_channel_added_without_a_mouse(open_page: Open, product: Product) -> None:
    shop = open_page("/demo/shop/")
    shop.click(".launcher")
    say(shop, "Is anybody there?")
    page = open_page("/accounts/login/")

    # in
    go_to(page, "input[name=login]")
    page.keyboard.type(EMAIL)
    go_to(page, "input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/chats/")

    # past the menu, to the chat
    press(page, "Tab")
    page.keyboard.press("Enter")
    is_focused(page, "#content")
    go_to(page, "[data-row] a, a[data-row]")
    page.keyboard.press("Enter")
    is_focused(page, "#composer textarea")
    page.keyboard.type("I am here, by the keyboard.")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("by the keyboard.")

    # the assistant off or on, and what a customer writes is announced
    switch = "#chat-header input[name=on]"
    was_on = page.locator(switch).first.is_checked()
    go_to(page, switch, key="Shift+Tab")
    page.keyboard.press("Space")
    expect(page.locator(switch).first).to_be_checked(checked=not was_on)
    say(shop, "So quick!")
    expect(page.locator("[aria-live] #messages, #messages[aria-live], [role=log]").first).to_contain_text("So quick!")

    # a channel of the company's own
    go_to(page, "nav a[href='/integrations/']", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/integrations/")
    go_to(page, "a[href='/integrations/add/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/add/")
    go_to(page, "form[action$='/add/custom/'] button")
    page.keyboard.press("Enter")
    is_focused(page, "#step-name")
    page.keyboard.type("By keyboard")
    go_to(page, "#step-endpoint")
    page.keyboard.type("http://crm.invalid/happ")
    page.keyboard.press("Enter")
    is_focused(page, "#step-endpoint[aria-invalid]")
    page.keyboard.press("Control+a")
    page.keyboard.type("https://crm.invalid/happ")
    page.keyboard.press("Enter")
    page.wait_for_selector("#step-anyway")
    is_focused(page, "#step-endpoint[aria-invalid]")
    go_to(page, "#step-anyway")
    page.keyboard.type("Save")
    expect(page.locator("#step-anyway")).to_have_value("yes")
    go_to(page, "#step button")
    page.keyboard.press("Enter")
    is_focused(page, "#step a.btn")
    page.keyboard.press("Enter")

    # its page: a switch that asks first
    go_to(page, "#health form button")
    page.keyboard.press("Enter")
    expect(page.locator("#health")).to_contain_text("Active")
    go_to(page, "button[data-opens=switch-off]")
    page.keyboard.press("Enter")
    for _ in range(8):
        press(page, "Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    is_focused(page, "button[data-opens=switch-off]")

    # away again, after a question
    go_to(page, "form[action$='/remove/'] button", most=90)
    page.keyboard.press("Enter")
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("Escape")
    is_focused(page, "form[action$='/remove/'] button")
    page.keyboard.press("Enter")
    go_to(page, "#confirm [data-confirm-yes]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/integrations/")
    expect(page.locator("main")).not_to_contain_text("By keyboard")
