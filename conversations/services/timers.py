"""What happens to a chat after a while: the AI comes back after a person's silence."""

from django.db import transaction

from conversations.models import Chat, ChatTimer
from conversations.services import chats
from happ_project.core import jobs


def ring(timer: ChatTimer) -> None:
    """The work of a timer."""
    with transaction.atomic():
        chat = chats.locked(timer.chat_id)
        jobs.finish(timer)
        if not chat.ai_on and not chat.deleted_at and not chat.put_away_at:
            chats.set_ai(chat, True, reason=Chat.DisableReason.AUTO)
