"""Lessons 1–11: duplicates, loss and ordering."""

from datetime import timedelta
from typing import Any

import pytest

from conversations.models import AiTurn, Chat, Message
from conversations.services import outbound
from happ_project.core import clock, jobs, tenancy
from integrations.models import Event, WebhookDelivery
from integrations.services import webhooks
from messengers import types
from messengers.models import Delivery, InboundReceipt
from messengers.services import delivering, inbox
from tests.journeys.number import Number, only_delivery, status_of
from tests.journeys.shop import Shop
from tests.working import Mind, Time, at_once, due, work, work_for


def side_effects() -> dict[str, int]:
    """Everything that one message may bring about."""
    counted: list[Any] = [InboundReceipt, Chat, Message, AiTurn, Delivery, Event, WebhookDelivery]
    return {model.__name__: model.objects.count() for model in counted}


def test_lesson_1_messages_sent_fast_are_told_once_each(shop: Shop) -> None:
    """chatwoot/chatwoot#11901: messages sent fast make the outgoing `message_created` webhook fire twice."""
    webhooks.create(company_id=shop.company.pk, url="https://example.com/")
    shop.writes("Hello")
    work(InboundReceipt)
    for number in range(10):
        shop.replies(f"{number}")

    told = Event.objects.filter(type="MESSAGE_CREATED", payload__message__role="Assistant")
    texts = [event.payload["message"]["text"] for event in told.order_by("id")]
    assert texts == [f"{number}" for number in range(10)]
    assert WebhookDelivery.objects.filter(event__in=told).count() == 10


def test_lesson_2_a_repeated_webhook_is_one_conversation(real_shop: Shop) -> None:
    """chatwoot/chatwoot#6046, #5433: the same webhook repeated gave customers 3-5 copies; a look-up before the insert
    is no guard, the key is."""
    event = real_shop.event("Hello")

    def webhook() -> None:
        with tenancy.company_scope(real_shop.company):
            inbox.accept(real_shop.address, [event])
            work(InboundReceipt)

    at_once(*[webhook] * 5)

    assert (Chat.objects.count(), Message.objects.count()) == (1, 1)


def test_lesson_3_a_button_pressed_on_a_weak_link_sends_once(shop: Shop) -> None:
    """chatwoot/chatwoot#9314: an agent pressed send once and the customer got two."""
    shop.writes("Hello")
    work(InboundReceipt)

    first = shop.replies("I am here", client_key="pressed once")
    again = shop.replies("I am here", client_key="pressed once")

    assert first == again
    assert Delivery.objects.count() == 1


def test_lesson_4_a_device_that_loops_for_a_day_is_one_message(shop: Shop, mind: Mind, time: Time) -> None:
    """evolution-foundation/evolution-api#2675: one key id every minute gave 837 copies in 25 hours, as the check was on
    the import path only. Live, catch-up and import go through one function here."""
    event = shop.event("Hello", message_id="3A01")
    inbox.accept(shop.address, [event])
    work_for(time, 5)
    known = side_effects()

    roads: list[dict[str, Any]] = [{"dedup_key": event.dedup_key}, {"dedup_key": "catch-up"}, {"history": True}]
    for half_hour in range(50):
        inbox.accept(shop.address, [shop.event("Hello", message_id="3A01", **roads[half_hour % 3])])
        time.pass_by(1800)
        work(InboundReceipt)

    now = side_effects()
    del known["InboundReceipt"], now["InboundReceipt"]
    assert now == known


def test_lesson_5_one_person_is_one_chat_under_every_name(shop: Shop) -> None:
    """evolution-foundation/evolution-api#2578: 16.6 % of contact/inbox pairs had a duplicate orphan identity."""
    phone, lid = "380671112233", "77@lid"
    names = [(phone,), (lid,), (phone, lid), (lid, phone), (lid,), (phone,)]
    for name, *aliases in names:
        shop.writes("Hello", by=name, sender=types.Contact(id=name, aliases=tuple(aliases)))
        work(InboundReceipt)

    assert Message.objects.filter(chat=Chat.objects.get()).count() == len(names)


