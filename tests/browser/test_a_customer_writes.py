"""The main job, seen by both sides: a visitor writes, the assistant answers, the team looks on and steps in."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Open, Watch, keep_picture, say
from tests.running.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUESTION = ("Hi", "how much is delivery", "to Lviv?")
THEIRS = ".line.theirs .text"
_NOTE_WRITING = """() => new MutationObserver(() => {
    window.wasWriting ||= document.querySelector("#writing:not([hidden])") !== null
}).observe(document.body, {subtree: true, childList: true, attributeFilter: ["hidden"]})"""
"""The built-in answerer writes for some milliseconds only."""


def open_widget(page: Page) -> None:
    page.click(".launcher")
    page.wait_for_selector(".panel textarea")


def open_chat_of(shop: Page, team: Page, product: Product, text: str) -> None:
    """Open the visitor's chat as soon as `text` is in it; answers to other visitors may move its row about."""
    row = team.locator(f"#row-{_chat_of(shop, team, product, text)}")
    row.locator("a").click()
    team.wait_for_selector("[data-composer]")


def _chat_of(shop: Page, team: Page, product: Product, text: str) -> str:
    expect(shop.locator(".line.mine", has_text=text).last).to_be_visible()
    query = "SELECT chat_id FROM conversations_message WHERE text = %s ORDER BY created_at DESC LIMIT 1"
    for _attempt in range(100):
        found = product.rows(query, text)
        if found:
            return str(found[0][0])
        team.wait_for_timeout(100)
    raise AssertionError(f"“{text}” did not arrive")


def test_what_arrives_while_the_inbox_is_still_loading_is_shown(
    open_page: Open, sign_in: Open, product: Product
) -> None:
    # given a page that was drawn before the customer wrote, and whose socket opens after that
    shop = open_page("/demo/shop/")
    open_widget(shop)
    team = sign_in()
    shown_before = team.locator("[data-row]").count()
    held: list[Route] = []
    team.route("**/js/live*.js*", lambda route: held.append(route))
    team.goto(f"{product.origin}/chats/", wait_until="commit")
    expect(team.locator("#chat-list")).to_be_attached()
    say(shop, "Is anybody there already?")
    chat = _chat_of(shop, team, product, "Is anybody there already?")

    # when its live updates begin
    for route in held:
        route.continue_()

    # then the chat is there, without another word from anybody
    expect(team.locator(f"#row-{chat}")).to_be_visible(timeout=3_000)
    assert team.locator("[data-row]").count() == shown_before + 1


def test_three_quick_messages_get_one_answer_and_the_inbox_shows_it_live(
    open_page: Open, sign_in: Open, product: Product
) -> None:
    # given a person at the inbox and a visitor in the shop
    team = sign_in()
    shown_before = team.locator("[data-row]").count()
    shop = open_page("/demo/shop/")
    open_widget(shop)

    # when the visitor writes three messages quickly
    say(shop, *QUESTION)

    # then the chat appears by itself, with its messages, then "is writing", then one answer, without a reload
    expect(team.locator("[data-row]")).to_have_count(shown_before + 1)
    team.evaluate("window.notReloaded = true")
    team.evaluate(_NOTE_WRITING)
    open_chat_of(shop, team, product, QUESTION[-1])
    expect(team.locator("#messages article[data-side=customer]")).to_have_count(3)
    expect(team.locator("#messages article[data-side=assistant]")).to_have_count(1, timeout=30_000)
    expect(team.locator("#messages article[data-side=assistant]")).to_contain_text("80 ₴")
    expect(team.locator("#messages article[data-side=assistant]")).to_contain_text("Built-in answerer")
    assert team.evaluate("window.notReloaded && window.wasWriting")
    keep_picture(team, "inbox-desktop")

    # and the visitor has the same single answer
    expect(shop.locator(THEIRS)).to_have_count(1)
    expect(shop.locator(THEIRS).last).to_contain_text("80 ₴")
    keep_picture(shop, "shop-desktop")
    team.wait_for_timeout(2_000)
    expect(team.locator("#messages article[data-side=assistant]")).to_have_count(1)


