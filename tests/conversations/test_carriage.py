"""What a channel takes: the composer, the API and the way out give the same answer, before anything is sent."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import Chat, Message
from conversations.services import carriage, outbound
from happ_project.companies.models import Company, User
from happ_project.files import services as files
from messengers import registry
from messengers.models import Delivery
from tests import factories
from tests.contract.test_features import drawn
from tests.conversations.conftest import ChatOn

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def composer_of(browser: Client, chat: Chat) -> tuple[str, dict[str, Any]]:
    """Its text, and what it checks files by."""
    page = browser.get(f"/chats/{chat.pk}/").content.decode()
    (rules,) = re.findall(r'data-freights="([^"]*)"', page)
    return html.unescape(page[page.index('id="composer"') :]), json.loads(html.unescape(rules))


def test_the_composer_says_what_viber_takes_and_how(browser: Client, chat_on: ChatOn) -> None:
    text, rules = composer_of(browser, chat_on("viber"))

    assert "sent as a picture; received as E-Chat hands them over" in text
    assert "Send as a sticker" in text
    assert rules["sticker"]["note"].startswith("sent as a picture")
    assert rules["audio"]["note"] == "sent as an audio file, not as a voice message"
    assert rules["image"]["most"] == min(25 * 1024 * 1024, settings.LARGEST_UPLOAD)


def test_the_composer_offers_no_sticker_where_none_can_be_sent(browser: Client, chat_on: ChatOn) -> None:
    text, rules = composer_of(browser, chat_on("whatsapp"))

    assert "Send as a sticker" not in text
    assert rules["sticker"]["refused"] == "WhatsApp does not take stickers."
    assert rules["sticker"]["most"] == 0


@pytest.mark.parametrize("kind", registry.kinds())
def test_every_channel_has_an_answer_for_every_kind_of_file(kind: str) -> None:
    for freight in carriage.freights(registry.get(kind)):
        assert freight.refused
        assert freight.is_taken or freight.most == 0
        assert "{mime}" in freight.wrong_type


@pytest.fixture
def api(company: Company) -> Callable[..., Any]:
    key = factories.make_access_token(company)

    def post(**body: Any) -> Any:
        body = {"source": "API", "role": "Assistant", "type": "Photo", **body}
        return Client().post("/api/messages", body, "application/json", headers={"X-Access-Token": key})

    return post


def test_the_api_and_the_composer_give_the_same_reason(
    browser: Client, chat_on: ChatOn, api: Callable[..., Any]
) -> None:
    chat = chat_on("whatsapp")
    picture = files.store(drawn("PNG"), name="hello.png")

    told = api(chatId=str(chat.pk), fileId=str(picture.pk), specificType="sticker")
    upload = SimpleUploadedFile("hello.png", drawn("PNG"), "image/png")
    shown = browser.post(f"/chats/{chat.pk}/send/", {"file": upload, "sticker": "yes"}, headers={"HX-Request": "true"})

    assert (told.status_code, shown.status_code) == (400, 422)
    assert "WhatsApp does not take stickers." in told.content.decode()
    assert "WhatsApp does not take stickers." in shown.content.decode()
    assert not Delivery.objects.exists(), "nothing was queued"


def test_a_sticker_of_vibers_own_goes_by_its_number(browser: Client, chat_on: ChatOn, api: Callable[..., Any]) -> None:
    chat = chat_on("viber_bot")

    told = api(chatId=str(chat.pk), stickerId="40138")
    browser.post(f"/chats/{chat.pk}/send/", {"stickerId": "40139"})

    assert told.status_code == 201, told.content
    assert told.json()["specificType"] == "sticker"
    sent = [row.payload["attachment"] for row in Delivery.objects.order_by("id")]
    assert [(each["kind"], each["ref"]) for each in sent] == [("sticker", "40138"), ("sticker", "40139")]


def test_a_number_is_no_sticker_elsewhere(chat_on: ChatOn, api: Callable[..., Any]) -> None:
    told = api(chatId=str(chat_on("telegram").pk), stickerId="40138")

    assert told.status_code == 400
    assert "Telegram has no stickers that go by a number." in told.content.decode()


def test_a_file_of_another_type_goes_as_a_document(chat_on: ChatOn) -> None:
    chat = chat_on("whatsapp")
    film = files.store(b"\x1aE\xdf\xa3" + b"\x42\x82\x88matroska" + bytes(300), name="film.webm")

    message = outbound.send(chat, file=film)

    assert message is not None
    assert Delivery.objects.get().payload["attachment"]["kind"] == "document"
    assert message.type == Message.Type.DOCUMENT


def test_a_file_over_the_limit_is_refused_with_the_limit(chat_on: ChatOn) -> None:
    adapter = registry.get("whatsapp")

    reason = carriage.refusal(adapter, kind="image", mime="image/png", size=6 * 1024 * 1024)

    assert reason.replace("\xa0", " ") == "WhatsApp takes files of this kind up to 5.0 MB."
