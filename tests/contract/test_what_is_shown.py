"""What customers see besides messages: that the assistant writes, and that they have been read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from conversations.models import Message
from conversations.services import chats
from messengers.services import features, signals
from tests.stories.plot import FIRST, Story
from tests.stories.stage import each_messenger, house, mind, runners, story, telegram, time
from tests.working import Mind

__all__ = ["house", "mind", "runners", "story", "telegram", "time"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def becomes(story: Story, holds: Callable[[], bool]) -> None:
    """What is shown is shown beside the work, so it may take a moment."""
    signals.settle(story.address, chat_ref=story.chat.external_id)
    story.goes_on(0, holds)


@each_messenger
def test_a_customer_sees_who_writes_and_who_has_read_where_the_messenger_shows_it(story: Story, mind: Mind) -> None:
    table = {feature.name: feature.cell.value for feature in features.table([story.kind]).of(story.kind).features}
    mind.says = [FIRST]
    story.connects()
    story.sofia_answers()
    is_read = story.address.capabilities.read

    story.customer("Good morning")
    story.goes_on(30, lambda: story.reached == [FIRST])
    becomes(story, lambda: (story.signs["writes"] > 0) == (table["typing"] == "yes"))
    becomes(story, lambda: (story.signs["read"] > 0) == is_read)

    chats.set_ai(story.chat, False)
    before = story.signs["read"]
    story.customer("And on Sunday?")
    story.goes_on(5, lambda: Message.objects.filter(text="And on Sunday?").exists())
    signals.settle(story.address, chat_ref=story.chat.external_id)
    assert story.signs["read"] == before, "nobody has looked yet"
    browser = Client()
    browser.force_login(story.company.owner)
    assert browser.post(f"/chats/{story.chat.pk}/read/").status_code < 300
    becomes(story, lambda: (story.signs["read"] > before) == is_read)