def test_a_person_steps_in_and_the_assistant_falls_silent(open_page: Open, sign_in: Open, product: Product) -> None:
    team = sign_in()
    shop = open_page("/demo/shop/", size=PHONE, language="uk-UA")
    open_widget(shop)
    say(shop, "Добрий день!")
    open_chat_of(shop, team, product, "Добрий день!")

    # when the person presses the button twice, as people do
    team.fill("#composer textarea", "Добрий день! Це Олена, чим допомогти?")
    team.dblclick("#composer button.btn-primary")

    # then the visitor gets it once, and it was read
    expect(shop.locator(THEIRS).last).to_contain_text("Це Олена")
    expect(shop.locator(THEIRS)).to_have_count(1)
    expect(team.locator("#messages article[data-side=team]")).to_have_count(1)
    expect(team.locator("#chat-header")).to_contain_text("Assistant is off")
    expect(team.locator("#messages article[data-side=team] use[href$=check-check]")).to_have_count(1)
    keep_picture(shop, "shop-phone")

    # when the customer goes on, then nobody but the person answers
    say(shop, "Скільки коштує доставка?")
    expect(team.locator("#messages article[data-side=customer]")).to_have_count(2)
    team.wait_for_timeout(7_000)
    expect(team.locator("#messages article[data-side=assistant]")).to_have_count(0)

    # until the assistant is switched on again: it takes up what nobody answered
    team.check("#chat-header input[type=checkbox]")
    expect(team.locator("#messages article[data-side=assistant]")).to_have_count(1, timeout=30_000)
    expect(shop.locator(THEIRS).last).to_contain_text("80 ₴")


