"""The first ten minutes: sign up, confirm the address, found a company, make an assistant, get the widget's line."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Open, keep_picture, say
from tests.running.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_from_the_sign_up_to_the_first_answer(open_page: Open, product: Product) -> None:
    # sign up
    page = open_page("/accounts/signup/")
    page.fill("input[name=email]", "dora@example.com")
    page.fill("input[name=password1]", "the sea is calm tonight")
    page.click("form[action$='/signup/'] button.btn-primary")

    # found a company
    page.wait_for_url("**/companies/new/")
    page.fill("input[name=name]", "Dora's flowers")
    keep_picture(page, "company-new")
    page.click("main button.btn-primary")
    page.wait_for_url("**/chats/")
    expect(page.locator("#chat-pane")).to_contain_text("Welcome to Dora's flowers")
    expect(page.locator("#chat-pane")).to_contain_text("Confirm your e-mail address")
    keep_picture(page, "first-steps")

    # no channel before the address is confirmed
    page.goto(f"{product.origin}/integrations/add/")
    expect(page.get_by_role("button", name="Connect Website widget")).to_be_disabled()
    mails = open_page("/debug/mails/")
    letter = mails.locator("article", has_text="dora@example.com").first
    while not letter.count():  # a worker brings it
        mails.reload()
    link = re.search(r"http://\S+/accounts/confirm-email/\S+", letter.inner_text())
    assert link is not None
    page.goto(link[0])
    page.click("main button.btn-primary")

    # an assistant and what it knows
    page.goto(f"{product.origin}/assistants/")
    page.get_by_role("link", name="Create an assistant").click()
    page.fill("input[name=name]", "Flora")
    page.fill("textarea[name=first_message]", "Hello from Flora!")
    page.get_by_role("button", name="Create assistant").click()
    page.get_by_role("link", name="Add a text").click()
    page.fill("input[name=name]", "Questions and answers")
    page.fill(
        "textarea[name=content]", "Do you deliver roses on Sundays?\nYes, roses are delivered every Sunday until noon."
    )
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#documents")).to_contain_text("Ready", timeout=60_000)
    keep_picture(page, "knowledge")

    # the test chat answers
    page.get_by_role("link", name="Playground").click()
    page.fill("#playground textarea[name=text]", "Do you deliver roses on Sunday?")
    page.press("#playground textarea[name=text]", "Enter")
    expect(page.locator("#playground article[data-side]").last).to_contain_text("until noon", timeout=30_000)
    keep_picture(page, "test-chat")

    # the widget and its line
    page.goto(f"{product.origin}/integrations/add/")
    page.get_by_role("button", name="Connect Website widget").click()
    page.wait_for_url("**/integrations/*/")
    snippet = page.inner_text("#snippet")
    assert re.fullmatch(
        rf'<script async src="{product.origin}/widget/v1\.js" data-channel="wgt_\w+"></script>', snippet
    )
    expect(page.locator("main")).to_contain_text("Active")
    early = open_page(size=PHONE)
    early.context.add_cookies(page.context.cookies())
    early.goto(_try_address(product))
    early.click(".launcher")
    expect(early.locator(".hint")).to_have_text("Write your question: we answer right here.")
    page.fill("input[name=title] >> nth=1", "Flowers")
    page.fill("textarea[name=greeting]", "Roses?")
    page.locator("#appearance button.btn-primary").click()
    expect(page.locator("#toasts")).to_contain_text("Saved")
    keep_picture(page, "widget-settings")

    # a visitor on a page with it gets the answer, and the inbox has the chat
    page.goto(f"{product.origin}/chats/")
    visitor = open_page(size=PHONE)
    visitor.context.add_cookies(page.context.cookies())
    visitor.goto(_try_address(product))
    visitor.click(".launcher")
    expect(visitor.locator(".panel h2")).to_have_text("Flowers")
    say(visitor, "Roses on Sunday?")
    expect(visitor.locator(".line.theirs .text").last).to_contain_text("until noon", timeout=30_000)
    expect(page.locator("[data-row]")).to_have_count(1)


def _try_address(product: Product) -> str:
    key = product.value(
        "SELECT i.id FROM integrations_integration i JOIN messengers_address a ON a.id = i.address_id"
        " WHERE a.kind = 'widget' ORDER BY i.created_at DESC LIMIT 1"
    )
    return f"{product.origin}/integrations/{key}/try/"
