"""How a turn of the AI ends: its words are queued, what it dealt with is marked, or people take over."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import override

from assistants.services import answering
from conversations import selectors
from conversations.models import AiTurn, Chat, Message
from conversations.services import chats, outbound, replaying, speaking, turns
from conversations.services.watching import Watch
from happ_project.core import clock, prepared
from happ_project.core.formatted import Formatted

_ONCE_WITHIN = timedelta(hours=1)
"""A customer is told only once in this time that a person is called since the AI cannot answer."""
_ENDED_BADLY = (AiTurn.Outcome.HANDED_OFF, AiTurn.Outcome.FAILED)


def say(chat: Chat, turn: AiTurn, said: Formatted) -> str:
    """Queue the AI's words; returns why the channel does not take them, or ""."""
    if not said.text.strip():
        return ""
    try:
        with override(chat.company.language):  # it is put together here and read by the company
            outbound.say(chat, said=said, source="AI", turn=turn)
    except outbound.NotSendable as error:
        return str(error)
    return ""


def handled(chat: Chat, last: Message, newer: list[Message]) -> None:
    """Everything up to `last` is dealt with; what came after keeps waiting, and its own turn will answer it."""
    after = next((message.created_at for message in newer if selectors.wants_answer(message)), None)
    chat.handled_up_to, chat.waiting_since = last.pk, after
    prepared.update(chat, "handled_up_to", "waiting_since")
    if after:
        turns.schedule(chat)


def sorry(chat: Chat) -> str:
    """What the customer is told when the model fails, unless they were told so within the hour."""
    if _apologised(chat):
        return ""
    return answering.answers_soon(answering.language_of(speaking.speaker(chat), selectors.transcript(chat)))


def simple_sorry(chat: Chat) -> str:
    """The same without reading what was said: where something of ours is broken."""
    if _apologised(chat):
        return ""
    assistant = speaking.speaker(chat)
    return answering.answers_soon((assistant and assistant.language) or chat.company.language)


def call_people(chat: Chat, turn: AiTurn, told: str, *, why: str) -> bool:
    """The turn came to nothing: the customer is told so, if anything, and people take over. Call with the chat locked.

    False: it is not the AI's to say so, since nobody waits or it may not speak. Saves nothing of the turn.
    """
    pending = selectors.unanswered(chat)
    if not pending:
        return False
    objection, newer = Watch(chat, pending).look(chat)
    if objection:
        return False
    say(chat, turn, Formatted(told))
    handled(chat, pending[-1], newer)
    replaying.end(chat)
    chats.set_ai(chat, False, reason=Chat.DisableReason.AUTO, why=why)
    return True


def _apologised(chat: Chat) -> bool:
    since = clock.now() - _ONCE_WITHIN
    return AiTurn.objects.filter(chat=chat, outcome__in=_ENDED_BADLY, finished_at__gt=since).exists()
