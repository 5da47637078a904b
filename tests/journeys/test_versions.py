"""A conversation goes on by the version it began with; new ones take what is published."""

from typing import Any

import pytest

from assistants.models import Assistant
from assistants.services import assistants, versions
from conversations.models import ChatTimer
from conversations.services import chats, speaking
from tests import factories
from tests.journeys.shop import Shop
from tests.working import Mind, Time, work_for

pytestmark = pytest.mark.django_db

DAY = 24 * 3600


def spoke(mind: Mind) -> list[str]:
    """The instructions of each answer."""
    return [assistant.prompt for assistant in mind.speakers]


def publish(assistant: Assistant, **fields: Any) -> None:
    assistants.change(assistant, **fields)


def asks(shop: Shop, time: Time, *, by: str = "olena", after: float = 0) -> None:
    work_for(time, after)
    shop.writes("When do you open?", by=by)
    work_for(time, 30)


def test_a_conversation_under_way_goes_on_as_it_began(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, prompt="one")
    asks(shop, time)
    publish(shop.assistant, prompt="two")
    asks(shop, time)
    asks(shop, time, by="petro")

    assert spoke(mind) == ["one", "one", "two"]


def test_a_draft_is_heard_by_nobody(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, prompt="one")
    assistants.change(shop.assistant, draft=True, prompt="half a thou")
    asks(shop, time)

    assert spoke(mind) == ["one"]


def test_after_a_day_of_silence_the_conversation_begins_anew(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, prompt="one")
    asks(shop, time)
    publish(shop.assistant, prompt="two")
    asks(shop, time, after=DAY - 600)
    asks(shop, time, after=DAY + 600)

    assert spoke(mind) == ["one", "one", "two"]


def test_what_a_colleague_says_keeps_the_conversation_going(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, prompt="one")
    asks(shop, time)
    publish(shop.assistant, prompt="two")
    work_for(time, DAY / 2 + 600)
    shop.replies("Is everything fine?")
    asks(shop, time, after=DAY / 2)

    assert spoke(mind) == ["one", "one"]


def test_an_urgent_correction_reaches_conversations_under_way(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, prompt="one")
    asks(shop, time)
    publish(shop.assistant, prompt="two")
    assert speaking.behind(shop.assistant.pk).count() == 1

    assert speaking.bring_forward(shop.assistant.pk) == 1
    asks(shop, time)

    assert spoke(mind) == ["one", "two"]
    assert speaking.behind(shop.assistant.pk).count() == 0


def test_a_chat_moved_to_another_assistant_takes_what_is_published_of_it(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, prompt="one")
    asks(shop, time)
    other = factories.make_assistant(shop.company, prompt="other")
    chats.assign_assistant(shop.chat(), other)
    asks(shop, time)
    publish(other, prompt="newer")
    asks(shop, time)

    assert spoke(mind) == ["one", "other", "other"]


def test_going_back_is_a_new_version_for_new_conversations(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, prompt="one")
    good = versions.latest(shop.assistant)
    publish(shop.assistant, prompt="bad")
    asks(shop, time)
    versions.roll_back(good)
    asks(shop, time, by="petro")

    assert spoke(mind) == ["bad", "one"]


def test_the_assistant_returns_after_the_silence_of_its_version(shop: Shop, mind: Mind, time: Time) -> None:
    publish(shop.assistant, ai_auto_return_delay_minutes=15)
    asks(shop, time)
    publish(shop.assistant, ai_auto_return_delay_minutes=60)

    shop.replies("I am here.")

    timer = ChatTimer.objects.get(state="waiting")
    assert round((timer.run_at - timer.created_at).total_seconds() / 60) == 15
