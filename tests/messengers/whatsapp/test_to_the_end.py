"""WhatsApp to the end: a session made here, the code that renews itself on the page, every kind of file both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from conversations.models import Message
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock
from happ_project.files import services as files
from messengers.models import Address, InboundReceipt, LoginAttempt
from tests.contract.test_features import content_of, drawn
from tests.doubles import wasender
from tests.doubles.wasender import Session, WaSender
from tests.messengers.stage import Person, chat_of, said
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


def test_every_kind_of_file_comes_in(double: WaSender, session: Session) -> None:
    double.customer_writes(session, CUSTOMER, "цей?", image=drawn("JPEG"))
    double.customer_writes(session, CUSTOMER, voice=content_of("audio/ogg"))
    double.customer_writes(session, CUSTOMER, document=content_of("application/pdf"))
    double.customer_writes(session, CUSTOMER, sticker=drawn("WEBP"))
    work(InboundReceipt)

    received = Message.objects.filter(chat=chat_of(only_address())).order_by("id")
    assert [(row.type, row.text, row.specific_type, bool(row.file)) for row in received] == [
        ("Photo", "цей?", "", True),
        ("Audio", "", "", True),
        ("Document", "", "", True),
        ("Photo", "", "sticker", True),
    ]


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


def test_a_person_who_first_shows_a_lid_and_then_a_number_is_one_contact(double: WaSender, session: Session) -> None:
    lid = "123456789012345@lid"
    double.customer_writes(session, CUSTOMER, "one", lid=lid, with_phone=False)
    double.lids.clear()
    double.customer_writes(session, CUSTOMER, "two", lid=lid)
    work(InboundReceipt)

    assert [text for _role, text in said(only_address())] == ["one", "two"]
    assert chat_of(only_address()).phone == CUSTOMER
