"""What was said long ago: the older part of a long chat is folded into a running summary, in the background."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from assistants.engine import prompt
from assistants.errors import ModelRejected, ModelUnavailable
from assistants.services import memory
from assistants.types import TranscriptEntry
from conversations import selectors
from conversations.models import Chat, ChatSummary, Message
from conversations.services import chats, speaking
from happ_project.core import insertion, jobs

_FOLDED_FROM = prompt.WINDOW * 4 // 5
"""Tokens: a little before the window is full, so that nothing is missing while the summary is made."""
_KEPT = prompt.WINDOW // 2


def plan(chat: Chat, transcript: Sequence[TranscriptEntry]) -> None:
    """Have the older part folded, if the chat has become too long. Costs nothing while it has not."""
    if sum(prompt.tokens(entry) for entry in transcript) < _FOLDED_FROM:
        return
    job = ChatSummary(company_id=chat.company_id, chat=chat, lane=f"summary:{chat.pk}", queue=ChatSummary.default_queue)
    insertion.insert_new([job])


def fold(job: ChatSummary) -> None:
    """The work of a summary. The built-in answerer needs none."""
    chat = Chat.objects.select_related("integration__address", "assistant", "assistant_version").get(pk=job.chat_id)
    assistant = speaking.speaker(chat)
    older = _older(selectors.transcript(chat))
    if assistant is None or not older:
        return
    entries = [entry for entry in older if not entry.pinned]
    try:
        text = memory.summarise(assistant, previous=chat.summary, entries=entries, chat_id=str(chat.pk))
    except ModelUnavailable as error:
        delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(job.attempts)
        raise jobs.Retry(delay, str(error)) from error
    except ModelRejected as error:
        raise jobs.GiveUp(str(error)) from error
    if not text:
        return
    with transaction.atomic():
        now = chats.locked(chat.pk)
        jobs.finish(job)
        if now.summary_up_to == chat.summary_up_to:
            now.summary, now.summary_up_to = text, max(UUID(entry.ref) for entry in entries)
            now.save(update_fields=["summary", "summary_up_to"])


def forget(message: Message) -> None:
    """What was taken back is in no summary: one that may tell of it goes, and is made anew of what is left.

    Call with its chat locked.
    """
    chat = message.chat
    jobs.cancel(ChatSummary.objects.filter(chat=chat), reason="a message was taken back")
    if chat.summary_up_to is not None and message.pk <= chat.summary_up_to:
        chat.summary, chat.summary_up_to = "", None
        chat.save(update_fields=["summary", "summary_up_to"])


def _older(transcript: Sequence[TranscriptEntry]) -> list[TranscriptEntry]:
    """All but the newest that fill half of the window; every one that stays is younger by its id, too."""
    room, cut = _KEPT, len(transcript)
    while cut and room > 0:
        cut -= 1
        room -= prompt.tokens(transcript[cut])
    while cut and _is_mixed(transcript[:cut], transcript[cut:]):
        cut -= 1
    older = list(transcript[:cut])
    return older if any(entry.ref for entry in older) else []


def _is_mixed(older: Sequence[TranscriptEntry], newer: Sequence[TranscriptEntry]) -> bool:
    """What was written early may have been stored late: the summary's end is an id, nothing may fall through."""
    last = max((entry.ref for entry in older if entry.ref), default="")
    return any(entry.ref and entry.ref <= last for entry in newer)
