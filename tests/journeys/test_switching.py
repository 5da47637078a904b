"""Switching an integration off cleans up, keeps the history for a while, and brings it back."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from conversations import selectors
from conversations.models import AiTurn, Chat, ChatTimer, Message
from conversations.services import chats, outbound
from conversations.tasks import forget_expired
from happ_project.companies.models import Company
from happ_project.core import clock, jobs, tenancy
from integrations.models import Event, Integration
from integrations.services import integrations
from messengers.models import Address, Delivery, InboundReceipt
from messengers.services import inbox
from tests import factories
from tests.journeys.shop import Shop
from tests.working import Mind, Time, at_once, due, work, work_for


def off(shop: Shop) -> None:
    integrations.switch_off(shop.integration)


def on(shop: Shop) -> None:
    integrations.switch_on(shop.integration)


@pytest.fixture
def busy(shop: Shop, mind: Mind, time: Time) -> Shop:
    """Olena waits for an answer, Taras for a delivery and for the AI to return."""
    shop.writes("Hello")
    shop.writes("Hello", by="taras")
    work(InboundReceipt)
    shop.replies("In a minute", by="taras")
    return shop


def test_what_is_pending_is_cancelled(busy: Shop, mind: Mind, time: Time) -> None:
    off(busy)
    work_for(time, 3600)

    assert mind.transcripts == []
    assert not AiTurn.objects.filter(state__in=jobs.Job.OPEN).exists()
    assert not ChatTimer.objects.filter(state__in=jobs.Job.OPEN).exists()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.status, delivery.sent_at) == ("cancelled", "cancelled", None)
    assert Message.objects.get(text="In a minute").status == "cancelled"


def test_its_chats_leave_the_inbox_and_others_stay(busy: Shop) -> None:
    other = factories.make_chat(busy.company)

    off(busy)

    assert list(selectors.inbox()) == [other]
    with pytest.raises(Chat.DoesNotExist):
        selectors.chat(busy.chat().pk)


def test_the_dialog_can_say_how_many_chats_are_concerned(busy: Shop) -> None:
    assert selectors.count_chats_of(busy.integration.pk) == 2
    off(busy)
    assert selectors.count_chats_of(busy.integration.pk) == 0


def test_what_arrives_is_dropped_and_counted(busy: Shop) -> None:
    off(busy)
    stored = InboundReceipt.objects.count()

    assert not inbox.accept(busy.address, [busy.event("Anybody?")])
    assert not inbox.accept(busy.address, [busy.event("Hello?")])

    assert InboundReceipt.objects.count() == stored
    assert busy.address.dropped == 2


def test_a_visitor_is_told_that_the_chat_is_off(busy: Shop, client: Client, fresh_limits: None) -> None:
    off(busy)

    answer = client.post(f"/widget/{busy.address.external_id}/session/")

    assert answer.status_code == 409


def test_history_comes_back_with_the_integration(busy: Shop, mind: Mind, time: Time) -> None:
    off(busy)
    time.pass_by(29 * 24 * 3600)
    forget_expired()
    on(busy)
    work_for(time, 30)

    assert set(selectors.inbox()) == {busy.chat(), busy.chat("taras")}
    assert busy.said() == ["customer: Hello"]
    assert mind.transcripts == [], "nobody wants an answer after a month"

    busy.writes("Are you back?")
    work_for(time, 5)
    assert len(mind.transcripts) == 1


def test_history_goes_when_the_retention_passes_with_every_copy(busy: Shop, time: Time) -> None:
    busy.writes("my address is Shevchenka 7", by="olena")
    work(InboundReceipt)
    off(busy)
    time.pass_by(30 * 24 * 3600 + 1)
    forget_expired()

    assert not Chat.objects.exists()
    assert not Message.objects.exists()
    assert not AiTurn.objects.exists()
    assert not Delivery.objects.exists()
    assert not InboundReceipt.objects.filter(event__isnull=False).exists()
    assert not InboundReceipt.objects.filter(raw__isnull=False).exists()
    assert set(Event.objects.filter(chat_id__isnull=False).values_list("type", "payload__message")) <= {
        (event_type, None) for event_type in Event.objects.values_list("type", flat=True)
    }
    on(busy)
    assert list(selectors.inbox()) == []


def test_the_company_sets_how_long(busy: Shop, time: Time) -> None:
    Company.objects.update(retention_days=3)
    off(busy)

    time.pass_by(3 * 24 * 3600 - 1)
    forget_expired()
    assert Chat.objects.count() == 2
    time.pass_by(2)
    forget_expired()
    assert Chat.objects.count() == 0


def test_another_companys_history_is_not_touched(busy: Shop, time: Time) -> None:
    other = factories.make_company()
    Company.objects.filter(pk=other.pk).update(retention_days=300)
    integration = factories.make_integration(other)
    factories.make_chat(other, integration=integration)
    with tenancy.company_scope(other):
        integrations.switch_off(integration)
    off(busy)

    time.pass_by(31 * 24 * 3600)
    forget_expired()

    with tenancy.company_scope(other):
        assert Chat.objects.count() == 1


def test_many_chats_are_forgotten_in_batches(busy: Shop, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chats, "_AT_ONCE", 2)
    for number in range(5):
        factories.make_chat(busy.company, integration=busy.integration, external_id=f"visitor {number}")
    off(busy)
    time.pass_by(31 * 24 * 3600)

    assert chats.forget_expired(busy.company) == 7


def test_nothing_can_be_sent_through_it(busy: Shop) -> None:
    chat = busy.chat()
    off(busy)

    with pytest.raises(outbound.NotSendable):
        outbound.send(chat, text="Hello")
    assert Message.objects.filter(role="Assistant").count() == 1


def test_what_was_on_its_way_is_kept_and_answered_when_it_is_switched_on(busy: Shop, mind: Mind, time: Time) -> None:
    busy.writes("sent before", by="olena")
    busy.writes("I am new", by="new")
    off(busy)
    work_for(time, 60)

    assert mind.transcripts == []
    assert list(selectors.inbox()) == []
    assert busy.said() == ["customer: Hello", "customer: sent before"]
    assert (busy.chat("new").unread, busy.chat("new").needs_attention) == (1, False)
    on(busy)
    work_for(time, 60)
    assert busy.said() == ["customer: Hello", "customer: sent before", "ai: We open at nine."]
    assert busy.said("new") == ["customer: I am new", "ai: We open at nine."]


def test_who_waited_is_answered_when_it_is_switched_on(busy: Shop, mind: Mind, time: Time) -> None:
    off(busy)
    work_for(time, 50 * 60)
    on(busy)
    work_for(time, 60)

    assert busy.said() == ["customer: Hello", "ai: We open at nine."]
    assert busy.said("taras") == ["customer: Hello", "person: In a minute"], "a person had it"


def test_who_waited_too_long_is_shown_to_people_and_a_new_word_has_its_quiet_time(
    busy: Shop, mind: Mind, time: Time
) -> None:
    off(busy)
    work_for(time, 7 * 3600)
    on(busy)
    work_for(time, 60)

    assert busy.said() == ["customer: Hello"]
    chat = busy.chat()
    assert (chat.needs_attention, chat.waiting_since, chat.unread) == (True, None, 1)
    busy.writes("Are you")
    work_for(time, 2)
    busy.writes("there?")
    work_for(time, 30)
    assert len(mind.transcripts) == 1


def test_the_ai_returns_to_whom_a_person_had(busy: Shop, mind: Mind, time: Time) -> None:
    off(busy)
    work_for(time, 3600)
    on(busy)
    work_for(time, 29 * 60)
    assert not busy.chat("taras").ai_on
    work_for(time, 2 * 60)

    assert busy.chat("taras").ai_on


def test_who_waits_for_a_person_keeps_waiting_for_one(busy: Shop, mind: Mind, time: Time) -> None:
    Chat.objects.filter(external_id="olena").update(ai_on=False)
    off(busy)
    on(busy)
    work_for(time, 60)

    assert busy.said() == ["customer: Hello"]
    assert busy.chat().needs_attention


def test_switching_twice_changes_nothing(busy: Shop) -> None:
    off(busy)
    since = Integration.objects.get(pk=busy.integration.pk).disabled_at
    off(busy)
    assert Integration.objects.get(pk=busy.integration.pk).disabled_at == since

    on(busy)
    on(busy)
    told = Event.objects.filter(type="INTEGRATION_CHANGED", payload__id=str(busy.integration.pk))
    assert told.order_by("id").last().payload["enabled"] is True


def test_an_integration_that_was_removed_does_not_come_back(busy: Shop) -> None:
    integrations.remove(busy.integration)

    with pytest.raises(integrations.NotReady):
        on(busy)
    assert list(selectors.inbox()) == []


def test_a_sent_delivery_keeps_its_status(busy: Shop) -> None:
    work(Delivery)
    off(busy)

    assert Delivery.objects.get().status == "sent"
    assert Message.objects.get(text="In a minute").status == "sent"


# --- at the same moment -----------------------------------------------------------------------------------------------


def in_scope(shop: Shop, action: object) -> object:
    def act() -> None:
        with tenancy.company_scope(shop.company):
            action(shop)  # type: ignore[operator]

    return act


@pytest.mark.parametrize("_round", range(5))
def test_messages_that_come_in_while_it_is_switched_off_stay_out_of_the_inbox(real_shop: Shop, _round: int) -> None:
    for number in range(4):
        real_shop.writes("Hello", by=f"visitor {number % 3}")
    work(InboundReceipt) if _round % 2 else None
    for number in range(4):
        real_shop.writes("Hello again", by=f"visitor {number}")
    rows = due(InboundReceipt)
    workers = [lambda row=row: jobs.run(row._meta.label, row.pk, real_shop.company.pk) for row in rows]

    at_once(in_scope(real_shop, off), *workers)
    work(InboundReceipt)

    assert not InboundReceipt.objects.exclude(state="done").exists(), "and nobody was in anybody's way"
    assert list(selectors.inbox()) == []
    assert not AiTurn.objects.filter(state__in=jobs.Job.OPEN).exists()
    assert Chat.objects.count() == 4


def test_a_new_chat_that_is_being_made_is_put_away_too(real_shop: Shop) -> None:
    # the chat is not there yet when the others are put away
    made, tried = threading.Event(), threading.Event()
    real_shop.writes("Hello")
    row = due(InboundReceipt)[0]

    def take_in() -> None:
        with tenancy.company_scope(real_shop.company), transaction.atomic():
            jobs._function(InboundReceipt.work)(jobs.claim(InboundReceipt, row.pk))
            made.set()
            tried.wait(0.5)  # switching off waits for us, so that this passes

    def switch_off() -> None:
        assert made.wait(10)
        with tenancy.company_scope(real_shop.company):
            off(real_shop)
        tried.set()

    at_once(take_in, switch_off)

    assert list(selectors.inbox()) == []
    assert not AiTurn.objects.filter(state__in=jobs.Job.OPEN).exists()


def test_chats_that_are_coming_back_are_not_forgotten(real_shop: Shop) -> None:
    factories.make_chat(real_shop.company, integration=real_shop.integration)
    off(real_shop)
    Chat.objects.update(put_away_at=clock.now() - timedelta(days=40))
    came_back, looked = threading.Event(), threading.Event()

    def bring_back() -> None:
        with tenancy.company_scope(real_shop.company), transaction.atomic():
            on(real_shop)
            came_back.set()
            looked.wait(0.5)

    def forget() -> int:
        assert came_back.wait(10)
        with tenancy.company_scope(real_shop.company):
            count = chats.forget_expired(real_shop.company)
        looked.set()
        return count

    assert at_once(bring_back, forget)[1] == 0
    assert Chat.objects.count() == 1
    assert Address.objects.get(pk=real_shop.integration.address_id).receiving


def test_many_chats_come_back_with_few_questions_to_the_database(
    busy: Shop, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        busy.writes("Hello", by=f"guest {number}")
    work(InboundReceipt)
    for number in range(30):
        chats.set_ai(busy.chat(f"guest {number}"), False)
    off(busy)

    with django_assert_max_num_queries(30):
        chats.bring_back(busy.integration.pk)

    assert ChatTimer.objects.filter(state="waiting").count() == 31, "those, and the one that a person had already"
    assert Chat.objects.filter(needs_attention=True).count() == 30
