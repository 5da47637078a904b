"""What the AI is given to read."""

from datetime import timedelta

from conversations import selectors
from conversations.models import Message
from happ_project.companies.models import Company
from happ_project.core import clock
from tests import factories


def test_a_message_that_was_late_stands_after_the_answer_that_did_not_know_it(in_company: Company) -> None:
    # given a question, its answer, and a message that was written between them and reached us after both
    chat, now = factories.make_chat(in_company), clock.now()
    question = factories.make_message(chat, "Hello", sent_at=now - timedelta(seconds=20))
    factories.make_message(chat, "Good day!", role=Message.Role.ASSISTANT, source="AI", sent_at=now)
    chat.handled_up_to = question.pk
    factories.make_message(chat, "How much is tea?", sent_at=now - timedelta(seconds=10))
    # when the AI reads the chat
    read = [entry.text for entry in selectors.transcript(chat)]
    # then the message is the last word
    assert read == ["Hello", "Good day!", "How much is tea?"]
    # while people read it where the messenger says it was written
    shown = [message.text for message in selectors.latest_messages(chat.pk)]
    assert shown == ["Hello", "How much is tea?", "Good day!"]
