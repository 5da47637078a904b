"""The 24 hours in which a business may answer, and a person's seven days: for programs, people and the assistant.

Whatever comes too late is refused before Meta is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from conversations.models import AiTurn, Message
from conversations.services import chats, outbound
from tests import factories
from tests.stories.platforms import Facebook, Instagram
from tests.stories.stage import house, mind, runners, story, telegram, time
from tests.working import Mind, Time, work_for

__all__ = ["house", "mind", "runners", "story", "telegram", "time"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("story", ["facebook", "instagram"], indirect=True),
]

HOUR, DAY = 3600, 86_400
Story = Facebook | Instagram


@pytest.fixture
def asked(story: Story) -> Story:
    """The customer wrote a moment ago, and nobody has answered."""
    story.connects()
    story.customer("Do you have bread?")
    story.goes_on(1, lambda: Message.objects.filter(role="User").exists())
    return story


@pytest.fixture
def over_the_api(asked: Story) -> Callable[[], Any]:
    key = factories.make_access_token(asked.company)
    body = {"chatId": str(asked.chat.pk), "role": "Assistant", "source": "API", "type": "Text", "text": "Yes"}
    return lambda: Client().post("/api/messages", body, "application/json", headers={"X-Access-Token": key})


@pytest.fixture
def browser(asked: Story) -> Client:
    browser = Client()
    browser.force_login(asked.company.owner)
    return browser


def compose(browser: Client, story: Story) -> Any:
    return browser.post(f"/chats/{story.chat.pk}/send/", {"text": "Yes"}, headers={"HX-Request": "true"})


def page(browser: Client, story: Story) -> str:
    return browser.get(f"/chats/{story.chat.pk}/").content.decode()


def calls_to_send(story: Story) -> int:
    """How often Meta was asked to take a message or to show something to the customer."""
    calls: Counter[str] = story.double.calls
    return calls["send_from_page"] + calls["send_from_account"]


def test_within_a_day_anybody_may_answer(
    asked: Story, over_the_api: Callable[[], Any], browser: Client, time: Time
) -> None:
    time.pass_by(23 * HOUR + 59 * 60 - 2)

    assert over_the_api().status_code == 201
    assert compose(browser, asked).status_code == 200
    assert outbound.send(asked.chat, text="Yes", source="AI") is not None
    work_for(time, 2)

    assert [sent.body["messaging_type"] for sent in asked.double.sent] == ["RESPONSE"] * 3
    assert "takes answers for another" in page(browser, asked)


def test_after_a_day_a_program_is_refused_with_the_reason(
    asked: Story, over_the_api: Callable[[], Any], time: Time
) -> None:
    time.pass_by(DAY)
    before = Message.objects.count(), calls_to_send(asked)

    told = over_the_api()

    assert told.status_code == 400
    assert f"{asked.address.adapter_class.title} takes answers within 24 hours" in told.json()["message"]
    assert (Message.objects.count(), calls_to_send(asked)) == before


def test_after_a_day_a_person_writes_as_a_human_agent(asked: Story, browser: Client, time: Time) -> None:
    time.pass_by(DAY)
    assert "The assistant may not answer any more. A person may" in page(browser, asked)

    assert compose(browser, asked).status_code == 200
    work_for(time, 2)

    (sent,) = asked.double.sent
    assert (sent.body["messaging_type"], sent.body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert Message.objects.get(role="Assistant").status == "sent"


def test_after_a_day_the_assistant_calls_a_person_instead(asked: Story, mind: Mind, time: Time) -> None:
    mind.says = ["Yes, we have."]
    time.pass_by(DAY - HOUR)
    asked.sofia_answers()
    chats.assign_assistant(asked.chat, asked.sofia)
    mind.meanwhile = lambda: time.pass_by(2 * HOUR)  # the model takes its time
    work_for(time, 10)

    turn = AiTurn.objects.latest("id")
    assert (turn.outcome, turn.category) == ("answered", "not_sendable")
    chat = asked.chat
    assert (chat.ai_on, chat.needs_attention) == (False, True)
    assert "takes answers within 24 hours" in chat.handoff_reason
    assert asked.double.sent == []


def test_what_the_assistant_said_in_time_is_not_sent_again_later(asked: Story, time: Time) -> None:
    asked.double.fail("/messages", "error", error={"code": 100, "message": "Invalid parameter"})
    message = outbound.send(asked.chat, text="Yes", source="AI")
    assert message is not None
    work_for(time, 2)
    time.pass_by(DAY)
    before = calls_to_send(asked)

    assert outbound.retry(message.pk)
    work_for(time, 2)

    message.refresh_from_db()
    assert message.status == "failed"
    assert message.status_detail == "The 24 hours in which Meta lets a business answer have passed."
    assert calls_to_send(asked) == before


def test_what_a_person_said_in_time_may_still_be_sent_again_within_the_week(asked: Story, time: Time) -> None:
    asked.double.fail("/messages", "error", error={"code": 100, "message": "Invalid parameter"})
    message = outbound.send(asked.chat, text="Yes")
    assert message is not None
    work_for(time, 2)
    time.pass_by(3 * DAY)

    outbound.retry(message.pk)
    work_for(time, 2)

    assert [sent.body["tag"] for sent in asked.double.sent] == ["HUMAN_AGENT"]


def test_after_a_week_nobody_may_and_the_composer_is_locked(
    asked: Story, over_the_api: Callable[[], Any], browser: Client, time: Time
) -> None:
    time.pass_by(7 * DAY)
    before = calls_to_send(asked)

    assert over_the_api().status_code == 400
    told = compose(browser, asked)
    assert told.status_code == 422
    assert "takes answers up to 7 days" in told.content.decode()
    assert "data-lockable disabled" in page(browser, asked)
    assert calls_to_send(asked) == before


def test_the_customers_next_word_opens_it_for_all(
    asked: Story, over_the_api: Callable[[], Any], browser: Client, time: Time
) -> None:
    time.pass_by(8 * DAY)
    asked.customer("Hello again")
    work_for(time, 2)

    assert over_the_api().status_code == 201
    work_for(time, 2)

    assert asked.double.sent[-1].body["messaging_type"] == "RESPONSE"
    assert "data-lockable disabled" not in page(browser, asked)
