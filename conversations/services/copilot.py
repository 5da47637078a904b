"""Help for people from the AI: a job row each, its result goes to the person who asked, never to the customer."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assistants import errors
from assistants.services import copilot
from conversations import selectors
from conversations.models import Chat, CopilotTask, Message
from conversations.services import records, speaking
from happ_project.core import jobs

Action = CopilotTask.Action
_LONGEST_DRAFT = 6_000


class Refused(Exception):
    """Why this cannot be done, as a sentence."""


def ask(chat: Chat, *, action: str, author: Any, draft: str = "") -> CopilotTask:
    """Plan the work; the answer is in the row's `result` within seconds. Raises `Refused`."""
    if action not in {Action.SUGGEST, Action.SHORTER, Action.FRIENDLIER, Action.TRANSLATE, Action.SUMMARISE}:
        raise Refused(_("There is no such help."))
    if action != Action.SUGGEST and not copilot.has_model(chat.company, speaking.speaker(chat)):
        raise Refused(_("This needs a language model; the built-in answerer only looks up knowledge."))
    if action in copilot.REWRITES and not draft.strip():
        raise Refused(_("Write something first, then let it be changed."))
    if action == Action.SUGGEST and chat.assistant is None:
        raise Refused(_("This chat has no assistant whose knowledge could be used."))
    # what this person asked for before is not wanted any more
    mine = CopilotTask.objects.filter(chat=chat, author=author, state=jobs.Job.State.WAITING)
    jobs.cancel(mine, reason="asked for something else")
    task = CopilotTask.objects.create(
        company_id=chat.company_id,
        chat=chat,
        author=author,
        action=action,
        draft=draft[:_LONGEST_DRAFT],
        lane=f"copilot:{chat.pk}:{author.pk}",
    )
    jobs.nudge()
    return task


def may_rewrite(chat: Chat) -> bool:
    """Whether more than a passage of the knowledge can be had."""
    return copilot.has_model(chat.company, speaking.speaker(chat))


def plan_handoff_summary(chat: Chat) -> None:
    """The chat goes to a person: have it summed up for them, if there is a model. Call in that transaction."""
    if chat.assistant_id and copilot.has_model(chat.company, speaking.speaker(chat)):
        CopilotTask.objects.create(
            company_id=chat.company_id, chat=chat, action=Action.HANDOFF, lane=f"copilot:{chat.pk}:handoff"
        )


def handoff_summary(chat: Chat) -> str:
    """For the person who takes over: of the last handoff, "" if there is none or the AI has come back since."""
    if chat.ai_on:
        return ""
    found = CopilotTask.objects.filter(chat=chat, action=Action.HANDOFF, created_at__gte=chat.ai_changed_at)
    return found.order_by("-id").values_list("result", flat=True).first() or ""


def forget(message: Message) -> None:
    """What was made of a chat since a message that was taken back; a person who has the chat gets a new summary."""
    made = CopilotTask.objects.filter(chat_id=message.chat_id, created_at__gte=message.created_at)
    jobs.cancel(made, reason="a message was taken back")
    summed_up = bool(handoff_summary(message.chat))
    made.update(result="")
    if summed_up and not handoff_summary(message.chat):
        plan_handoff_summary(message.chat)


def run(task: CopilotTask) -> None:
    """The work of a row: asks the model outside any transaction."""
    chat = Chat.objects.select_related("assistant", "company").get(pk=task.chat_id)
    wanted = copilot.Wanted(
        company=chat.company,
        assistant=speaking.speaker(chat),
        chat_id=str(chat.pk),
        language=(task.author.language if task.author else chat.company.language),
    )
    try:
        text = _made(task, chat, wanted)
    except errors.ModelUnavailable as error:
        raise jobs.Retry(jobs.backoff(task.attempts), str(error)) from error
    except errors.ModelRejected as error:
        raise jobs.GiveUp(str(error)) from error
    with transaction.atomic():
        if not jobs.owned(task).update(result=text):
            raise jobs.LostLease
        if task.action == Action.HANDOFF:
            records.chat_updated(chat)  # whoever has the chat open sees it


def _made(task: CopilotTask, chat: Chat, wanted: copilot.Wanted) -> str:
    transcript = selectors.transcript(chat)
    if task.action == Action.SUGGEST:
        return copilot.suggest(wanted, transcript)
    if task.action in copilot.REWRITES:
        return copilot.rewrite(wanted, transcript, text=task.draft, how=task.action)
    return copilot.summarise(wanted, transcript, purpose="summary" if task.action == Action.HANDOFF else "copilot")
