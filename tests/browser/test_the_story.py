"""The whole story: an assistant learns from a PDF and a page, gets a tool, is tried and published, and serves Telegram.

A customer books a table, asks for a person, is answered by one, and then the assistant is back. Model, booking service,
website and Telegram are servers on loopback that speak the real wires.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Open, keep_picture
from tests.doubles import tool_service
from tests.doubles.model import ModelServer, Reply
from tests.doubles.telegram import Account, Running
from tests.doubles.tool_service import ToolService
from tests.doubles.website import Website
from tests.running.product import Product, workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

OWNER, CUSTOMER = "+380501110001", "+380501110002"
MENU = "<h1>Menu of the cafe</h1><p>Borshch with garlic bread costs 145 hryvnias. Varenyky cost 120 hryvnias.</p>"
RULES = "Our terrace is open from May to September. Dogs are welcome on the terrace, not in the hall."


class Waiter(ModelServer):
    """A model that books a table when it is asked for one, and else answers from what it was given to know."""

    def next_reply(self) -> Reply:
        lines = self.requests[-1].body["messages"]
        known, last = str(lines), lines[-1]
        if last["role"] == "tool":
            return Reply(text="Your table for two is booked, the number is R-17.")
        if "table" in str(last["content"]):
            return Reply(tool="book_table", arguments={"people": 2, "time": "19:00"})
        if "orshch" in str(last["content"]):
            return Reply(text="Borshch costs 145 hryvnias." if "145 hryvnias" in known else "I do not know.")
        return Reply(text="Dogs are welcome on the terrace." if "Dogs are welcome" in known else "I do not know.")


@dataclass
class World:
    model: Waiter
    bookings: ToolService
    website: Website
    telegram: Running
    owner: Account
    customer: Account


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Running() as telegram, tool_service.running() as bookings, Website() as website:
        model = Waiter()
        model.start()
        owner = telegram.do(lambda dc: dc.add_account(OWNER, "Cafe Chaika"))
        customer = telegram.do(lambda dc: dc.add_account(CUSTOMER, "Bohdan"))
        yield World(model, bookings, website, telegram, owner, customer)
        model.stop()


@pytest.fixture(scope="module")
def product(world: World) -> Iterator[Product]:
    """A product of its own, with a model and with friends on loopback."""
    settings = {name: str(value) for name, value in world.telegram.settings.items()}
    with workspace() as where:
        running = Product(
            where,
            HAPP_DEMO_PASSWORD=PASSWORD,
            OPENAI_API_KEY=world.model.api_key,
            OPENAI_BASE_URL=world.model.base_url,
            OPENAI_MODEL="test-large",
            OUTBOUND_ALLOWED_PRIVATE=f"{world.bookings.address},{world.website.address}",
            **settings,
        )
        try:
            running.start(seconds=180)
            yield running
        finally:
            running.stop()


def test_an_assistant_learns_is_tried_published_and_serves_telegram(
    sign_in: Open, open_page: Open, chromium: Browser, product: Product, world: World, tmp_path: Path
) -> None:
    page = sign_in("/assistants/new/")

    # an assistant that knows a PDF and a page
    page.fill("input[name=name]", "Waiter")
    page.fill("textarea[name=prompt]", "You are the waiter of the cafe Chaika.")
    page.get_by_role("button", name="Create assistant").click()
    page.wait_for_url("**/knowledge/")
    home = page.url.removesuffix("knowledge/")
    _teach(page, home, _pdf(chromium, tmp_path), world.website.put("/rules", f"<h1>Rules</h1><p>{RULES}</p>"))
    keep_picture(page, "story-knowledge")

    # a tool that books
    page.goto(f"{home}tools/new/")
    page.fill("input[name=name]", "book_table")
    page.fill("textarea[name=description]", "Book a table. Returns the number of the booking.")
    page.fill("input[name=url]", world.bookings.url)
    for row, (name, kind) in enumerate([("people", "integer"), ("time", "string")]):
        page.fill(f"input[name=params-{row}-name]", name)
        page.select_option(f"select[name=params-{row}-type]", kind)
    _save(page)
    expect(page.locator("main")).to_contain_text("book_table")

    # tried on the draft, with its trace beside it
    page.goto(f"{home}test/")
    _ask(page, "What does the borshch cost?", "Borshch costs 145 hryvnias.")
    _ask(page, "May my dog come along?", "Dogs are welcome on the terrace.")
    keep_picture(page, "story-playground")

    # published
    page.goto(f"{home}publish/")
    page.fill("input[name=note]", "It books tables")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url("**/versions/")
    keep_picture(page, "story-versions")

    # Telegram, answered by it
    _connect_telegram(page, product, world)
    world.telegram.until(lambda dc: world.owner.connections, seconds=30)
    keep_picture(page, "story-telegram")

    # a customer books in Telegram
    _writes(world, "Good evening! A table for two at 19:00, please")
    world.telegram.until(lambda dc: "R-17" in _heard(world), seconds=60)
    (booked,) = [request.body for request in world.bookings.requests]
    assert booked == {"people": 2, "time": "19:00"}
    page.goto(f"{product.origin}/chats/")
    page.locator("[data-row]", has_text="Bohdan").click()
    expect(page.locator("#messages")).to_contain_text("the number is R-17")
    keep_picture(page, "story-booked")

    # asks for a person, and gets one
    _writes(world, "I want to talk to a person")
    expect(page.locator("#chat-header")).to_contain_text("Assistant is off", timeout=30_000)
    page.fill("#composer textarea", "Olena here. How can I help?")
    page.press("#composer textarea", "Enter")
    world.telegram.until(lambda dc: "Olena here. How can I help?" in _heard(world), seconds=60)
    keep_picture(page, "story-person")

    # after the silence the assistant is back
    product.execute("UPDATE conversations_chattimer SET run_at = now() WHERE state = 'waiting'")
    expect(page.locator("#chat-header")).to_contain_text("Assistant answers", timeout=30_000)
    _writes(world, "Thank you! May my dog come along?")
    world.telegram.until(lambda dc: "Dogs are welcome on the terrace." in _heard(world), seconds=60)
    expect(page.locator("#messages")).to_contain_text("Dogs are welcome on the terrace.")
    keep_picture(page, "story-back")


def _pdf(chromium: Browser, folder: Path) -> Path:
    """A real PDF, printed by the browser."""
    context = chromium.new_context()
    sheet = context.new_page()
    sheet.set_content(MENU)
    sheet.pdf(path=folder / "menu.pdf")
    context.close()
    return folder / "menu.pdf"


def _teach(page: Page, home: str, menu: Path, rules: str) -> None:
    page.goto(f"{home}knowledge/new/?kind=file")
    page.set_input_files("input[name=upload]", menu)
    _save(page)
    page.goto(f"{home}knowledge/new/?kind=url")
    page.fill("input[name=url]", rules)
    _save(page)
    page.goto(f"{home}knowledge/")
    expect(page.locator("#documents").get_by_text("Ready")).to_have_count(2, timeout=60_000)


def _save(page: Page) -> None:
    """To its answer: a browser that is sent on at once takes the form back."""
    form = page.url
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: url != form)


def _ask(page: Page, question: str, answer: str) -> None:
    page.fill("#playground textarea[name=text]", question)
    page.press("#playground textarea[name=text]", "Enter")
    expect(page.locator("#playground article[data-side]").last).to_contain_text(answer, timeout=30_000)


def _connect_telegram(page: Page, product: Product, world: World) -> None:
    page.goto(f"{product.origin}/integrations/add/")
    page.get_by_role("button", name="Connect Telegram", exact=True).click()
    page.fill("#step-phone", OWNER)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("#step-code")
    page.fill("#step-code", world.telegram.do(lambda dc: dc.code_for(OWNER)))
    page.get_by_role("button", name="Continue").click()
    page.locator("#step a[href*='/integrations/']").first.click()
    page.wait_for_selector("select[name=assistant]")
    page.get_by_role("button", name="Activate").click()
    expect(page.locator("main")).to_contain_text("Active")
    page.select_option("select[name=assistant]", label="Waiter")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator("#toasts")).to_contain_text("are answered by Waiter")
    expect(page.locator("main")).to_contain_text("Connected", timeout=30_000)


def _writes(world: World, text: str) -> None:
    world.telegram.do(lambda dc: dc.post.send(world.customer, world.owner, text))


def _heard(world: World) -> str:
    """All that stands in the customer's Telegram."""
    return "\n".join(copy.message.text for copy in world.customer.mailbox.copies.values())
