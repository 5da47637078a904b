"""Groups: one chat with its members named, and an assistant that speaks when it is spoken to."""

from __future__ import annotations

import pytest
from telethon.tl import functions

from conversations import selectors
from conversations.models import AiTurn, Message
from conversations.services import chats, outbound
from integrations.services import integrations
from tests.doubles.telegram import Account, Channel, Group, Running
from tests.sessions.conftest import Line, RunnerThread, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group(line: Line, telegram: Running, bob: Account) -> Group:
    olha = telegram.do(lambda dc: dc.add_account("+380501110003", "Olha"))
    return telegram.do(lambda dc: dc.add_group("Cake club", bob, olha, line.owner))


def turns(line: Line) -> int:
    return line.ask(AiTurn.objects.count)


def test_members_are_named_in_one_chat(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account, group: Group
) -> None:
    telegram.do(lambda dc: (dc.post.send(bob, group, "hi"), dc.post.send(group.members[1], group, "ho")))
    until(lambda: line.texts() == ["hi", "ho"])

    chat = line.chat()

    assert (chat.display_name, chat.is_group) == ("Cake club", True)
    said = line.ask(lambda: [entry.text for entry in selectors.transcript(chat)])
    assert said == ["Bob: hi", "Olha: ho"]


@pytest.mark.parametrize(
    ("setting", "answered"), [("always", ["chatter", "question"]), ("mentioned", ["question"]), ("never", [])]
)
def test_the_assistant_speaks_when_it_may(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account, group: Group, setting: str, answered: list[str]
) -> None:
    with line.scope():
        integrations.update_settings(line.integration, group_answers=setting)
    for text in ("chatter", "@alice question"):
        telegram.do(lambda dc, text=text: dc.post.send(bob, group, text))
    until(lambda: len(line.texts()) == 2)

    chat = line.chat()

    waiting = [message.text.removeprefix("@alice ") for message in line.ask(lambda: selectors.unanswered(chat))]
    assert waiting == answered
    assert turns(line) == bool(answered)
    assert chat.unread == 2
    if setting == "mentioned":
        said = line.ask(lambda: [entry.text for entry in selectors.transcript(chat)])
        assert said == ["Bob: chatter", "Bob: @alice question"], "what was said around it is known to the assistant"


def test_an_answer_goes_to_the_group_as_a_reply_would(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    place: Channel = telegram.do(lambda dc: dc.add_channel("Bakers", bob, line.owner))
    telegram.do(lambda dc: dc.post.send(bob, place, "@alice when?"))
    until(lambda: line.texts() == ["@alice when?"])

    with line.scope():
        outbound.send(line.chat(), text="At nine", source="AI")

    telegram.until(lambda dc: len(place.posts) == 2)
    assert place.posts[2].message.text == "At nine"


# --- what we sent, afterwards ---


def test_a_message_of_ours_is_changed_and_taken_back_at_telegram(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hi"))
    until(lambda: line.texts() == ["hi"])
    with line.scope():
        message = outbound.send(line.chat(), text="We open at 8", source="AI")
        outbound.edit(Message.objects.get(pk=message.pk), "We open at 9")

    telegram.until(lambda dc: [c.message.text for c in bob.mailbox.copies.values()] == ["hi", "We open at 9"])

    with line.scope():
        outbound.delete(Message.objects.get(pk=message.pk))
    telegram.until(lambda dc: [c.message.text for c in bob.mailbox.copies.values()] == ["hi"])


def test_a_message_that_has_not_left_is_not_sent_when_it_is_deleted(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hi"))
    until(lambda: line.texts() == ["hi"])
    runner.stop()
    with line.scope():
        message = outbound.send(line.chat(), text="oops", source="AI")
        outbound.delete(Message.objects.get(pk=message.pk))
        assert Message.objects.get(pk=message.pk).status == "cancelled"

    assert telegram.dc.count(functions.messages.SendMessageRequest) == 0


@pytest.mark.parametrize("how", ["a person looks", "an answer goes out"])
def test_the_customer_sees_that_it_was_read(
    line: Line, runner: RunnerThread, telegram: Running, bob: Account, how: str
) -> None:
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hi"))
    until(lambda: line.texts() == ["hi"])

    with line.scope():
        if how == "a person looks":
            chats.mark_read(line.chat())
        else:
            outbound.send(line.chat(), text="hello", source="AI")

    telegram.until(lambda dc: not line.owner.mailbox.unread(bob))
