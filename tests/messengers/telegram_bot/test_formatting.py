"""Bold words, links and code on the whole way: from Telegram into the inbox, and from the inbox to Telegram."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assistants.types import Outcome
from conversations import selectors
from conversations.models import Message
from conversations.services import outbound, several
from happ_project.companies.models import Company
from happ_project.core import markup
from happ_project.files import services as files
from messengers.models import Address, Delivery, InboundReceipt, MessageChange
from tests import factories
from tests.contract.test_features import drawn
from tests.doubles.telegram_bot import Bot, TelegramBot, refusal
from tests.messengers.stage import chat_of, said, status_of
from tests.working import Mind, Time, work, work_for

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = 5001
BOLD = {"type": "bold", "offset": 3, "length": 4}


@pytest.fixture
def client(house: Company) -> Client:
    client = Client()
    client.force_login(house.owner)
    return client


def page(client: Client, address: Address) -> str:
    return client.get(f"/chats/{chat_of(address).pk}/").content.decode()


def looks(sent: Any) -> list[dict[str, Any]]:
    return sent.fields.get("entities") or []


def test_what_a_customer_formatted_is_shown_so_and_is_plain_for_everybody_else(
    client: Client, double: TelegramBot, bot: Bot, address: Address
) -> None:
    link = {"type": "text_link", "offset": 8, "length": 4, "url": "https://x.example/"}
    double.writes(bot, PERSON, "😀 bold link <b>", entities=[BOLD, link])
    work(InboundReceipt)

    message = Message.objects.get(role="User")
    plain = "😀 bold link (https://x.example/) <b>"
    assert message.text == message.chat.last_message_text == plain
    assert selectors.message_json(message)["text"] == plain
    assert [entry.text for entry in selectors.transcript(message.chat)] == [plain]
    html = page(client, address)
    assert '😀 <strong>bold</strong> <a href="https://x.example/"' in html
    assert ">link</a> &lt;b&gt;" in html


def test_signs_that_a_customer_typed_stay_signs(
    client: Client, double: TelegramBot, bot: Bot, address: Address
) -> None:
    typed = "**2*3*4** snake_case_name [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    double.writes(bot, PERSON, typed)
    work(InboundReceipt)

    assert said(address) == [("User", typed)]
    html = page(client, address)
    assert "**2*3*4** snake_case_name [x](javascript:alert(1)) &lt;img src=x onerror=alert(1)&gt;" in html


def test_an_address_of_a_customer_that_no_page_should_follow_is_no_link(
    client: Client, double: TelegramBot, bot: Bot, address: Address
) -> None:
    bad = {"type": "text_link", "offset": 0, "length": 5, "url": 'javascript:alert("1")'}
    double.writes(bot, PERSON, "click here", entities=[bad])
    work(InboundReceipt)

    assert "click (javascript:alert(&quot;1&quot;)) here" in page(client, address)
    assert 'href="javascript:' not in page(client, address)


def test_a_change_of_the_formatting_alone_is_followed(double: TelegramBot, bot: Bot, address: Address) -> None:
    number = double.writes(bot, PERSON, "😀 bold")
    double.edits(bot, PERSON, number, "😀 bold", entities=[BOLD])
    work(InboundReceipt)

    message = Message.objects.get(role="User")
    assert [(mark.kind, mark.start, mark.end) for mark in message.said.marks] == [("bold", 2, 6)]
    assert message.edited_at


def test_what_a_person_writes_in_the_composer_is_formatted_and_literal_signs_survive(
    client: Client, double: TelegramBot, bot: Bot, address: Address
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    text = "😀 **bold**: 2*3*4 snake_case [us](https://x.example)"

    client.post(f"/chats/{chat_of(address).pk}/send/", {"text": text, "clientKey": "k"})
    work()

    (sent,) = double.sent
    assert sent.text == "😀 bold: 2*3*4 snake_case us"
    assert looks(sent) == [BOLD, {"type": "text_link", "offset": 26, "length": 2, "url": "https://x.example"}]
    assert said(address)[-1] == ("Assistant", "😀 bold: 2*3*4 snake_case us (https://x.example)")
    assert "<strong>bold</strong>: 2*3*4 snake_case" in page(client, address)


def test_a_correction_keeps_the_formatting_of_the_words_that_stay(
    double: TelegramBot, bot: Bot, address: Address
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    message = outbound.send(chat_of(address), said=markup.read("😀 **bold** at 8"))
    work()

    outbound.edit(Message.objects.get(pk=message.pk), "😀 bold at 9, sharp")
    work(MessageChange)

    (sent,) = double.sent
    assert (sent.text, looks(sent)) == ("😀 bold at 9, sharp", [BOLD])


def test_formatting_goes_along_with_an_album(double: TelegramBot, bot: Bot, address: Address) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    pictures = [files.store(drawn("PNG") + bytes([place]), name="p.png") for place in range(2)]

    several.send(chat_of(address), files=pictures, said=markup.read("😀 **bold** 2*3*4"))
    work()

    shown = [(sent.text, sent.fields.get("caption_entities")) for sent in double.sent]
    assert shown == [("😀 bold 2*3*4", [BOLD]), ("", None)]


@pytest.mark.parametrize("reason", ["Bad Request: ENTITY_BOUNDS_INVALID", "Bad Request: can't parse entities: x"])
def test_a_message_goes_plain_where_its_formatting_is_refused(
    double: TelegramBot, bot: Bot, address: Address, reason: str
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    double.fail("/sendMessage", "400", answer=refusal(400, reason))

    message = outbound.send(chat_of(address), said=markup.read("**See** [our page](https://x.example)"))
    work()

    assert status_of(message) == "sent"
    assert [(sent.text, looks(sent)) for sent in double.sent] == [("See our page (https://x.example)", [])]
    assert Delivery.objects.get().attempts == 1


def test_what_is_too_large_is_not_taken_for_a_refused_formatting(
    double: TelegramBot, bot: Bot, address: Address
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    double.fail("/sendMessage", "413", answer=refusal(413, "Request Entity Too Large"))

    message = outbound.send(chat_of(address), said=markup.read("**See**"))
    work()

    assert status_of(message) == "failed"
    assert double.sent == []


def test_an_assistants_answer_is_formatted_in_telegram_and_in_the_inbox(
    house: Company, client: Client, double: TelegramBot, bot: Bot, address: Address, mind: Mind, time: Time
) -> None:
    double.writes(bot, PERSON, "What do you have?")
    work(InboundReceipt)
    answer = markup.read("**Menu**\n* `soup` 5*2")
    mind.says = [Outcome(kind="answer", text=answer.text, marks=answer.marks)]
    chat = chat_of(address)
    chat.assistant = factories.make_assistant(house)
    chat.save()
    double.writes(bot, PERSON, "?")
    work_for(time, 10)

    assert [(sent.text, [e["type"] for e in looks(sent)]) for sent in double.sent] == [
        ("Menu\n- soup 5*2", ["bold", "code"])
    ]
    assert "<strong>Menu</strong>\n- <code>soup</code> 5*2" in page(client, address)
