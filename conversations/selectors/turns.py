"""What a turn of the AI asks first: who waits for an answer, what came meanwhile, how many were given lately."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models

from conversations.models import AiTurn, Chat, Message
from happ_project.core import clock, jobs, prepared

_BEFORE_ALL = UUID(int=0)


def is_ai_writing(chat_id: UUID) -> bool:
    return AiTurn.objects.filter(chat_id=chat_id, state=jobs.Job.State.RUNNING).exists()


def for_turn(chat_id: UUID) -> Chat:
    """The chat with all that a turn of the AI reads of it. Raises `Chat.DoesNotExist`."""
    found = _for_turn.first(chat_id)
    if found is None:
        raise Chat.DoesNotExist(chat_id)
    return found


@prepared.query
def _for_turn(chat_id: UUID) -> models.QuerySet[Chat]:
    chats: models.QuerySet[Chat] = Chat.objects.filter(pk=chat_id)
    return chats.select_related("integration__address__account", "assistant", "assistant_version", "company")


def unanswered(chat: Chat) -> list[Message]:
    """The customer's messages that nobody has answered yet, oldest first."""
    return _awaiting_answer_after(chat.pk, chat.handled_up_to or _BEFORE_ALL)


@prepared.query
def _awaiting_answer_after(chat_id: UUID, after: UUID) -> models.QuerySet[Message]:
    """The customer's messages that want an answer at all: no imported history, no `/bot`."""
    found: models.QuerySet[Message] = Message.objects.filter(
        chat_id=chat_id, role=Message.Role.USER, status=Message.Status.RECEIVED, deleted_at=None, id__gt=after
    )
    return found.exclude(type=Message.Type.FUNCTION_CALL).order_by("id")


def messages_from(chat: Chat, first: UUID) -> list[Message]:
    """A message and what came into the chat after it, whoever wrote it, oldest first."""
    return _messages_from(chat.pk, first)


@prepared.query
def _messages_from(chat_id: UUID, first: UUID) -> models.QuerySet[Message]:
    found: models.QuerySet[Message] = Message.objects.filter(chat_id=chat_id, id__gte=first, deleted_at=None)
    return found.order_by("id")


def wants_answer(message: Message) -> bool:
    """Whether a customer wrote it and waits: no imported history, no `/bot`."""
    waits = message.is_from_customer and message.status == Message.Status.RECEIVED
    return waits and message.type != Message.Type.FUNCTION_CALL


def awaits_answer(chat: Chat, message: Message) -> bool:
    """Whether a loaded message is among the `unanswered`."""
    return wants_answer(message) and (chat.handled_up_to is None or message.pk > chat.handled_up_to)


def answers_within(chat: Chat, span: timedelta) -> int:
    """How many answers the AI gave in this chat lately."""
    return answers_since(chat, clock.now() - span)


def answers_since(chat: Chat, moment: datetime) -> int:
    """How many answers the AI gave in this chat from then on."""
    found = _answers_since.first(chat.pk, moment)
    return found[0] if found else 0


@prepared.query
def _answers_since(chat_id: UUID, moment: datetime) -> "models.QuerySet[AiTurn, tuple[int]]":
    answered: models.QuerySet[AiTurn] = AiTurn.objects.filter(
        chat_id=chat_id, outcome=AiTurn.Outcome.ANSWERED, finished_at__gte=moment
    )
    return answered.values("chat_id").annotate(number=models.Count("id")).values_list("number")
