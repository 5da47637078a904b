"""WhatsApp to the end: a session made here, the code that renews itself on the page, every kind of file both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from conversations.models import Chat
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock
from happ_project.files import services as files
from messengers.models import Address, InboundReceipt, LoginAttempt
from tests.contract.test_features import content_of
from tests.doubles import wasender
from tests.doubles.wasender import Session, WaSender
from tests.messengers.stage import Person, chat_of, said, status_of
from tests.working import Time, work, work_for

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = "+380671112233"


@pytest.fixture
def double(house: Company, settings: Any) -> Iterator[WaSender]:
    with wasender.running(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {"WASENDER_BASE_URL": double.base_url}
        yield double


@pytest.fixture
def session(house: Company, double: WaSender) -> Session:
    token = double.add_token()
    session = double.add_session(token, phone="+380501234567", account_protection=False)
    person = Person(house, "whatsapp")
    person.answers(token=token)
    person.answers(session="1")
    person.switches_on()
    return session


def only_address() -> Address:
    return Address.objects.get(kind="whatsapp")


def test_a_number_is_linked_by_the_code_on_the_page(house: Company, double: WaSender, time: Time) -> None:
    client, person = Client(), Person(house, "whatsapp")
    client.force_login(house.owner)
    person.answers(token=double.add_token())
    person.answers(name="Shop", phone="+380501234567")
    (session,) = double.sessions.values()
    url = f"/integrations/login/{person.attempt.public_id}/step/"

    def page() -> str:
        return client.get(url, headers={"HX-Request": "true"}).content.decode()

    first, code = page(), session.qr
    assert "<svg" in first
    assert code not in first, "drawn, not written"
    work_for(time, 40)
    second = page()
    assert "<svg" in second
    assert second != first, "the code has renewed itself"
    assert session.qr != code

    double.scan(session)
    work_for(time, 5)

    assert "Connected." in page()
    assert LoginAttempt.objects.get().status == "done"
    assert only_address().external_id == "380501234567"


def test_text_picture_voice_and_document_go_out_and_words_beside_a_voice_note_on_their_own(
    double: WaSender, session: Session, time: Time
) -> None:
    double.customer_writes(session, CUSTOMER, "Hi")
    work(InboundReceipt)
    chat = chat_of(only_address())
    outbound.send(chat, text="one", source="AI")
    for mime, name in (("image/jpeg", "p.jpg"), ("audio/mpeg", "v.mp3"), ("application/pdf", "price.pdf")):
        stored = files.store(content_of(mime), name=name)
        outbound.send(chat, text=f"with {name}", file=stored, source="AI")
    work_for(time, 10)

    fields = [sorted(set(message.body) - {"to"}) for message in double.sent]
    assert fields == [
        ["text"],
        ["imageUrl", "text"],
        ["audioUrl"],
        ["text"],
        ["documentUrl", "fileName", "text"],
    ]
    assert double.sent[3].body["text"] == "with v.mp3"


LID = "123456789012345@lid"


def test_a_person_who_first_shows_a_lid_and_then_a_number_is_one_contact(double: WaSender, session: Session) -> None:
    double.customer_writes(session, CUSTOMER, "one", lid=LID, with_phone=False)
    double.lids.clear()
    double.customer_writes(session, CUSTOMER, "two", lid=LID)
    work(InboundReceipt)

    assert [text for _role, text in said(only_address())] == ["one", "two"]
    assert chat_of(only_address()).phone == CUSTOMER


def test_two_chats_become_one_when_a_lid_and_a_number_turn_out_to_be_one_person(
    double: WaSender, session: Session, time: Time
) -> None:
    double.customer_writes(session, CUSTOMER, "under a lid", lid=LID, with_phone=False)
    double.lids.clear()
    work(InboundReceipt)
    double.customer_writes(session, CUSTOMER, "under a number")
    work(InboundReceipt)
    assert Chat.objects.count() == 2

    double.customer_writes(session, CUSTOMER, "under both", lid=LID)
    double.customer_writes(session, CUSTOMER, "and under the number again")
    work_for(time, 2)

    chat = chat_of(only_address())
    assert [text for _role, text in said(only_address())] == [
        "under a lid", "under a number", "under both", "and under the number again",
    ]  # fmt: skip
    assert chat.phone == CUSTOMER
    message = outbound.send(chat, text="Hello", source="AI")
    work_for(time, 2)
    assert message is not None
    assert status_of(message) == "sent"
    assert len(double.sent) == 1


def test_a_status_only_moves_forward_whatever_the_order_it_comes_in(
    double: WaSender, session: Session, time: Time
) -> None:
    double.customer_writes(session, CUSTOMER, "Hi")
    work(InboundReceipt)
    message = outbound.send(chat_of(only_address()), text="Hello", source="AI")
    assert message is not None
    work_for(time, 2)
    (accepted,) = double.sent

    seen = []
    for status in ("delivered", "sent", "read", "delivered", "failed", "sent"):
        double.deliver(accepted, status)
        work_for(time, 1)
        seen.append(status_of(message))

    assert seen == ["delivered", "delivered", "read", "read", "read", "read"]


def test_wasenders_number_and_whatsapps_id_are_joined_for_each_message_by_itself(
    double: WaSender, session: Session, time: Time
) -> None:
    double.customer_writes(session, CUSTOMER, "Hi")
    work(InboundReceipt)
    messages = [outbound.send(chat_of(only_address()), text="the same words", source="AI") for _ in range(3)]
    work_for(time, 3)
    first, _second, third = double.sent

    double.deliver(third, "read")  # no echo has told anybody which is which
    double.deliver(first, "delivered")
    work_for(time, 20)

    assert [status_of(message) for message in messages if message] == ["delivered", "sent", "read"]
    for message, accepted in zip(messages, double.sent, strict=True):
        assert message is not None
        message.refresh_from_db()
        assert message.external_id == accepted.key_id
    assert double.calls["message_info"] >= 3


def test_each_number_of_an_account_has_its_own_pace(house: Company, double: WaSender, time: Time) -> None:
    token, pairs = double.add_token(), []
    for phone, protected in (("+380501111111", True), ("+380502222222", False)):
        session = double.add_session(token, phone=phone, account_protection=protected)
        person = Person(house, "whatsapp")
        person.answers(token=token)
        person.answers(session=str(session.id))
        pairs.append((session, person.switches_on()))
        double.customer_writes(session, CUSTOMER, "Hi")
    work(InboundReceipt)
    for _session, address in pairs:
        for text in ("one", "two", "three"):
            outbound.send(chat_of(address), text=text, source="AI")

    sent = []
    for _ in range(3):
        sent.append(tuple(len(session.messages) for session, _address in pairs))
        work_for(time, 4.9)

    assert sent == [(0, 0), (1, 3), (2, 3)], "one message in five seconds here, the plan's pace there"
