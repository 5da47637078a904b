"""Whose chat it is: the one chat of a customer on a channel, under whatever id the messenger speaks of them."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from conversations.models import (
    AiTurn,
    Chat,
    ChatAlias,
    ChatTimer,
    CopilotTask,
    GroupNotice,
    HandoffNotice,
    Message,
)
from conversations.services import records, turns
from happ_project.core import insertion, jobs, prepared
from integrations.models import Integration
from integrations.services import event_log
from integrations.services import integrations as switchboard


def locked(chat_id: UUID) -> Chat:
    """The chat, its row locked until the open transaction ends: whoever changes a chat holds this."""
    chat = _locked.first(chat_id)
    if chat is None:
        raise Chat.DoesNotExist
    return chat


@prepared.query
def _locked(chat_id: UUID) -> QuerySet[Chat]:
    chats: QuerySet[Chat] = Chat.objects.select_for_update(of=("self",))
    return chats.select_related("integration__address__account", "assistant", "company").filter(pk=chat_id)


def find(address_id: UUID, external_id: str, *, aliases: Iterable[str] = ()) -> Chat | None:
    """The chat, its row locked, if all these names are known to be its own: the way of nearly every message.

    Its integration comes along as it was before the wait for the lock; what switching it off changes stands on the
    chat too.
    """
    others = set(aliases) - {external_id}
    if others and others - {name for (name,) in _other_names(address_id, external_id)}:
        return None
    return _by_name.first(address_id, external_id)


@prepared.query
def _by_name(address_id: UUID, external_id: str) -> QuerySet[Chat]:
    chats: QuerySet[Chat] = (
        Chat.objects.select_for_update(of=("self",))
        .select_related("integration__address", "assistant")
        .defer("integration__address__credentials")  # to decrypt them takes longer than the rest
    )
    return chats.filter(
        integration__address_id=address_id, integration__deleted_at=None, external_id=external_id, deleted_at=None
    )


@prepared.query
def _other_names(address_id: UUID, external_id: str) -> "QuerySet[ChatAlias, tuple[str]]":
    aliases: QuerySet[ChatAlias] = ChatAlias.objects.filter(
        chat__integration__address_id=address_id, chat__external_id=external_id, chat__deleted_at=None
    )
    return aliases.values_list("external_id")


def find_or_create(integration: Integration, external_id: str, *, aliases: Iterable[str] = ()) -> tuple[Chat, bool]:
    """The one chat of this customer on this channel, its row locked; safe when two first messages come at once.

    Two chats that turn out to be one customer's (known by phone number here, by another id there) become one.
    """
    names = sorted({external_id, *aliases})
    # two first messages may call the customer by different names, so that no constraint would stop a second chat
    switchboard.hold(integration.pk)
    _hold_names(integration, names)
    known = _known(integration, names)
    created = not known
    if created:
        row = Chat(
            company_id=integration.company_id,
            integration_id=integration.pk,
            external_id=external_id,
            assistant_id=integration.assistant_id,
        )
        insertion.insert_new([row])
        known = {external_id: row.pk}
    oldest, *others = sorted(set(known.values()))
    chat = locked(oldest)  # with its integration read anew: it may be switched off by now
    for other in others:
        _absorb(chat, locked(other))
    _note_names(chat, set(names) - set(known))
    return chat, created


def _known(integration: Integration, names: list[str]) -> dict[str, UUID]:
    """Which chat each of the names belongs to."""
    known = {}
    for name in names:
        found = _named.first(integration.pk, name) or _also_named.first(integration.pk, name)
        if found:
            known[name] = found[0]
    return known


@prepared.query
def _named(integration_id: UUID, name: str) -> "QuerySet[Chat, tuple[UUID]]":
    chats: QuerySet[Chat] = Chat.objects.filter(integration_id=integration_id, external_id=name, deleted_at=None)
    return chats.values_list("pk")


@prepared.query
def _also_named(integration_id: UUID, name: str) -> "QuerySet[ChatAlias, tuple[UUID]]":
    aliases: QuerySet[ChatAlias] = ChatAlias.objects.filter(
        integration_id=integration_id, external_id=name, chat__deleted_at=None
    )
    return aliases.values_list("chat_id")


def _hold_names(integration: Integration, names: list[str]) -> None:
    """Until the transaction ends nobody else finds, makes or merges chats of these names; always in the same order."""
    with prepared.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{integration.pk}:{name}"])


def _note_names(chat: Chat, names: set[str]) -> None:
    ChatAlias.objects.bulk_create(
        [
            ChatAlias(company_id=chat.company_id, integration_id=chat.integration_id, chat=chat, external_id=name)
            for name in sorted(names)
        ],
        ignore_conflicts=True,
    )


def _absorb(chat: Chat, other: Chat) -> None:
    """Move everything of the younger chat to the older one; both are locked."""
    jobs.cancel(AiTurn.objects.filter(chat=other), reason="two chats of one customer became one")
    if ChatTimer.objects.filter(chat=chat, state__in=jobs.Job.OPEN).exists():
        jobs.cancel(ChatTimer.objects.filter(chat=other), reason="two chats of one customer became one")
    ChatTimer.objects.filter(chat=other).update(chat=chat)
    _move_messages(chat, other)
    for kind in (AiTurn, ChatAlias, CopilotTask, HandoffNotice, GroupNotice):
        kind.objects.filter(chat=other).update(chat=chat)
    event_log.adopt(chat.pk, other.pk)
    _combine(chat, other)
    records.chat_deleted(other)
    other.delete()
    _note_names(chat, {other.external_id})
    turns.schedule(chat)
    records.chat_updated(chat)


def _move_messages(chat: Chat, other: Chat) -> None:
    """What both hold by the messenger's id stays behind; a sender's own key, which need not be, is given up."""
    mine, theirs = Message.objects.filter(chat=chat), Message.objects.filter(chat=other)
    theirs.filter(client_key__in=mine.exclude(client_key="").values("client_key")).update(client_key="")
    theirs.exclude(external_id__in=mine.exclude(external_id="").values("external_id")).update(chat=chat)


def _combine(chat: Chat, other: Chat) -> None:
    for name in ("display_name", "username", "phone"):
        setattr(chat, name, getattr(chat, name) or getattr(other, name))
    chat.picture_id = chat.picture_id or other.picture_id
    chat.summary, chat.summary_up_to = "", None  # it would hide what came from the other
    chat.contact = {**(other.contact or {}), **(chat.contact or {})} or None
    if chat.ai_on and not other.ai_on:  # the human always wins
        chat.ai_on, chat.ai_changed_at = False, other.ai_changed_at
        chat.ai_disable_reason, chat.handoff_reason = other.ai_disable_reason, other.handoff_reason
    chat.needs_attention = chat.needs_attention or other.needs_attention
    chat.unread += other.unread
    if other.last_message_at > chat.last_message_at or not chat.last_message_text:
        chat.last_message_at, chat.last_message_text = other.last_message_at, other.last_message_text
        chat.last_message_role = other.last_message_role
    waits = [since for since in (chat.waiting_since, other.waiting_since) if since]
    # where nobody waits and nothing was handled there is nothing to answer
    handled = [each.handled_up_to for each in (chat, other) if each.waiting_since or each.handled_up_to]
    if waits:
        chat.waiting_since = min(waits)
        chat.handled_up_to = min((upto for upto in handled if upto), default=None) if all(handled) else None
    else:
        chat.handled_up_to = max((upto for upto in handled if upto), default=None)
    chat.save()
