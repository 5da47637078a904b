"""Chats: found or made, handed between AI and people, moved, put away, deleted."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from assistants.models import Assistant
from conversations.models import AiTurn, Chat, ChatTimer, Message
from conversations.services import copilot, identity, notices, reading, records, speaking, turns, writing
from happ_project.core import clock, jobs, prepared
from integrations import selectors as switchboard
from integrations.models import Integration
from integrations.services import event_log
from messengers.models import Delivery
from messengers.services import inbox, outbox

_AT_ONCE = 200

locked = identity.locked


@transaction.atomic
def create(
    *,
    integration: Integration,
    external_id: str,
    assistant: Assistant | None,
    display_name: str = "",
    speaks_draft: bool = False,
) -> Chat:
    """A chat without an outside channel, made over the API or by the playground, which tries what is not published."""
    chat, created = identity.find_or_create(integration, external_id)
    if created:
        chat.assistant, chat.display_name, chat.speaks_draft = assistant, display_name, speaks_draft
        chat.save(update_fields=["assistant", "display_name", "speaks_draft"])
        records.chat_created(chat)
    return chat


def note_contact(chat: Chat, *, name: str, username: str, phone: str, is_group: bool) -> None:
    """Remember what the messenger says about the customer; what it leaves out keeps its old value."""
    told = {
        "display_name": name[:200] or chat.display_name,
        "username": username[:100] or chat.username,
        "phone": phone[:30] or chat.phone,
        "is_group": is_group,
    }
    news = [column for column, value in told.items() if getattr(chat, column) != value]
    for column in news:
        setattr(chat, column, told[column])
    if news:
        prepared.update(chat, *news)


@transaction.atomic
def set_ai(chat: Chat, on: bool, *, reason: str = Chat.DisableReason.MANUAL, why: str = "") -> Chat:
    """Switch the AI of one chat. Off stops an answer that is being made; on takes up what nobody answered.

    `reason` says whether a person switches or not: a chat that asked for a person keeps asking when the AI returns by
    itself. `why` is for people: the assistant's own words, or ours in English, marked for translation.
    """
    chat = locked(chat.pk)
    if chat.ai_on == on:
        return chat
    chat.ai_on, chat.ai_changed_at = on, clock.now()
    chat.ai_disable_reason = "" if on else reason
    chat.handoff_reason = "" if on else why[:200]
    chat.needs_attention = reason == Chat.DisableReason.AUTO and (chat.needs_attention or not on)
    chat.save(update_fields=["ai_on", "ai_changed_at", "ai_disable_reason", "handoff_reason", "needs_attention"])
    writing.note(chat, _mode_text(chat, why))
    if on:
        cancel_timers(chat)
        turns.schedule(chat)
    else:
        turns.cancel_waiting(chat)
        plan_return(chat)
        if reason == Chat.DisableReason.AUTO:
            notices.announce(chat)
            notices.announce_in_groups(chat)
            copilot.plan_handoff_summary(chat)
    records.mode_changed(chat)
    return chat


def _mode_text(chat: Chat, why: str) -> str:
    """In the form that `core.wording` translates for whoever reads it."""
    if chat.ai_on:
        return f"{_('The assistant answers again')}: {why}" if why else _("The assistant answers again.")
    if chat.ai_disable_reason == Chat.DisableReason.AUTO:
        return f"{_('The assistant asked for a person')}: {why or _('no reason given')}"
    if why:
        return f"{_('The assistant was switched off')}: {why}"
    return _("A person has taken over; the assistant is silent.")


def take_over(chat: Chat) -> None:
    """A person has written: the AI is paused, and its return is put off. Call with the chat locked."""
    if chat.ai_on:
        set_ai(chat, False, why="")
        chat.refresh_from_db()
    else:
        plan_return(chat)
    settle(chat)


def settle(chat: Chat) -> None:
    """What the customer wrote so far is dealt with. Call with the chat locked."""
    chat.handled_up_to, chat.waiting_since = _last_of_customer(chat), None
    chat.unread, chat.needs_attention = 0, False
    chat.save(update_fields=["handled_up_to", "waiting_since", "unread", "needs_attention"])


def _last_of_customer(chat: Chat) -> UUID | None:
    found = Message.objects.filter(chat=chat, role=Message.Role.USER).order_by("-id").values_list("pk", flat=True)
    return found.first() or chat.handled_up_to


def plan_return(*chats: Chat) -> None:
    """Let the AI come back to each after the silence its assistant is set to; called again, it starts over.

    Who speaks is looked up once for all chats of one version.
    """
    cancel_timers(*chats)
    delays: dict[Any, int] = {}
    timers = []
    for chat in chats:
        voice = (chat.assistant_id, chat.assistant_version_id, chat.speaks_draft)
        if voice not in delays:
            assistant = speaking.speaker(chat)
            delays[voice] = assistant.ai_auto_return_delay_minutes if assistant else -1
        if delays[voice] >= 0:
            timer = ChatTimer(company_id=chat.company_id, chat=chat, lane=f"timer:{chat.pk}")
            timer.kind, timer.queue = ChatTimer.Kind.AI_RETURN, timer.default_queue
            timer.run_at = clock.now() + timedelta(minutes=delays[voice])
            timers.append(timer)
    ChatTimer.objects.bulk_create(timers, batch_size=_AT_ONCE)


def cancel_timers(*chats: Chat) -> None:
    jobs.cancel(ChatTimer.objects.filter(chat__in=chats), reason="not needed any more")


@transaction.atomic
def mark_read(chat: Chat) -> None:
    """A person has looked at the chat."""
    changed = Chat.objects.filter(pk=chat.pk, unread__gt=0).update(unread=0)
    if changed:
        chat.unread = 0
        reading.acknowledge(chat)
        records.chat_updated(chat)


@transaction.atomic
def assign_assistant(chat: Chat, assistant: Assistant | None) -> Chat:
    """Move one chat to another assistant, or to none; it speaks by what is published of it now."""
    chat = locked(chat.pk)
    if chat.assistant != assistant:
        chat.assistant, chat.assistant_version, chat.ai_context = assistant, None, None
    chat.save(update_fields=["assistant", "assistant_version", "ai_context"])
    if assistant is None:
        turns.cancel_waiting(chat)
    else:
        turns.schedule(chat)
    records.chat_updated(chat)
    return chat


@transaction.atomic
def rename(chat: Chat, display_name: str) -> Chat:
    chat = locked(chat.pk)
    chat.display_name = display_name[:200]
    chat.save(update_fields=["display_name"])
    records.chat_updated(chat)
    return chat


@transaction.atomic
def delete(chat: Chat) -> None:
    """Delete a chat and all its messages; the next message of this customer begins a new one."""
    chat = locked(chat.pk)
    _stop_work([chat.pk], reason="the chat was deleted")
    _erase([chat])
    records.chat_deleted(chat)


@transaction.atomic
def put_away(integration_id: UUID) -> int:
    """The integration was switched off: what is pending is cancelled, its chats leave the inbox. Returns how many."""
    concerned = Chat.objects.filter(integration_id=integration_id, put_away_at=None)
    keys = list(concerned.select_for_update().order_by("pk").values_list("pk", flat=True))
    _stop_work(keys, reason="the integration was switched off")
    pending = Delivery.objects.filter(address__integration=integration_id)
    outbox.cancel(pending, reason=_("The integration was switched off."))
    return concerned.filter(pk__in=keys).update(put_away_at=clock.now())


@transaction.atomic
def bring_back(integration_id: UUID) -> int:
    """The integration was switched on again: its chats return with their history, and work on them goes on.

    Who wrote not too long ago is answered; who waited longer, people are told of. Returns how many chats there are.
    """
    away = Chat.objects.filter(integration_id=integration_id).exclude(put_away_at=None)
    keys = list(away.select_for_update().order_by("pk").values_list("pk", flat=True))
    count = away.filter(pk__in=keys).update(put_away_at=None)
    with_work = Chat.objects.filter(pk__in=keys).exclude(waiting_since=None, ai_on=True)
    chats = list(with_work.select_related("integration", "assistant", "assistant_version"))
    plan_return(*(chat for chat in chats if not chat.ai_on))
    waiting = [chat for chat in chats if chat.waiting_since is not None]
    for chat in waiting:
        _look_at_wait(chat)
    Chat.objects.bulk_update(waiting, ["needs_attention", "handled_up_to", "waiting_since"], batch_size=_AT_ONCE)
    for chat in waiting:
        turns.schedule(chat)
    return count


def _look_at_wait(chat: Chat) -> None:
    """Whoever the AI is not going to answer is for people; to be saved by the caller."""
    assert chat.waiting_since is not None
    is_late = clock.now() - chat.waiting_since > turns.bound_of(chat)
    if is_late or not (chat.ai_on and chat.assistant_id):
        chat.needs_attention = True
    if is_late:
        chat.handled_up_to, chat.waiting_since = _last_of_customer(chat), None


def _stop_work(chat_ids: list[UUID], *, reason: str) -> None:
    jobs.cancel(AiTurn.objects.filter(chat_id__in=chat_ids), reason=reason)
    jobs.cancel(ChatTimer.objects.filter(chat_id__in=chat_ids), reason=reason)


def forget_expired(company: Any) -> int:
    """Delete the chats whose integration has been off longer than the company keeps history. Returns how many."""
    count = 0
    while batch := _forget_some(clock.now() - timedelta(days=company.retention_days)):
        count += batch
    return count


@transaction.atomic
def _forget_some(put_away_before: datetime) -> int:
    # locked, so that chats of an integration that is just being switched on again are not among them
    expired = Chat.objects.select_for_update(of=("self",)).filter(put_away_at__lt=put_away_before)
    batch = list(expired.select_related("integration").order_by("pk")[:_AT_ONCE])
    _erase(batch)
    return len(batch)


def _erase(chats: list[Chat]) -> None:
    """Delete chats with every copy of what was said in them; the chats are locked."""
    keys = [chat.pk for chat in chats]
    outbox.forget(Message.objects.filter(chat_id__in=keys).values_list("pk", flat=True))
    event_log.forget(keys)
    for chat in chats:
        names = [chat.external_id, *chat.aliases.values_list("external_id", flat=True)]
        inbox.forget(chat.integration.address_id, names)
    Chat.objects.filter(pk__in=keys).delete()


def built_in(kind: str) -> Integration:
    return switchboard.built_in(kind)
