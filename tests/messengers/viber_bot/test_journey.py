"""An official Viber bot through the whole house, with the double of Viber's API at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conversations.models import Message
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock, ids
from happ_project.files import services as files
from messengers import types
from messengers.models import Address, InboundReceipt
from messengers.services import outbox
from tests.contract.test_features import drawn
from tests.doubles.viber_bot import Bot, ViberBot
from tests.messengers.stage import Person, chat_of, said, status_of
from tests.working import Time, work, work_for

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = "01234567890A="


@pytest.fixture
def double(house: Company, settings: Any) -> Iterator[ViberBot]:
    with ViberBot(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {"VIBER_BOT_BASE_URL": double.base_url}
        yield double


@pytest.fixture
def bot(double: ViberBot) -> Bot:
    return double.add_bot()


@pytest.fixture
def address(house: Company, bot: Bot) -> Address:
    person = Person(house, "viber_bot")
    person.answers(token=bot.token)
    return person.switches_on()


def test_viber_tries_our_address_while_the_login_is_still_under_way(
    double: ViberBot, bot: Bot, address: Address
) -> None:
    assert double.posts[0].status == 200
    assert bot.webhook.endswith(f"/webhooks/viber_bot/{address.webhook_token}/")


def test_a_token_is_tried_before_anything_is_saved(house: Company, bot: Bot) -> None:
    person = Person(house, "viber_bot")

    person.answers(token="somebody else's")

    assert "Viber does not accept this token." in person.errors()
    assert (bot.webhook, Address.objects.filter(kind="viber_bot").exists()) == ("", False)


def test_a_message_and_its_answer_up_to_read(double: ViberBot, bot: Bot, address: Address, time: Time) -> None:
    double.opens(bot, PERSON)
    double.writes(bot, PERSON, "Є хліб?", repeats=2)
    work(InboundReceipt)
    message = outbound.send(chat_of(address), text="Є", source="AI")
    work()
    (sent,) = double.sent
    assert Message.objects.get(pk=message.pk).external_id == sent.token, "all 64 bits of it"

    double.reports(sent, "seen")
    double.reports(sent, "delivered")
    work_for(time, 3)

    assert said(address) == [("User", "Є хліб?"), ("Assistant", "Є")]
    assert status_of(message) == "read", "what comes late takes nothing back"


def test_pictures_and_stickers_travel_both_ways(double: ViberBot, bot: Bot, address: Address) -> None:
    picture = drawn("JPEG")
    double.writes(bot, PERSON, type="picture", media=double.keep_file(picture, "image/jpeg"), text="цей?")
    sticker = double.keep_file(drawn("PNG"), "image/png")
    double.writes(bot, PERSON, type="sticker", sticker_id=40138, media=sticker)
    work(InboundReceipt)
    received = Message.objects.filter(chat=chat_of(address)).order_by("id")
    assert [(row.specific_type, bool(row.file)) for row in received] == [("", True), ("sticker", True)]

    outbound.send(chat_of(address), text="так", file=files.store(picture, name="p.jpg"), source="AI")
    own = types.OutgoingAttachment(kind="sticker", file_id="", mime="", ref="40138")
    outbox.enqueue(address, chat_ref=PERSON, message_ref=ids.new_id(), content=outbox.Content(attachment=own))
    work()

    assert [sent.body["type"] for sent in double.sent] == ["picture", "sticker"]
    assert (double.sent[0].content, double.sent[1].body["sticker_id"]) == (picture, 40138)


def test_who_left_the_bot_gets_nothing_and_the_reason_is_shown(double: ViberBot, bot: Bot, address: Address) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    bot.people.clear()

    message = outbound.send(chat_of(address), text="Hello", source="AI")
    work()

    message.refresh_from_db()
    assert (message.status, message.status_detail) == (
        "failed", "This person has left the bot. They have to write to it first."
    )  # fmt: skip


def test_a_forged_callback_leaves_nothing(double: ViberBot, bot: Bot, address: Address) -> None:
    real, bot.token = bot.token, "another token"
    double.writes(bot, PERSON, "let me in")
    bot.token = real

    assert double.posts[-1].status == 403
    assert not InboundReceipt.objects.exists()
