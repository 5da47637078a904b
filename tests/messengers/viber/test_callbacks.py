"""Whether E-Chat still calls: nobody says so when somebody takes the pasted address out of its cabinet."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock
from integrations.models import Integration
from messengers.models import Address, Delivery, InboundReceipt
from messengers.services import callbacks
from tests.doubles.echat import EChat, Number
from tests.messengers.stage import Person, chat_of
from tests.messengers.viber.conftest import CUSTOMER
from tests.working import Time, work, work_for

pytestmark = pytest.mark.django_db(transaction=True)

TOO_LONG = 11 * 60


@pytest.fixture
def client(house: Company) -> Client:
    client = Client()
    client.force_login(house.owner)
    return client


def page_of(client: Client, address: Address) -> str:
    path = f"/integrations/{Integration.objects.get(address=address).pk}/"
    return html.unescape(client.get(path).content.decode())


def unanswered(address: Address) -> int:
    found = callbacks.of(Address.objects.get(pk=address.pk))
    assert found is not None
    return found.unanswered


def write_to_customer(address: Address, *texts: str, time: Time) -> None:
    for text in texts:
        outbound.send(chat_of(address), text=text, source="AI")
    work_for(time, 2 * len(texts))


def test_the_first_callback_is_told_as_soon_as_it_came(
    house: Company, client: Client, double: EChat, number: Number, time: Time
) -> None:
    person = Person(house, "viber")
    shown = person.answers(key=number.key, number="380501234567")
    login = f"/integrations/login/{person.attempt.public_id}/"
    waiting = html.unescape(client.get(login).content.decode())
    number.paste(shown.copy)
    double.customer_writes(number, CUSTOMER, "Is this thing on?")
    work_for(time, 3)

    received = html.unescape(client.get(f"{login}step/", headers={"HX-Request": "true"}).content.decode())

    assert "Waiting for the first callback" in waiting
    assert 'id="step-copy"' in waiting and shown.copy in waiting and 'data-copy="step-copy"' in waiting
    assert "The first callback has been received" in received
    assert person.switches_on().last_called_at is not None


def test_the_address_to_paste_stays_on_the_channels_page(client: Client, number: Number, address: Address) -> None:
    page = page_of(client, address)

    assert number.incoming_url in page
    assert 'data-copy="callback-url"' in page
    assert "No callback has come yet." in page


def test_any_callback_is_a_sign_of_life(
    client: Client, double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    time.pass_by(3600)
    write_to_customer(address, "one", time=time)

    double.report(double.sent[0], "42")
    work_for(time, 1)

    address.refresh_from_db()
    assert (clock.now() - address.last_called_at).total_seconds() < 60
    assert "Last callback" in page_of(client, address)


def test_messages_that_go_out_into_a_silence_are_told_of(
    client: Client, double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    time.pass_by(120)
    write_to_customer(address, "one", "two", "three", time=time)
    assert unanswered(address) == 0, "a status may take its time"

    time.pass_by(TOO_LONG)

    assert unanswered(address) == 3
    assert "3 messages went out since then, and nothing was told of them." in page_of(client, address)
    double.report(double.sent[0], "1")
    work_for(time, 1)
    assert unanswered(address) == 0, "it calls again"


def test_what_was_told_of_right_after_another_callback_is_no_silence(
    double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    time.pass_by(5)
    write_to_customer(address, "one", "two", "three", time=time)
    for accepted in double.sent:
        double.report(accepted, "5")
    work_for(time, 1)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent"}, "the customer's phone is off"

    time.pass_by(TOO_LONG)

    assert unanswered(address) == 0


def test_what_was_reported_or_is_little_is_no_alarm(
    double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    time.pass_by(120)
    write_to_customer(address, "one", "two", time=time)
    time.pass_by(TOO_LONG)

    assert unanswered(address) == 0, "two may have been lost"


def test_a_channel_that_is_off_waits_for_nothing(
    client: Client, double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    time.pass_by(120)
    write_to_customer(address, "one", "two", "three", time=time)
    time.pass_by(TOO_LONG)
    integration = Integration.objects.get(address=address)

    client.post(f"/integrations/{integration.pk}/switch/")

    assert unanswered(address) == 0


def test_an_unclear_end_is_explained_beside_the_message(
    client: Client, double: EChat, number: Number, address: Address, time: Time
) -> None:
    double.customer_writes(number, CUSTOMER, "Hi")
    work(InboundReceipt)
    double.fail("/messages/send", "accept then reset")
    write_to_customer(address, "one", time=time)

    page = html.unescape(client.get(f"/chats/{chat_of(address).pk}/").content.decode())

    assert "Unsure whether it arrived" in page
    assert "It may have arrived. Look into the messenger before you send it again." in page
    assert len(double.sent) == 1
