"""Letting customers see that somebody has read what they wrote: when a person looks, and when an answer goes out."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from conversations.models import Chat, Message
from happ_project.core import prepared
from messengers.services import signals


def acknowledge(chat: Chat) -> None:
    """Once the open transaction has committed; a hint that may be lost, and never waited for."""
    address = chat.integration.address
    if not address.capabilities.read:
        return
    last = _last_of_the_customer.first(chat.pk)
    if last is not None:
        message_id = last[0].partition("#")[0]  # of an album's later parts
        transaction.on_commit(
            lambda: signals.read(address, chat_ref=chat.external_id, message_id=message_id), robust=True
        )


@prepared.query
def _last_of_the_customer(chat_id: UUID) -> "QuerySet[Message, tuple[str]]":
    found: QuerySet[Message] = Message.objects.filter(chat_id=chat_id, role=Message.Role.USER)
    return found.exclude(external_id="").order_by("-id").values_list("external_id")[:1]
