"""Putting a message into a chat's history: the row, the list entry, the news."""

from typing import Any

from django.db import IntegrityError

from conversations import selectors
from conversations.models import Chat, Message
from conversations.services import records
from happ_project.core import clock, insertion, prepared

LISTED = ("last_message_at", "last_message_text", "last_message_role")
"""The columns of a chat that `add` changes."""
_UNLISTED = (Message.Role.SYSTEM, Message.Role.DEVELOPER)


def add(chat: Chat, *, save_chat: bool = True, **fields: Any) -> Message:
    """Store a message and show it in the list of chats. Call with the chat locked.

    Without `save_chat` the caller saves `LISTED` along with what else it changes of the chat.
    """
    message = Message(company_id=chat.company_id, chat=chat, **fields)
    if not insertion.insert_new([message]):
        raise IntegrityError("the chat has this message already")
    _follow_up(chat, message, save_chat=save_chat)
    return message


def add_once(chat: Chat, *, save_chat: bool = True, **fields: Any) -> Message | None:
    """`add`, if the chat has no message of this `external_id` yet: the constraint decides. None: it has."""
    message = Message(company_id=chat.company_id, chat=chat, **fields)
    if not insertion.insert_new([message]):
        return None
    _follow_up(chat, message, save_chat=save_chat)
    return message


def _follow_up(chat: Chat, message: Message, *, save_chat: bool) -> None:
    if message.role not in _UNLISTED:
        _show_in_list(chat, message)
        if save_chat:
            prepared.update(chat, *LISTED)
    records.message_created(message)


def note(chat: Chat, text: str) -> Message:
    """A line of ours in the history, for people and for the AI; the customer does not see it."""
    return add(
        chat, role=Message.Role.SYSTEM, source="PLATFORM", text=text, status=Message.Status.STORED, sent_at=clock.now()
    )


def show_latest(chat: Chat) -> None:
    """A message was changed or taken back: the list shows what is the last one now. Call with the chat locked."""
    said = Message.objects.filter(chat=chat, deleted_at=None).exclude(role__in=_UNLISTED)
    latest = said.order_by("-sent_at", "-id").first()
    chat.last_message_text = _preview(latest) if latest else ""
    chat.last_message_role = latest.role if latest else ""
    prepared.update(chat, "last_message_text", "last_message_role")


def _show_in_list(chat: Chat, message: Message) -> None:
    """What comes late, or from before we were connected, does not stand there in place of what was said since."""
    if chat.last_message_role and message.sent_at < chat.last_message_at:
        return
    chat.last_message_at, chat.last_message_text = message.sent_at, _preview(message)
    chat.last_message_role = message.role


def _preview(message: Message) -> str:
    return (message.text or message.get_type_display())[: selectors.PREVIEW]
