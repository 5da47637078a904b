"""A real Chromium in front of the real running product, and a watch that notes what must not happen on a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright

from happ_project.demo import EMAIL
from tests.running.product import Product, workspace

PICTURES = Path(__file__).parents[2] / "test-artifacts"
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PASSWORD = "seven cups of sencha"
DESKTOP, PHONE = (1440, 900), (390, 844)
expect.set_options(timeout=20_000)  # on a busy machine everything takes its time


class Watch:
    """What the pages of one test complained about or asked of other machines."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.forgiven: tuple[str, ...] = ()

    def over(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error on the page: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.complaints.append(f"a request to another machine: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} from {response.url}")

    def unforgiven(self) -> list[str]:
        return [each for each in self.complaints if not any(word in each for word in self.forgiven)]


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    """The product with its demo company, started once for the tests of this folder."""
    with workspace() as where:
        running = Product(where, HAPP_DEMO_PASSWORD=PASSWORD)
        try:
            running.start(seconds=180)
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Closed when the tests of this folder end: while it is open, Playwright keeps an event loop running in this
    thread, and neither another loop nor Django's ORM would work beside it."""
    program = os.environ.get("HAPP_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium, or set HAPP_CHROMIUM")
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test at its end if anything was noted that the test did not forgive."""
    watching = Watch()
    yield watching
    assert watching.unforgiven() == []


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, product: Product, watch: Watch) -> Iterator[Open]:
    """Opens an address of the product in a browser of its own: `size`, `language` and `dark` say whose."""
    contexts = []

    def opened(path: str = "", *, size: tuple[int, int] = DESKTOP, language: str = "en-US", dark: bool = False) -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Kyiv",
            has_touch=size == PHONE,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        watch.over(page)
        if path:
            page.goto(path if "//" in path else product.origin + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(open_page: Open, product: Product) -> Open:
    """A page of the demo company's team, signed in, on the inbox."""

    def signed_in(path: str = "/chats/", **who: object) -> Page:
        page = open_page("/accounts/login/", **who)
        page.fill("input[name=login]", EMAIL)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/chats/")
        if path != "/chats/":
            page.goto(product.origin + path)
        return page

    return signed_in


def say(page: Page, *texts: str) -> None:
    """Write in the widget, which has to be open."""
    for text in texts:
        page.fill("textarea", text)
        page.press("textarea", "Enter")


def keep_picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")
