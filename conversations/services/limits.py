"""What an answer of the AI must not exceed: so many in a chat, in ten minutes, in an hour, until a person looks."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_noop as _

from conversations import selectors
from conversations.models import AiTurn, Chat
from conversations.services import speaking

_BURST, _BURST_WITHIN = 20, timedelta(minutes=10)
_HOUR = timedelta(hours=1)

Category = AiTurn.Category


@dataclass(frozen=True, slots=True)
class Reached:
    """A bound that one more answer would pass: what people read, and its category."""

    reason: str
    category: str


def reached(chat: Chat) -> Reached | None:
    """Why the AI may not answer in this chat now, so that a person is called instead."""
    assistant = speaking.speaker(chat)
    if assistant is None:
        return None
    in_an_hour = selectors.answers_within(chat, _HOUR)
    if in_an_hour >= _BURST and selectors.answers_within(chat, _BURST_WITHIN) >= _BURST:
        return Reached(_("too many answers in a short time"), Category.TOO_MANY)
    if in_an_hour >= assistant.answers_per_hour:
        return Reached(_("more answers within an hour than are allowed"), Category.TOO_MANY)
    most = assistant.most_answers
    if most and selectors.answers_since(chat, chat.ai_changed_at) >= most:
        return Reached(_("it went on for too many answers"), Category.TURNS)
    return None
