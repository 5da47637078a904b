"""The AI's turn: reads the chat, thinks outside any transaction, speaks only if it still may.

The human always wins: what a person did meanwhile is checked while the answer is made, and once more under the
chat's lock in the very transaction that queues the answer.
"""

import logging
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from assistants import errors
from assistants.models import Assistant
from assistants.services import answering
from assistants.types import HandoffCategory, Outcome, Scene
from conversations import selectors
from conversations.models import AiTurn, Chat, Message
from conversations.services import (
    chats,
    endings,
    explaining,
    hearing,
    limits,
    memory,
    overdue,
    replaying,
    speaking,
    tool_calls,
    turns,
)
from conversations.services.watching import Watch
from happ_project.core import clock, jobs, realtime
from messengers.services import outbox, signals

log = logging.getLogger(__name__)

_PATIENCE = timedelta(minutes=3)
"""How long a model may be unavailable before a person is asked."""

Result = AiTurn.Outcome
Category = AiTurn.Category


def take(turn: AiTurn) -> None:
    """The work of a turn."""
    try:
        _take(turn)
    except Chat.DoesNotExist:
        raise jobs.LostLease from None  # deleted while the model was thinking, and the turn with it


def _take(turn: AiTurn) -> None:
    chat = turn.chat = selectors.for_turn(turn.chat_id)
    pending = selectors.unanswered(chat)
    if not pending:
        _nothing_to_answer(turn)
        return
    watch = Watch(chat, pending)
    objection, _since = watch.look(chat)
    if objection:
        _close(turn, objection, "")
        return
    if _newer_turn_waits(turn):
        _close(turn, Result.OVERTAKEN, "a newer turn waits")
        return
    if overdue.is_over(chat, turn):
        _finish(turn, watch, _handoff(chat, overdue.NOT_IN_TIME), category=Category.LATE)
        return
    bound = limits.reached(chat)
    if bound:
        _finish(turn, watch, _handoff(chat, bound.reason), category=bound.category)
        return
    turn.started_at = clock.now()
    _show_writing(chat, True)
    try:
        hearing.finish_for(pending)
        _think(turn, chat, pending, watch)
    finally:
        _show_writing(chat, False)


def _think(turn: AiTurn, chat: Chat, pending: list[Message], watch: Watch) -> None:
    assistant = speaking.take_floor(chat, pending[0])
    scene = tool_calls.scene(chat, turn)
    try:
        _answer(turn, chat, assistant, watch, scene)
    except Exception:  # also of a turn that was cancelled or waits for its next try; it is raised again
        tool_calls.keep(chat, turn, scene)  # what was done in the world stays known, and is not done once more
        raise


def _answer(turn: AiTurn, chat: Chat, assistant: Assistant, watch: Watch, scene: Scene) -> None:
    try:
        transcript = selectors.transcript(chat, until=watch.last)
        outcome = answering.answer(assistant, transcript, cancelled=watch.cancelled, scene=scene)
    except errors.Cancelled:
        _close(turn, watch.verdict or Result.STOPPED, "", scene)
        return
    except errors.ModelUnavailable as error:
        _unavailable(turn, watch, error, scene)
        return
    except errors.ModelRejected as error:
        log.warning("turn %s: the model refuses: %s", turn.pk, error)
        spent = isinstance(error, errors.BudgetSpent)
        outcome = _handoff(chat, str(error), "budget" if spent else "model_failed")
    if outcome.kind == "answer" and not outcome.text.strip():
        failed = _handoff(chat, _("the model said nothing"), "model_failed")
        outcome = replace(failed, usage=outcome.usage, trace=outcome.trace)
    _finish(turn, watch, outcome, scene)
    memory.plan(chat, transcript)


def _unavailable(turn: AiTurn, watch: Watch, error: errors.ModelUnavailable, scene: Scene) -> None:
    waited = clock.now() - turn.created_at
    delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(turn.attempts)
    chat = Chat.objects.select_related("assistant").get(pk=turn.chat_id)
    if waited + delay < _PATIENCE and turn.attempts < turn.max_attempts:
        explaining.keep(chat, turn, scene)
        turn.save(update_fields=["cost"])
        raise jobs.Retry(delay, str(error)) from error
    _finish(turn, watch, _handoff(chat, _("the model cannot be reached"), "model_failed"), scene)


