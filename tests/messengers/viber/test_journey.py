"""Viber through the whole house, with the double of E-Chat at the other end."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import Message
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.files import services as files
from messengers import types
from messengers.models import Address, InboundReceipt
from tests.contract.test_features import drawn
from tests.doubles.echat import EChat, Number
from tests.messengers.stage import Person, chat_of, said, status_of
from tests.messengers.viber.conftest import CUSTOMER
from tests.working import Time, work, work_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_connecting_waits_for_the_first_callback(house: Company, double: EChat, number: Number, time: Time) -> None:
    person = Person(house, "viber")
    shown = person.answers(key=number.key, number="380501234567")
    assert isinstance(shown, types.Show)
    assert "/webhooks/viber/" in shown.copy
    assert number.connected, "the key was tried before anything was set up"

    number.paste(shown.copy)
    work_for(time, 3)
    assert person.attempt.status == "active", "nothing has come yet"
    double.customer_writes(number, CUSTOMER, "Is this thing on?")
    work_for(time, 3)

    assert double.posts[0].status == 200
    assert person.switches_on().external_id == "380501234567"


def test_a_wrong_key_is_said_at_its_field(house: Company, double: EChat, number: Number) -> None:
    person = Person(house, "viber")

    person.answers(key="nonsense", number="380501234567")

    assert person.errors().strip() == "Invalid API key"
    assert not Address.objects.filter(kind="viber").exists()


def test_a_new_key_for_a_known_number_keeps_the_pasted_address(
    house: Company, double: EChat, number: Number, address: Address
) -> None:
    again = double.add_number(number.number)

    person = Person(house, "viber")
    person.answers(key=again.key, number=number.number)

    renewed = person.switches_on()
    assert (renewed.pk, renewed.webhook_token) == (address.pk, address.webhook_token)
    assert renewed.account.credentials["key"] == again.key


def test_a_message_is_stored_once_and_its_answer_delivered(
    double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Є хліб?", repeats=2)
    work(InboundReceipt)
    message = outbound.send(chat_of(address), text="Є", source="AI")
    work()
    (sent,) = double.sent

    double.echo(sent)
    double.report(sent, "1")
    work_for(time, 6)

    assert said(address) == [("User", "Є хліб?"), ("Assistant", "Є")]
    assert (chat_of(address).phone, chat_of(address).display_name) == (CUSTOMER, "Olha")
    assert status_of(message) == "delivered"
    assert chat_of(address).ai_on is True, "our own echo is nobody at the phone"


def test_an_echo_under_an_id_of_echats_own_is_ours_too(
    double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Є хліб?")
    work(InboundReceipt)
    outbound.send(chat_of(address), text="Є, ще теплий", source="AI")
    work()

    double.echo(double.sent[0], under_own_id=True)
    work_for(time, 8)

    assert len(said(address)) == 2
    assert chat_of(address).ai_on is True


def test_what_the_owner_types_on_the_phone_pauses_the_assistant(
    double: EChat, number: Number, address: Address
) -> None:
    double.customer_writes(number, CUSTOMER, "Є хліб?")
    double.type_on_phone(number, CUSTOMER, "Так")
    work(InboundReceipt)

    assert said(address) == [("User", "Є хліб?"), ("Assistant", "Так")]
    assert chat_of(address).ai_on is False


def test_a_lost_answer_is_never_sent_again_and_settled_by_the_status(
    double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    double.fail("/messages/send", "accept then reset")
    message = outbound.send(chat_of(address), text="Є", source="AI")
    work_for(time, 20)
    assert status_of(message) == "unsure"

    double.report(double.sent[0], "1")
    work_for(time, 6)

    assert status_of(message) == "delivered"
    assert len(double.sent) == 1


def test_a_status_is_kept_whatever_it_is(double: EChat, number: Number, address: Address, time: Time) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    messages = [outbound.send(chat_of(address), text=text, source="AI") for text in ("one", "two", "three")]
    work_for(time, 4)

    for sent, status in zip(double.sent, ("2", "5", "42"), strict=True):
        double.report(sent, status)
    work_for(time, 3)

    assert [status_of(message) for message in messages] == ["failed", "sent", "sent"]
    assert InboundReceipt.objects.filter(raw__status="42").exists()


def test_messages_keep_the_pace(double: EChat, number: Number, address: Address, time: Time) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    for text in ("one", "two", "three"):
        outbound.send(chat_of(address), text=text, source="AI")

    counts = []
    for _ in range(3):
        work()
        counts.append(len(double.sent))
        time.pass_by(1.1)

    assert counts == [1, 2, 3]


def test_a_picture_and_a_voice_note_travel_both_ways(double: EChat, number: Number, address: Address) -> None:
    picture, voice = drawn("JPEG"), b"OggS" + bytes(60)
    double.customer_writes(number, CUSTOMER, type="image", file=double.keep_file(picture, "image/jpeg", name="p.jpg"))
    double.customer_writes(number, CUSTOMER, type="voice", file=double.keep_file(voice, "audio/ogg", name="v.ogg"))
    work(InboundReceipt)
    kinds = [(row.type, row.file.size) for row in Message.objects.filter(chat=chat_of(address)).order_by("id")]
    assert kinds == [("Photo", len(picture)), ("Audio", len(voice))]

    outbound.send(chat_of(address), file=files.store(picture, name="p.jpg"), source="AI")
    work()

    assert double.sent[0].media == picture


def test_a_sticker_should_one_come_is_shown_as_one(double: EChat, number: Number, address: Address) -> None:
    """E-Chat documents none: this is one form that it might have."""
    double.customer_writes(number, CUSTOMER, type="sticker", file=double.keep_file(drawn("PNG"), "image/png"))
    work(InboundReceipt)

    message = Message.objects.get(chat=chat_of(address))
    assert (message.specific_type, message.file is not None) == ("sticker", True)


def test_a_sticker_that_we_send_goes_as_a_picture(
    house: Company, double: EChat, number: Number, address: Address
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    browser = Client()
    browser.force_login(house.owner)
    form = {"file": SimpleUploadedFile("cat.png", drawn("PNG"), "image/png"), "sticker": "yes"}

    browser.post(f"/chats/{chat_of(address).pk}/send/", form, headers={"HX-Request": "true"})
    work()

    message = Message.objects.get(role="Assistant")
    assert (message.specific_type, status_of(message)) == ("sticker", "sent")
    (sent,) = double.sent
    assert (set(sent.body), sent.media) == ({"id", "file"}, drawn("PNG")), "no word of a sticker"


def test_a_dead_key_asks_for_a_login_and_the_queue_waits(
    double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    double.fail("/messages/send", "401")
    message = outbound.send(chat_of(address), text="Є", source="AI")
    work()

    address.refresh_from_db()
    assert (address.state, status_of(message), double.sent) == ("login_required", "queued", [])
