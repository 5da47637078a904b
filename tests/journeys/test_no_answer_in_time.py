"""Whatever holds an answer up, a customer does not wait without end: after a bound people take over, and say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.models import AiTurn, HandoffNotice, Message
from conversations.services import chats, overdue
from conversations.tasks import hand_over_overdue
from happ_project.core import clock
from integrations.models import Integration
from messengers.models import InboundReceipt
from tests.journeys.shop import Shop
from tests.working import Mind, Time, work, work_for

SORRY = "ai: Thank you for your message. A colleague will answer you here shortly."


def ended(shop: Shop) -> tuple[str, str, bool, bool]:
    chat, turn = shop.chat(), AiTurn.objects.latest("id")
    return turn.outcome, turn.category, chat.ai_on, chat.needs_attention


def waits(shop: Shop, time: Time, minutes: float) -> None:
    """Nothing of the AI runs for so long; whatever else there is does."""
    shop.writes("Hello?")
    work(InboundReceipt)
    time.pass_by(minutes * 60)


def test_without_workers_of_the_ai_people_are_called(shop: Shop, mind: Mind, time: Time) -> None:
    waits(shop, time, 61)

    hand_over_overdue()

    assert shop.said() == ["customer: Hello?", SORRY]
    assert ended(shop) == ("handed_off", "too_late", False, True)
    assert shop.chat().handoff_reason == overdue.NOT_IN_TIME
    assert HandoffNotice.objects.exists(), "and told so"
    work()
    assert mind.transcripts == [], "the workers are back, and it is not theirs any more"
    assert overdue.hand_over_all() == 0


def test_a_worker_that_comes_too_late_calls_people_itself(shop: Shop, mind: Mind, time: Time) -> None:
    waits(shop, time, 61)

    work()

    assert shop.said() == ["customer: Hello?", SORRY]
    assert ended(shop) == ("handed_off", "too_late", False, True)
    assert mind.transcripts == []


def test_within_the_bound_it_is_answered(shop: Shop, mind: Mind, time: Time) -> None:
    waits(shop, time, 59)

    assert overdue.hand_over_all() == 0
    work()

    assert shop.said() == ["customer: Hello?", "ai: We open at nine."]


def test_the_bound_is_the_channels(shop: Shop, mind: Mind, time: Time) -> None:
    Integration.objects.filter(pk=shop.integration.pk).update(answers_within_minutes=5)
    waits(shop, time, 6)

    assert overdue.hand_over_all() == 1


def test_a_turn_that_hangs_is_overtaken_by_people(shop: Shop, mind: Mind, time: Time) -> None:
    def hang() -> None:
        time.pass_by(61 * 60)
        overdue.hand_over_all()

    mind.meanwhile = hang
    waits(shop, time, 1)
    work()

    assert shop.said() == ["customer: Hello?", SORRY]
    assert ended(shop)[1:] == ("too_late", False, True)


@pytest.mark.parametrize("hours", [2, 30])
def test_what_came_while_we_were_away_goes_to_people(shop: Shop, mind: Mind, time: Time, hours: int) -> None:
    shop.writes("Are you there?", sent_at=clock.now() - timedelta(hours=hours))
    shop.writes("Hello?", sent_at=clock.now() - timedelta(hours=hours))
    work_for(time, 60)

    assert mind.transcripts == []
    assert shop.said() == ["customer: Are you there?", "customer: Hello?"]
    chat = shop.chat()
    assert (chat.ai_on, chat.needs_attention, chat.handoff_reason) == (False, True, overdue.CAME_LATE)
    assert HandoffNotice.objects.count() == 1
    assert Message.objects.filter(role="System", text__contains="came while we were away").count() == 1


def test_what_came_a_little_late_is_answered(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Are you there?", sent_at=clock.now() - timedelta(minutes=40))
    work_for(time, 10)

    assert shop.said()[-1] == "ai: We open at nine."


def test_an_ai_that_returns_after_a_long_silence_of_people_answers(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello?")
    work(InboundReceipt)
    chats.set_ai(shop.chat(), False)
    time.pass_by(3 * 3600)
    chats.set_ai(shop.chat(), True)
    overdue.hand_over_all()
    work_for(time, 10)

    assert shop.said()[-1] == "ai: We open at nine."


def test_where_people_are_in_charge_nobody_is_called(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello?")
    work(InboundReceipt)
    shop.replies("I am here")
    time.pass_by(2 * 3600)

    assert overdue.hand_over_all() == 0
    assert shop.said() == ["customer: Hello?", "person: I am here"]
