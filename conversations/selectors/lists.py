"""Chats and messages as pages and the API list them."""

from collections.abc import Iterable
from uuid import UUID

from django.db import models
from django.db.models import Q

from conversations.models import Chat, Message


def inbox(
    *, search: str = "", kind: str = "", ai: str = "", unread: bool = False, integration_id: UUID | None = None
) -> models.QuerySet[Chat]:
    """The chats that people see, newest first. `ai`: "on", "off" or "" for all."""
    found = Chat.objects.in_inbox().select_related("integration__address", "assistant", "picture")
    # chats of built-in integrations exist for programs and tests; the playground is no customer
    found = found.exclude(integration__address__kind="playground")
    if search:
        found = found.filter(
            Q(display_name__icontains=search) | Q(username__icontains=search) | Q(phone__icontains=search)
        )
    if kind:
        found = found.filter(integration__address__kind=kind)
    if integration_id:
        found = found.filter(integration_id=integration_id)
    if ai:
        found = found.filter(ai_on=ai == "on")
    if unread:
        found = found.filter(unread__gt=0)
    return found.order_by("-last_message_at", "-id")


def chat(chat_id: UUID) -> Chat:
    """Raises `Chat.DoesNotExist`."""
    return (
        Chat.objects.in_inbox()
        .select_related("integration__address__account", "integration__assistant", "assistant", "picture")
        .get(pk=chat_id)
    )


def count_unread() -> int:
    """How many chats that people see hold something unread."""
    return inbox(unread=True).count()


def count_chats_of(integration_id: UUID) -> int:
    """How many chats switching this integration off concerns."""
    return Chat.objects.in_inbox().filter(integration_id=integration_id).count()


def messages(chat_id: UUID) -> models.QuerySet[Message]:
    """The history of a chat, oldest first."""
    return (
        Message.objects.select_related("file", "author", "turn")
        .filter(chat_id=chat_id, deleted_at=None)
        .order_by("sent_at", "id")
    )


def latest_messages(chat_id: UUID, *, take: int = 50, before: Message | None = None) -> list[Message]:
    """The end of the history (or the stretch before a message), oldest first."""
    found = messages(chat_id)
    if before is not None:
        found = found.filter(Q(sent_at__lt=before.sent_at) | Q(sent_at=before.sent_at, id__lt=before.pk))
    return list(reversed(found.order_by("-sent_at", "-id")[:take]))


def last_message_of_each(chat_ids: Iterable[UUID]) -> dict[UUID, Message]:
    """The newest message of several chats, by chat id; unknown chats are left out."""
    found = (
        Message.objects.select_related("file", "author", "turn")
        .filter(chat_id__in=list(chat_ids), deleted_at=None, chat__deleted_at=None)
        .order_by("chat_id", "-sent_at", "-id")
        .distinct("chat_id")
    )
    return {message.chat_id: message for message in found}
