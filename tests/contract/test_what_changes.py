"""What customers do to messages that are there already, through the whole house and each messenger's double.

A correction changes the message, what is taken back is erased, a reaction is a line of its own.
"""

from __future__ import annotations

import pytest

from conversations.models import Message
from conversations.services import outbound
from messengers.models import InboundReceipt
from tests.stories.plot import Story
from tests.stories.stage import STORIES, house, mind, runners, story, telegram, time

__all__ = ["house", "mind", "runners", "story", "telegram", "time"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

DOES_NOTHING = Story.does
TOLD_OF = [kind for kind, each in STORIES.items() if each.does is not DOES_NOTHING]
"""The messengers that tell of any of it; E-Chat's Viber, Viber's bots and a company's own have no word for it."""


def stands(text: str) -> bool:
    return Message.objects.filter(text=text, deleted_at=None).exists()


@pytest.mark.parametrize("story", TOLD_OF, indirect=True)
def test_what_customers_correct_react_to_and_take_back_is_followed(story: Story) -> None:
    story.connects()
    story.customer("Do you hav bread?")
    story.goes_on(0, lambda: stands("Do you hav bread?"))
    ours = outbound.send(story.chat, text="We open at nine.")
    assert ours is not None
    story.goes_on(20, lambda: Message.objects.filter(pk=ours.pk).exclude(external_id="").exists())
    theirs = Message.objects.get(role="User")
    ours.refresh_from_db()

    assert story.does("edits", theirs, "Do you have bread?")
    story.goes_on(1, lambda: stands("Do you have bread?"))
    theirs.refresh_from_db()
    assert theirs.edited_at is not None

    assert story.does("reacts", ours, "❤")
    story.goes_on(1, lambda: stands("The customer reacted: ❤"))

    if story.does("takes back", theirs):
        story.goes_on(1, lambda: not stands("Do you have bread?"))
        theirs.refresh_from_db()
        assert (theirs.text, theirs.deleted_at is None) == ("", False)
    assert Message.objects.filter(role="User").count() == 1, "none of it is a new message"
    assert not InboundReceipt.objects.filter(state="failed").exists()


@pytest.mark.parametrize("story", ["telegram", "instagram", "whatsapp"], indirect=True)
def test_what_was_taken_back_is_in_no_store_of_ours(story: Story) -> None:
    story.connects()
    story.customer("my card is 4242", story.parcel("image"))
    story.goes_on(1, lambda: Message.objects.filter(role="User", type="Photo").exists())

    for message in Message.objects.filter(role="User"):
        assert story.does("takes back", message)
    story.goes_on(1, lambda: not Message.objects.filter(role="User", deleted_at=None).exists())

    stored = [*Message.objects.values_list("text", flat=True), *InboundReceipt.objects.values_list("event", "raw")]
    assert "4242" not in str(stored)
    arrived = InboundReceipt.objects.filter(dedup_key__startswith="message:")
    assert [(row.event, row.raw) for row in arrived] == [(None, None)] * len(arrived) != [], "nor as it arrived"
    assert not Message.objects.exclude(file=None).exists()
