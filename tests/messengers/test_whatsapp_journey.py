"""WhatsApp through the whole house: login, webhook, chat, delivery, receipts, against the double on loopback."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from conversations.models import Chat, Message
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock, http, jobs, tenancy
from happ_project.files import services as files
from integrations.models import Integration
from integrations.services import integrations
from messengers import types
from messengers.models import Address, Delivery, DeliveryCheck, InboundReceipt, LoginAttempt
from messengers.services import login, upkeep
from tests import factories
from tests.doubles import wasender
from tests.doubles.wasender import Session, WaSender

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = "+380671112233"
LID = "123456789012345@lid"


class Time:
    """The real one, and what the test lets pass by."""

    def __init__(self) -> None:
        self._real, self._passed = clock.now, timedelta()

    def __call__(self) -> datetime:
        return self._real() + self._passed

    def pass_by(self, seconds: float) -> None:
        self._passed += timedelta(seconds=seconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "now", time)
    return time


@pytest.fixture
def double(time: Time, live_server: Any, settings: Any) -> Iterator[WaSender]:
    with wasender.running(clock=lambda: time().timestamp()) as double:
        settings.PUBLIC_URL = live_server.url
        settings.PROVIDER_SETTINGS = {"WASENDER_BASE_URL": double.base_url}
        yield double
    http.configure()


@pytest.fixture
def shop(double: WaSender, time: Time) -> Iterator[Company]:
    company = factories.make_company()
    with tenancy.company_scope(company):
        yield company


@pytest.fixture
def session(double: WaSender, shop: Company) -> Session:
    """The number, connected by a person at the login page, switched on."""
    token = double.add_token()
    session = double.add_session(token, phone="+380501234567")
    attempt = login.start(company_id=shop.pk, kind="whatsapp")
    work()
    for answer in ({"token": token}, {"session": "1"}):
        login.answer(LoginAttempt.objects.get(), answer)
        work()
    attempt.refresh_from_db()
    assert attempt.status == LoginAttempt.Status.DONE, attempt.error
    integration = Integration.objects.get(address__kind="whatsapp")
    integrations.switch_on(integration)
    return session


def work() -> None:
    """What dispatcher and workers do until nothing more is due."""
    for _round in range(50):
        due = [
            (model._meta.label, row.pk, row.company_id)
            for model in (LoginAttempt, InboundReceipt, Delivery, DeliveryCheck)
            for row in model.objects.filter(state="waiting", run_at__lte=clock.now()).order_by("id")
        ]
        if not sum(jobs.run(*row) for row in due):
            return


def only_chat() -> Chat:
    return Chat.objects.get(integration__address__kind="whatsapp")


def texts(chat: Chat) -> list[tuple[str, str]]:
    return list(Message.objects.filter(chat=chat).order_by("created_at", "id").values_list("role", "text"))


def status_of(message: Message) -> str:
    message.refresh_from_db()
    return message.status


def test_a_message_told_twice_and_thrice_is_stored_once(double: WaSender, session: Session) -> None:
    session.webhook_events = ["messages.received", "messages-personal.received", "messages.upsert"]

    double.customer_writes(session, CUSTOMER, "Є хліб?", repeats=2)
    work()

    assert {post.status for post in double.posts} == {200}
    assert len(double.posts) == 6
    assert texts(only_chat()) == [("User", "Є хліб?")]
    assert (only_chat().phone, only_chat().display_name) == (CUSTOMER, "Olha")


def test_a_forged_webhook_leaves_nothing(double: WaSender, session: Session) -> None:
    session.webhook_secret = "0" * 32

    double.customer_writes(session, CUSTOMER, "Hi")

    assert [post.status for post in double.posts] == [403]
    assert not InboundReceipt.objects.exists()


def test_the_api_key_is_nowhere_in_what_is_stored(double: WaSender, session: Session) -> None:
    double.customer_writes(session, CUSTOMER, "Hi")
    double.customer_writes(session, CUSTOMER, "two", extra={"id": None}, only="messages.upsert")

    stored = str(list(InboundReceipt.objects.values("event", "raw", "last_error")))
    assert "two" in stored
    assert session.api_key not in stored


def test_an_answer_goes_out_is_delivered_and_read(double: WaSender, session: Session, time: Time) -> None:
    double.customer_writes(session, CUSTOMER, "Є хліб?")
    work()
    message = outbound.send(only_chat(), text="Є", source="AI")
    work()
    assert status_of(message) == "sent"
    (accepted,) = double.sent

    double.echo(accepted)
    double.deliver(accepted, "delivered")
    work()
    time.pass_by(3)
    work()
    assert status_of(message) == "delivered"
    double.deliver(accepted, "read")
    work()
    assert status_of(message) == "read"

    assert len(texts(only_chat())) == 2, "the echo of our own message is no message"
    assert only_chat().ai_on is True


def test_what_the_owner_types_on_the_phone_is_stored_and_pauses_the_assistant(
    double: WaSender, session: Session
) -> None:
    double.customer_writes(session, CUSTOMER, "Є хліб?")
    double.type_on_phone(session, CUSTOMER, "Так, є")
    work()

    assert [role for role, _text in texts(only_chat())][:2] == ["User", "Assistant"]
    assert only_chat().ai_on is False


def test_a_person_known_by_lid_and_phone_has_one_chat(double: WaSender, session: Session) -> None:
    double.customer_writes(session, CUSTOMER, "one")
    double.customer_writes(session, CUSTOMER, "two", lid=LID)
    double.customer_writes(session, CUSTOMER, "three", lid=LID, with_phone=False)
    work()

    assert [text for _role, text in texts(only_chat())] == ["one", "two", "three"]


def test_a_stranger_known_only_by_lid_is_asked_for(double: WaSender, session: Session) -> None:
    double.customer_writes(session, CUSTOMER, "Hi", lid=LID, with_phone=False)
    work()

    assert (only_chat().external_id, only_chat().phone) == (CUSTOMER.lstrip("+"), CUSTOMER)
    double.lids.clear()
    double.customer_writes(session, CUSTOMER, "still me", lid=LID, with_phone=False)
    work()
    assert len(texts(only_chat())) == 2, "the lid has become an alias"


def test_the_echo_of_our_own_message_under_a_lid_is_ours(double: WaSender, session: Session, time: Time) -> None:
    double.customer_writes(session, CUSTOMER, "one", lid=LID)
    work()
    message = outbound.send(only_chat(), text="Є", source="AI")
    work()
    accepted = double.sent[0]
    accepted.jid = LID  # from here on WhatsApp names the chat by its lid

    double.echo(accepted)
    double.deliver(accepted, "delivered")
    for _ in range(4):
        work()
        time.pass_by(5)

    assert status_of(message) == "delivered"
    assert only_chat().ai_on is True
    assert len(texts(only_chat())) == 2


def test_pictures_travel_both_ways(double: WaSender, session: Session) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (30, 30), "#16a34a").save(drawn, "JPEG")
    double.customer_writes(session, CUSTOMER, "така є?", image=drawn.getvalue())
    work()
    received = Message.objects.get(chat=only_chat())
    assert received.file.size == len(drawn.getvalue())

    outbound.send(only_chat(), text="ось", file=files.store(drawn.getvalue(), name="p.jpg"), source="AI")
    work()

    assert (double.sent[0].media, double.sent[0].body["text"]) == (drawn.getvalue(), "ось")


def test_the_pace_of_a_protected_number_is_kept(double: WaSender, session: Session, time: Time) -> None:
    session.account_protection = True
    Address.objects.filter(kind="whatsapp").update(config={"account_protection": True})
    double.customer_writes(session, CUSTOMER, "Hi")
    work()
    for text in ("one", "two", "three"):
        outbound.send(only_chat(), text=text, source="AI")

    for expected in (1, 1, 2, 2, 3):
        work()
        assert len(double.sent) == expected
        time.pass_by(2.6)

    assert [message.body["text"] for message in double.sent] == ["one", "two", "three"]


def test_a_lost_answer_is_found_in_the_log_and_never_sent_again(double: WaSender, session: Session, time: Time) -> None:
    double.customer_writes(session, CUSTOMER, "Hi")
    work()
    double.fail("/send-message", "accept+reset")
    message = outbound.send(only_chat(), text="Є", source="AI")
    work()
    assert status_of(message) == "unsure"

    for _ in range(6):
        time.pass_by(60)
        work()

    assert status_of(message) == "sent"
    assert len(double.sent) == 1


def test_a_dead_key_asks_for_a_login_and_the_queue_waits(double: WaSender, session: Session, time: Time) -> None:
    double.customer_writes(session, CUSTOMER, "Hi")
    work()
    old, session.api_key = session.api_key, "ab" * 32
    message = outbound.send(only_chat(), text="Є", source="AI")
    work()
    address = Address.objects.get(kind="whatsapp")
    assert (address.state, status_of(message)) == ("login_required", "queued")

    session.api_key = old
    assert upkeep.check(address) == types.Health(state="connected")
    time.pass_by(61)
    work()

    assert status_of(message) == "sent"


def test_a_linked_device_removed_shows_at_once(double: WaSender, session: Session) -> None:
    double.log_out(session)
    work()

    address = Address.objects.get(kind="whatsapp")
    told = "The number is not linked any more: removed by the phone"
    assert (address.state, address.state_detail) == ("login_required", told)