def test_lesson_6_simultaneous_first_messages_open_one_chat(real_shop: Shop) -> None:
    """RocketChat/Rocket.Chat#23476: simultaneous first messages from one number opened several rooms."""
    for number in range(5):
        # the lanes of receipts would already put them in order: take that away
        real_shop.writes(f"{number}")
    for row in due(InboundReceipt):
        InboundReceipt.objects.filter(pk=row.pk).update(lane=f"lane of {row.pk}")

    rows = due(InboundReceipt)
    at_once(*[lambda row=row: jobs.run(row._meta.label, row.pk, real_shop.company.pk) for row in rows])
    work(InboundReceipt)

    assert Message.objects.filter(chat=Chat.objects.get()).count() == 5


def test_lesson_7_a_replay_doubles_nothing_downstream(shop: Shop, mind: Mind, time: Time) -> None:
    """ArnasDon/wacrm#367: replay of the same webhook doubled rows and all downstream work."""
    webhooks.create(company_id=shop.company.pk, url="https://example.com/", event_types=["CHAT_DELETED"])
    event = shop.writes("Hello")
    work_for(time, 10)
    known = side_effects()

    inbox.accept(shop.address, [event])
    work_for(time, 60)

    assert side_effects() == known
    assert len(mind.transcripts) == 1


def test_lesson_8_a_death_between_sent_and_confirmed_sends_nothing_twice(number: Number, time: Time) -> None:
    """devlikeapro/waha#1225: the session died between "sent" and "confirmed", the retried job sent it again."""
    message = number.sends("At nine")
    claimed = jobs.claim(Delivery, only_delivery().pk)
    delivering.set_status(claimed, "sending")

    time.pass_by(jobs.LEASE.total_seconds())
    work_for(time, 3600)

    assert number.accepted == []
    assert status_of(message) == "unsure", "a person sees it, and decides"


def test_lesson_9_a_late_message_stands_where_it_was_written(shop: Shop, mind: Mind, time: Time) -> None:
    """chatwoot/chatwoot#12661, #3608: under a congested queue the customer's message lands after the bot's reply."""
    shop.writes("Do you have bread?")
    work_for(time, 3)
    written = clock.now()
    work_for(time, 5)
    shop.writes("and milk?", sent_at=written)
    work(InboundReceipt)

    assert shop.said() == ["customer: Do you have bread?", "customer: and milk?", "ai: We open at nine."]
    assert InboundReceipt.default_queue not in {AiTurn.default_queue, Delivery.default_queue}


def test_lesson_10_the_customers_time_is_shown_and_ours_is_kept(shop: Shop, time: Time) -> None:
    """chatwoot/chatwoot#14739, #9524: message times showed when the webhook was processed."""
    written = clock.now()
    time.pass_by(7 * 60)
    shop.writes("Hello", sent_at=written)
    work(InboundReceipt)

    message = Message.objects.get()
    assert message.sent_at == written
    assert message.created_at == written + timedelta(minutes=7)


def test_lesson_11_messages_of_one_second_keep_their_order(shop: Shop) -> None:
    """devlikeapro/waha#1945: WhatsApp timestamps are whole seconds."""
    second = clock.now().replace(microsecond=0)
    for number in range(20):
        shop.writes(f"{number}", sent_at=second)
    work(InboundReceipt)

    assert shop.said() == [f"customer: {number}" for number in range(20)]


@pytest.mark.parametrize("source", ["PLATFORM", "API"])
def test_lesson_3_for_programs_too(shop: Shop, source: str) -> None:
    """chatwoot/chatwoot#9314, over the API."""
    shop.writes("Hello")
    work(InboundReceipt)
    chat = shop.chat()

    sent = {outbound.send(chat, text="Hi", source=source, client_key="k").pk for _ in range(3)}  # type: ignore[union-attr]

    assert len(sent) == 1
