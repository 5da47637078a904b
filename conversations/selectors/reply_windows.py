"""Until when a messenger lets us write to a customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models

from conversations.models import Chat, Message
from happ_project.core import clock, prepared


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """Until when the messenger lets us write: anybody of us, and a person. None: the customer has never written."""

    closes_at: datetime | None
    human_agent_until: datetime | None

    @property
    def is_open(self) -> bool:
        """The assistant, programs and people may write."""
        return self.closes_at is not None and clock.now() <= self.closes_at

    @property
    def is_open_for_people(self) -> bool:
        return self.is_open or (self.human_agent_until is not None and clock.now() <= self.human_agent_until)


def reply_window_of(chat: Chat) -> ReplyWindow | None:
    """The time that the customer's last message gave us; None on messengers that set none."""
    can = chat.integration.address.capabilities
    if can.reply_window is None:
        return None
    last_wrote = _last_wrote.first(chat.pk)
    if last_wrote is None:
        return ReplyWindow(None, None)
    (last,) = last_wrote
    longer = last + timedelta(seconds=can.human_window) if can.human_window else None
    return ReplyWindow(last + timedelta(seconds=can.reply_window), longer)


@prepared.query
def _last_wrote(chat_id: UUID) -> "models.QuerySet[Message, tuple[datetime]]":
    wrote: models.QuerySet[Message] = Message.objects.filter(chat_id=chat_id, role=Message.Role.USER)
    return wrote.exclude(external_id="").order_by("-sent_at").values_list("sent_at")[:1]