def _handoff(chat: Chat, reason: str, category: HandoffCategory = "") -> Outcome:
    """The AI does not answer: a person shall, and the customer hears so."""
    return Outcome(kind="handoff", text=endings.sorry(chat), reason=reason, category=category)


def _newer_turn_waits(turn: AiTurn) -> bool:
    return (
        turn.attempts > 1
        and AiTurn.objects.filter(chat_id=turn.chat_id, id__gt=turn.pk, state=jobs.Job.State.WAITING).exists()
    )


def _finish(turn: AiTurn, watch: Watch, outcome: Outcome, scene: Scene | None = None, *, category: str = "") -> None:
    """Speak, hand off or stay silent: decided under the chat's lock, in one transaction with what follows."""
    signals.stop_typing(turn.chat.integration.address, chat_ref=turn.chat.external_id)
    with transaction.atomic():
        chat = chats.locked(turn.chat_id)
        objection, newer = watch.look(chat)
        _note(turn, outcome)
        explaining.keep(chat, turn, scene)
        tool_calls.store(chat, turn, scene)
        if objection:
            _stop(chat, turn, objection, outcome.reason)
            return
        if outcome.kind == "silent":
            endings.handled(chat, watch.last, newer)
            _save(turn, Result.SILENT, outcome.reason)
            replaying.go_on(chat)
            return
        turn.category = (category or outcome.category or Category.OTHER) if outcome.kind == "handoff" else ""
        endings.handled(chat, watch.last, newer)
        refused = endings.say(chat, turn, outcome.said)
        if refused:
            turn.category = Category.CHANNEL
        _save(turn, Result.HANDED_OFF if outcome.kind == "handoff" else Result.ANSWERED, outcome.reason)
        if refused or outcome.kind == "handoff":
            replaying.end(chat)
            chats.set_ai(chat, False, reason=Chat.DisableReason.AUTO, why=refused or outcome.reason)
        else:
            replaying.go_on(chat)
    outbox.deliver_at_once(chat.integration.address, chat.external_id)


def _note(turn: AiTurn, outcome: Outcome) -> None:
    turn.trace = outcome.trace
    if outcome.usage:
        turn.provider, turn.model = outcome.usage.provider, outcome.usage.model
        turn.input_tokens, turn.output_tokens = outcome.usage.input_tokens, outcome.usage.output_tokens
        turn.seconds = outcome.usage.seconds


def _close(turn: AiTurn, outcome: str, reason: str, scene: Scene | None = None) -> None:
    with transaction.atomic():
        chat = chats.locked(turn.chat_id)
        explaining.keep(chat, turn, scene)
        tool_calls.store(chat, turn, scene)
        _stop(chat, turn, outcome, reason)


def _stop(chat: Chat, turn: AiTurn, outcome: str, reason: str) -> None:
    """The turn ends without a word; an overtaken one leaves another that waits."""
    _save(turn, outcome, reason)
    if outcome == Result.OVERTAKEN:
        turns.leave_one(chat)


def _nothing_to_answer(turn: AiTurn) -> None:
    with transaction.atomic():
        chat = chats.locked(turn.chat_id)
        _save(turn, Result.SILENT, "nothing is unanswered")
        if chat.waiting_since and not selectors.unanswered(chat):
            chat.waiting_since = None
            chat.save(update_fields=["waiting_since"])


def give_up(turn: AiTurn) -> None:
    """The turn failed for good by our own fault: people take over, and the customer hears so."""
    chat = chats.locked(turn.chat_id)
    told = endings.simple_sorry(chat)
    turn.outcome, turn.reason, turn.category = Result.FAILED, _("the assistant failed"), Category.OURS
    turn.save(update_fields=["outcome", "reason", "category"])
    endings.call_people(chat, turn, told, why=turn.reason)


def _save(turn: AiTurn, outcome: str, reason: str) -> None:
    turn.outcome, turn.reason = outcome, reason[:200]
    usage = ("provider", "model", "input_tokens", "output_tokens", "seconds", "cost")
    jobs.finish(turn, saving=("started_at", "outcome", "reason", "category", "trace", *usage))


def _show_writing(chat: Chat, on: bool) -> None:
    """Let the dashboard and the customer see that the assistant writes; a hint, never waited for."""
    realtime.push(
        realtime.company_topic(chat.company_id), {"type": "CHAT_TYPING", "chatId": str(chat.pk), "data": {"on": on}}
    )
    signals.typing(chat.integration.address, chat_ref=chat.external_id, on=on)
