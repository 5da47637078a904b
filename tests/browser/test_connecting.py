"""Channels as a business owner connects them: Viber with the address to paste, and a messenger of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, PHONE, Open, Watch, keep_picture
from tests.doubles import wasender
from tests.doubles.company_server import CompanyServer
from tests.doubles.echat import EChat
from tests.doubles.wasender import WaSender
from tests.running.product import Product, workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CUSTOMER = "+380671112233"
SECRET = "a secret of both sides"


@dataclass
class World:
    echat: EChat
    shop: CompanyServer
    wasender: WaSender


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with EChat() as echat, CompanyServer(secret=SECRET) as shop, wasender.running() as gateway:
        yield World(echat, shop, gateway)


@pytest.fixture(scope="module")
def product(world: World) -> Iterator[Product]:
    """A product of its own, in front of the doubles."""
    with workspace() as where:
        running = Product(
            where,
            HAPP_DEMO_PASSWORD=PASSWORD,
            ECHAT_BASE_URL=world.echat.base_url,
            WASENDER_BASE_URL=world.wasender.base_url,
            OUTBOUND_ALLOWED_PRIVATE=f"127.0.0.1:{world.shop.port}",
        )
        try:
            running.start(seconds=180)
            yield running
        finally:
            running.stop()


def connect(page: Page, product: Product, title: str) -> None:
    page.goto(f"{product.origin}/integrations/add/")
    page.get_by_role("button", name=f"Connect {title}", exact=True).click()
    page.wait_for_selector("#step input.input")


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#step-{name}", value)
    page.get_by_role("button", name="Continue").click()


def error_at(page: Page, name: str) -> None:
    expect(page.locator(f"#step-{name}")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#step-{name}")).to_be_focused()


def activate(page: Page) -> None:
    page.locator("#step a[href*='/integrations/']").first.click()
    page.get_by_role("button", name="Activate").click()
    expect(page.locator("#health")).to_contain_text("Active")


def test_viber_waits_for_its_first_callback_and_says_when_it_came(
    sign_in: Open, product: Product, world: World
) -> None:
    number = world.echat.add_number("380501234567")
    page = sign_in(size=PHONE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=product.origin)

    connect(page, product, "Viber")
    fill(page, key="nonsense", number="+380 50 123 45 67")
    error_at(page, "key")
    expect(page.locator("#step-key-error")).to_have_text("Invalid API key")
    fill(page, key=number.key)

    expect(page.locator("#step")).to_contain_text("Waiting for the first callback…")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    pasted = page.evaluate("navigator.clipboard.readText()")
    assert pasted.startswith(f"{product.origin}/webhooks/viber/")
    toast, heading = page.locator("#toasts").bounding_box(), page.locator("h1").bounding_box()
    assert toast is not None and heading is not None and toast["y"] > heading["y"] + heading["height"]
    keep_picture(page, "viber-waits")
    number.paste(pasted)
    world.echat.customer_writes(number, CUSTOMER, "Is this on?")

    expect(page.locator("#step")).to_contain_text("The first callback has been received")
    keep_picture(page, "viber-connected")
    activate(page)
    expect(page.locator("#callback-url")).to_have_text(pasted)
    expect(page.locator("#callbacks")).to_contain_text("Last callback")
    world.echat.customer_writes(number, CUSTOMER, "Do you have bread?")
    page.goto(f"{product.origin}/chats/")
    expect(page.locator("[data-row]")).to_contain_text("Do you have bread?")


def test_a_messenger_of_ones_own_is_tried_before_and_after(
    sign_in: Open, product: Product, world: World, watch: Watch
) -> None:
    watch.forgiven = ("422",)  # what the browser says of a form that is shown again
    page = sign_in()

    connect(page, product, "Custom messenger")
    fill(page, name="Shop app", endpoint="http://crm.example.com/happ", secret="short")
    error_at(page, "endpoint")
    expect(page.locator("#step-endpoint-error")).to_have_text("The address must begin with https://")
    expect(page.locator("#step-secret-error")).to_have_text("A secret has 8 to 200 characters.")
    fill(page, endpoint="https://10.0.0.1/happ", secret=SECRET)
    expect(page.locator("#step-endpoint-error")).to_contain_text("leads into a private network")
    fill(page, endpoint=f"{world.shop.origin}/nowhere")
    expect(page.locator("#step-endpoint-error")).to_contain_text("Your server answered 404")
    fill(page, endpoint=world.shop.endpoint)
    expect(page.locator("#step")).to_contain_text("Connected.")
    activate(page)

    world.shop.channel_url = page.inner_text("#inbound-url")
    page.get_by_role("button", name="Send a test message").click()
    expect(page.locator("#requests li")).to_have_count(1)
    expect(page.locator("#requests li").first).to_contain_text("200")
    assert world.shop.customer_writes("user_42", "Hello!", metadata={"order": 17}).status == 200
    world.shop.secret = "somebody else's"
    assert world.shop.customer_writes("user_42", "let me in").status == 403
    world.shop.secret = SECRET
    page.reload()
    expect(page.locator("#requests li")).to_have_count(3)
    page.locator("#requests summary").nth(1).click()
    expect(page.locator("#requests li").nth(1)).to_contain_text('"order": 17')
    keep_picture(page, "custom-requests")

    page.fill("input[name=endpoint]", "https://192.168.1.1/happ")
    page.locator("form[action$='/change/'] button").click()
    expect(page.locator("input[name=endpoint]")).to_be_focused()
    expect(page.locator("#id_endpoint_error")).to_contain_text("leads into a private network")


def test_how_a_channel_stands_is_followed_while_the_page_is_open(sign_in: Open, product: Product, world: World) -> None:
    token = world.wasender.add_token()
    page = sign_in()
    connect(page, product, "WhatsApp")
    fill(page, token="nonsense")
    error_at(page, "token")
    fill(page, token=token)
    page.wait_for_selector("#step-phone")
    fill(page, name="Shop", phone="+380501112233")
    expect(page.locator("#qr")).to_be_visible()
    (session,) = world.wasender.sessions.values()
    assert not world.wasender.scan(session, "an old code")

    assert world.wasender.scan(session)
    expect(page.locator("#step")).to_contain_text("Connected.")
    activate(page)
    page.goto(f"{product.origin}/integrations/")
    channel = page.locator("section", has_text="WhatsApp")
    expect(channel).to_contain_text("Connected")
    world.wasender.log_out(session)

    expect(channel).to_contain_text("Log in again")
    expect(page.locator("#troubles")).to_contain_text("Messages do not come in or go out.")
    page.locator("#troubles a").click()
    expect(page.get_by_role("button", name="Log in again")).to_be_visible()