def test_a_picture_reaches_the_team(open_page: Open, sign_in: Open, product: Product) -> None:
    team = sign_in()
    shop = open_page("/demo/shop/")
    open_widget(shop)

    shop.set_input_files("input[type=file]", {"name": "cup.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(shop.locator(".problem")).to_contain_text("Pictures only")
    shop.set_input_files("input[type=file]", {"name": "cup.png", "mimeType": "image/png", "buffer": _picture()})
    expect(shop.locator(".preview canvas")).to_be_visible()
    say(shop, "My cup came like this")

    open_chat_of(shop, team, product, "My cup came like this")
    picture = team.locator("#messages article img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 60


def _picture() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (60, 40), "#3f6b7d").save(out, "PNG")
    return out.getvalue()


def test_what_is_written_without_a_connection_arrives_once(
    open_page: Open, sign_in: Open, product: Product, watch: Watch
) -> None:
    watch.forgiven = ("ERR_INTERNET_DISCONNECTED", "WebSocket", "Failed to fetch")
    team = sign_in()
    shop = open_page("/demo/shop/")
    open_widget(shop)
    say(shop, "Are you there?")
    expect(shop.locator(".line.mine .foot").last).to_contain_text("Sent")
    open_chat_of(shop, team, product, "Are you there?")

    # given a page that is opened again while the connection is gone, with a message waiting
    shop.context.set_offline(True)
    shop.evaluate("dispatchEvent(new Event('offline'))")
    say(shop, "written in a tunnel")
    shop.context.set_offline(False)
    shop.reload()
    open_widget(shop)

    # then it goes out once and everybody sees it once
    expect(shop.locator(".line.mine .text", has_text="written in a tunnel")).to_have_count(1)
    expect(team.locator("#messages article", has_text="written in a tunnel")).to_have_count(1)
    shop.reload()
    open_widget(shop)
    expect(shop.locator(".line.mine .text", has_text="written in a tunnel")).to_have_count(1)


def test_the_inbox_says_that_it_reconnects_and_misses_nothing(
    open_page: Open, sign_in: Open, product: Product, watch: Watch
) -> None:
    watch.forgiven = ("WebSocket", "ERR_", "Failed to fetch", "AbortError", "Timeout")
    team = sign_in()
    shop = open_page("/demo/shop/")
    open_widget(shop)
    say(shop, "Before")
    expect(team.locator("[data-row]", has_text="Before")).to_be_visible()
    team.evaluate("window.notReloaded = true")

    # when the web process dies, again and again until somebody can notice, and comes back for good
    deadline = time.monotonic() + 60
    while team.locator("#live-notice").is_hidden():
        assert time.monotonic() < deadline, "nobody was told that the connection is gone"
        with suppress(ProcessLookupError, KeyError):
            os.kill(product.pids()["web"], signal.SIGKILL)
        team.wait_for_timeout(500)
    say(shop, "Meanwhile")
    keep_picture(team, "inbox-reconnecting")

    # then what was written meanwhile is here, and the page was not loaded again
    expect(team.locator("[data-row]", has_text="Meanwhile")).to_be_visible(timeout=60_000)
    expect(team.locator("#live-notice")).to_be_hidden(timeout=60_000)
    assert team.evaluate("window.notReloaded")
    open_chat_of(shop, team, product, "Meanwhile")
    expect(team.locator("#messages article", has_text="Meanwhile")).to_have_count(1)


def test_hostile_words_stay_words(open_page: Open, sign_in: Open, product: Product) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    team = sign_in()
    shop = open_page("/demo/shop/")
    open_widget(shop)
    say(shop, hostile)

    open_chat_of(shop, team, product, hostile)
    expect(team.locator("#messages article").first).to_contain_text(hostile)
    expect(team.locator("[data-row]", has_text="<img src=x")).to_be_visible()
    team.fill("#composer textarea", hostile)
    team.press("#composer textarea", "Enter")
    expect(shop.locator(THEIRS).last).to_contain_text(hostile)
    assert team.locator("#messages article img, #messages article script").count() == 0
    assert shop.locator(".log img, .log script").count() == 0
    assert {team.title()[:1], shop.title()[:1]}.isdisjoint({"1", "2"})


@contextmanager
def strangers_site(origin: str, channel: str) -> Iterator[str]:
    """A page of another origin with a strict policy of its own and rude styles; yields its address."""
    policy = (
        f"default-src 'none'; style-src 'self'; script-src {origin}; img-src {origin} data:; "
        f"connect-src {origin} {origin.replace('http', 'ws')}"
    )
    html = (
        '<!doctype html><title>Shop</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/rude.css">'
        f'<h1>A shop</h1><script async src="{origin}/widget/v1.js" data-channel="{channel}"></script>'
    )
    rude = "* { color: red !important; display: block !important; border: 9px solid lime !important; font-size: 40px }"

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            css = self.path == "/rude.css"
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if css else "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write((rude if css else html).encode())

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def test_the_widget_works_on_a_strangers_page_with_a_strict_policy(open_page: Open, product: Product) -> None:
    channel = product.value(
        "SELECT external_id FROM messengers_address WHERE kind = 'widget' ORDER BY created_at LIMIT 1"
    )
    with strangers_site(product.origin, channel) as site:
        page = open_page(site)
        open_widget(page)
        say(page, "How much is delivery?")
        expect(page.locator(THEIRS).last).to_contain_text("80 ₴", timeout=30_000)

        # the page's styles stop at the widget's border
        bubble = page.locator(".line.mine .bubble").first
        assert bubble.evaluate("node => getComputedStyle(node).fontSize") == "15px"
        assert page.locator("[id^=happ-widget]").evaluate("node => getComputedStyle(node).borderTopWidth") == "0px"

        # and the keyboard is enough: Escape closes, Enter opens, unread answers are counted meanwhile
        page.keyboard.press("Escape")
        assert page.locator(".panel").is_hidden()
        page.keyboard.press("Enter")
        assert page.locator(".panel").is_visible()
