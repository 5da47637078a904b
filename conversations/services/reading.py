"""Letting customers see that somebody has read what they wrote: when a person looks, and when an answer goes out."""

from django.db import transaction

from conversations.models import Chat, Message
from messengers.services import signals


def acknowledge(chat: Chat) -> None:
    """Once the open transaction has committed; a hint that may be lost, and never waited for."""
    address = chat.integration.address
    if not address.capabilities.read:
        return
    last = (
        Message.objects.filter(chat_id=chat.pk, role=Message.Role.USER)
        .exclude(external_id="")
        .order_by("-id")
        .values_list("external_id", flat=True)
        .first()
    )
    if last is not None:
        message_id = last.partition("#")[0]  # of an album's later parts
        transaction.on_commit(
            lambda: signals.read(address, chat_ref=chat.external_id, message_id=message_id), robust=True
        )
