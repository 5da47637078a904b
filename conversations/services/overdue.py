"""The bound on how long a customer waits for the AI, whatever holds it up: then people take over.

What reaches us older than the bound is not answered by the AI (`came_late`). What reached us in time has so long: a
turn looks at it when a worker takes it up (`is_over`); where none comes, because the queue is full or the workers are
down, a chore looks each minute, on another queue (`hand_over_all`).
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.utils.translation import gettext_noop as _

from conversations.models import AiTurn, Chat, Message
from conversations.services import chats, endings, turns
from happ_project.core import clock, jobs, tenancy
from messengers.services import outbox

NOT_IN_TIME = _("the assistant could not answer in time")
CAME_LATE = _("the message came while we were away")

_BOUND = ExpressionWrapper(
    F("chat__integration__answers_within_minutes") * Value(timedelta(minutes=1)), output_field=DurationField()
)


def came_late(chat: Chat, message: Message) -> bool:
    """Whether a message that has just reached us is too old for the AI to answer."""
    return clock.now() - message.sent_at > turns.bound_of(chat)


def is_over(chat: Chat, turn: AiTurn) -> bool:
    """Whether the turn has waited for too long. It begins to when the AI is asked: when a message reached us, or when
    the AI came back to what a person left unanswered."""
    return clock.now() - turn.created_at > turns.bound_of(chat)


def hand_over_all() -> int:
    """Call people to the chats whose turns are over. Returns how many. Call outside any scope."""
    late = jobs.open_rows(AiTurn).filter(created_at__lt=clock.now() - _BOUND)
    count = 0
    for company_id, turn_id in late.order_by("created_at").values_list("company_id", "pk"):
        with tenancy.company_scope(company_id):
            count += _hand_over(turn_id)
    return count


def _hand_over(turn_id: int) -> bool:
    turn = AiTurn.objects.filter(pk=turn_id).first()
    if turn is None:
        return False
    try:
        with transaction.atomic():
            chat = chats.locked(turn.chat_id)
            mine = AiTurn.objects.filter(pk=turn_id)
            if not jobs.cancel(mine, reason="overdue"):
                return False  # a worker was faster
            if not endings.call_people(chat, turn, endings.sorry(chat), why=NOT_IN_TIME):
                return False
            mine.update(outcome=AiTurn.Outcome.HANDED_OFF, category=AiTurn.Category.LATE, reason=NOT_IN_TIME)
    except Chat.DoesNotExist:
        return False  # deleted meanwhile, and the turn with it
    outbox.deliver_at_once(chat.integration.address, chat.external_id)
    return True
