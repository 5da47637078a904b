"""By which version of its assistant a chat is answered: the one that was published when the conversation began.

A chat lasts for years, a conversation does not: a customer who comes back after a long silence begins a new one.
"""

from datetime import timedelta
from uuid import UUID

from django.db import models

from assistants.models import Assistant, AssistantVersion
from assistants.services import snapshots, trials, versions
from conversations.models import Chat, Message
from happ_project.core import clock, prepared

BEGINS_ANEW_AFTER = timedelta(hours=24)
"""Of silence before the customer's message."""


def speaker(chat: Chat) -> Assistant | None:
    """The chat's assistant with the settings it speaks by; None where nobody answers but people."""
    if chat.assistant_id is None:
        return None
    if chat.speaks_draft:
        return _tried(chat)
    version = chat.assistant_version
    if version is None or version.assistant_id != chat.assistant_id:
        assert chat.assistant is not None
        version = versions.latest(chat.assistant)
    return _as_of(chat, version)


def take_floor(chat: Chat, first: Message) -> Assistant:
    """The speaker of a turn that answers `first` and what follows it.

    A conversation that begins takes the newest, and knows nothing of what tools said when the one before began.
    """
    assert chat.assistant is not None
    if chat.speaks_draft:
        return _tried(chat)
    newest = versions.latest(chat.assistant)
    known = chat.assistant_version
    stays = known is not None and known.assistant_id == chat.assistant_id
    if chat.ai_context is not None and not (_goes_on(chat, first) or _has_begun(chat, first)):
        chat.ai_context = None
        prepared.update_if(chat, ["ai_context"], assistant=chat.assistant_id)
    if known is None or (known.pk != newest.pk and not (stays and _goes_on(chat, first))):
        chat.assistant_version = known = newest
        prepared.update_if(chat, ["assistant_version"], assistant=chat.assistant_id)
    return _as_of(chat, known)


def _tried(chat: Chat) -> Assistant:
    assert chat.assistant is not None
    return trials.speaker(chat.assistant, chat.trial)


def _as_of(chat: Chat, version: AssistantVersion) -> Assistant:
    assistant = snapshots.as_of(version)
    assistant.company = chat.company  # loaded along with the chat, so that nobody asks for it again
    return assistant


def _goes_on(chat: Chat, first: Message) -> bool:
    """Whether somebody said something in the day before this message."""
    since = first.created_at - BEGINS_ANEW_AFTER
    spoken = Message.objects.filter(chat=chat, role__in=[Message.Role.USER, Message.Role.ASSISTANT], deleted_at=None)
    return spoken.filter(created_at__gt=since, id__lt=first.pk).exists()


def _has_begun(chat: Chat, first: Message) -> bool:
    """Whether tools were called for this very message, by an earlier turn or try that ended without a word."""
    return Message.objects.filter(chat=chat, type=Message.Type.FUNCTION_CALL, id__gt=first.pk).exists()


def behind(assistant_id: UUID) -> models.QuerySet[Chat]:
    """Chats under way that go on by an older version than the newest."""
    newest, since = versions.newest_id(assistant_id), clock.now() - BEGINS_ANEW_AFTER
    chats = Chat.objects.in_inbox().filter(assistant_id=assistant_id, speaks_draft=False, last_message_at__gt=since)
    return chats.exclude(assistant_version=None).exclude(assistant_version_id=newest)


def bring_forward(assistant_id: UUID) -> int:
    """An urgent correction: chats that are under way speak by the newest from their next turn on. Returns how many."""
    return behind(assistant_id).update(assistant_version=None)
