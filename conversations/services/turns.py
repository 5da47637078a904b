"""When the AI speaks next: one waiting row per chat, pushed back by every new message."""

from datetime import datetime, timedelta

from conversations.models import AiTurn, Chat
from happ_project.core import clock, insertion, jobs


def schedule(chat: Chat, *, at_once: bool = False, finished: bool = False, heard_at: datetime | None = None) -> None:
    """Let the AI answer after the integration's quiet time, if it is its turn to speak. Call with the chat locked.

    Every message starts the quiet time anew, up to the longest wait since the customer began to wait; `at_once` skips
    it, for a call for a person; `finished` shortens it, for a message that ends a thought. `heard_at` is when the
    message reached us, if that is not now.
    """
    if not is_wanted(chat):
        return
    run_at = clock.now() if at_once else due_time(chat, heard_at or clock.now(), finished=finished)
    if not jobs.push_back(AiTurn, "chat_id", chat.pk, run_at):
        turn = AiTurn(company_id=chat.company_id, chat=chat, lane=f"chat:{chat.pk}", run_at=run_at)
        turn.queue = turn.default_queue
        insertion.insert_new([turn])


def is_wanted(chat: Chat) -> bool:
    """Whether somebody waits for an answer that the AI may give."""
    return bool(chat.waiting_since and may_speak(chat))


def may_speak(chat: Chat) -> bool:
    return bool(chat.ai_on and chat.assistant_id and not chat.put_away_at)


def bound_of(chat: Chat) -> timedelta:
    """How long a customer waits for the AI at most; what is older is for people."""
    return timedelta(minutes=chat.integration.answers_within_minutes)


def leave_one(chat: Chat) -> None:
    """See to it that a turn waits, without pushing back one that does. Call with the chat locked."""
    if is_wanted(chat) and not AiTurn.objects.filter(chat=chat, state=jobs.Job.State.WAITING, attempts=0).exists():
        schedule(chat)


def due_time(chat: Chat, heard_at: datetime, *, finished: bool = False) -> datetime:
    """The quiet time begins when the message reached us; what is late leaves half of it to those that come behind."""
    seconds = chat.integration.debounce_seconds
    if finished:
        seconds = min(seconds, chat.integration.finished_seconds)
    now, quiet = clock.now(), timedelta(seconds=seconds)
    latest = (chat.waiting_since or now) + timedelta(seconds=chat.integration.longest_wait_seconds)
    return max(min(max(heard_at + quiet, now + quiet / 2), latest), now)


def cancel_waiting(chat: Chat) -> None:
    """The AI will not speak; a running turn notices by itself that it may not."""
    jobs.cancel(AiTurn.objects.filter(chat=chat, state=jobs.Job.State.WAITING), reason="the AI is off")


def cancel_all() -> None:
    """The company of the open scope was closed: no answer of its AI is sent any more, not even one being made."""
    jobs.cancel(AiTurn.objects.all(), reason="the company was closed")
