"""What people think of the AI's answers, and what comes of it: knowledge, or a test."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from assistants.services import knowledge
from conversations.models import AnswerReview, Message
from happ_project.core import clock

Verdict, State = AnswerReview.Verdict, AnswerReview.State
_LONGEST_NOTE = 2_000
_LONGEST_NAME = 120
_LOOKED_BACK = 20


def give(message: Message, *, author: Any, verdict: str, note: str = "") -> AnswerReview:
    """This person's thumb for an answer of the AI, in place of an earlier one. Raises `ValueError` for another kind."""
    if not message.is_from_ai or verdict not in Verdict.values:
        raise ValueError(verdict)
    is_open = verdict == Verdict.BAD
    review, _created = AnswerReview.objects.update_or_create(
        message=message,
        author=author,
        defaults={
            "company_id": message.company_id,
            "verdict": verdict,
            "note": note.strip()[:_LONGEST_NOTE],
            "state": State.OPEN if is_open else State.DONE,
            "outcome": "",
            "done_at": None if is_open else clock.now(),
        },
    )
    return review


def listed(*, state: str) -> QuerySet[AnswerReview]:
    """Thumbs down that are open, or everything that is done, of chats that people see; newest first."""
    seen = {"message__deleted_at": None, "message__chat__deleted_at": None, "message__chat__put_away_at": None}
    found = AnswerReview.objects.filter(state=state, **seen)
    return found.select_related("message__chat__assistant", "message__turn", "author").order_by("-created_at")


def close(review: AnswerReview, outcome: str = "") -> None:
    review.state, review.outcome, review.done_at = State.DONE, outcome[:200], clock.now()
    review.save(update_fields=["state", "outcome", "done_at"])


def reopen(review: AnswerReview) -> None:
    review.state, review.outcome, review.done_at = State.OPEN, "", None
    review.save(update_fields=["state", "outcome", "done_at"])


@transaction.atomic
def add_to_knowledge(review: AnswerReview, *, question: str, answer: str) -> None:
    """The question with the right answer becomes a text of the chat's assistant, findable some seconds from now.

    Once, however often the button is pressed. Raises `ValueError` where one is missing, or the chat has no assistant.
    """
    if AnswerReview.objects.select_for_update().get(pk=review.pk).state == State.DONE:
        return
    assistant, question, answer = review.message.chat.assistant, question.strip(), answer.strip()
    if assistant is None or not question or not answer:
        raise ValueError("a question, an answer and an assistant are needed")
    knowledge.add_text(assistant, name=" ".join(question.split())[:_LONGEST_NAME], content=f"{question}\n{answer}")
    close(review, _("added to the knowledge"))


def question_of(message: Message) -> str:
    """What the customer had said since the company's last word before this answer."""
    before = Message.objects.filter(chat_id=message.chat_id, deleted_at=None, sent_at__lte=message.sent_at)
    said: list[str] = []
    for each in before.exclude(pk=message.pk).order_by("-sent_at", "-id")[:_LOOKED_BACK]:
        if each.is_from_customer:
            said.append(each.text or each.transcription)
        elif said and each.role == Message.Role.ASSISTANT:
            break
    return "\n".join(reversed([text for text in said if text.strip()]))
