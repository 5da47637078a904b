"""The journey out: a person's, a program's or the AI's message is stored and queued in one transaction."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from conversations import selectors
from conversations.models import AiTurn, Chat, Message
from conversations.services import carriage, chats, commands, reading, records, taking_back, writing
from happ_project.core import clock, prepared, realtime
from happ_project.core.formatted import Formatted
from happ_project.files.models import StoredFile
from integrations import types as news
from messengers import types
from messengers.events import DeliveryChanged, DeliveryTried
from messengers.models import Delivery
from messengers.services import changes, inbox, outbox

_TRY = """
    UPDATE conversations_message SET status = %s
    WHERE id = %s AND company_id = %s AND status = %s RETURNING chat_id"""
_FORWARD = ["queued", "sending", "unsure", "sent", "delivered", "read"]


class NotSendable(Exception):
    """The message cannot go out as it is; `field` says what to change, the text says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@transaction.atomic
def send(chat: Chat, **what: Any) -> Message | None:
    """`say`, in a transaction of its own."""
    return say(chats.locked(chat.pk), **what)


def say(
    chat: Chat,
    *,
    text: str = "",
    said: Formatted | None = None,
    file: StoredFile | None = None,
    sticker_ref: str = "",
    source: str = "PLATFORM",
    author: Any = None,
    client_key: str = "",
    turn: AiTurn | None = None,
    album: str = "",
    more_follow: bool = False,
    **fields: Any,
) -> Message | None:
    """Send a message to the customer. The same `client_key` sends once. None: it was a `/bot` and was obeyed.

    `text` is literal; what has formatting is given as `said` instead.
    A file with the `specific_type` "sticker" goes as one; `sticker_ref` is the number of one that the messenger has.
    `album`: see `outbox.Content`; `more_follow`: what a message does to the chat is left to the last one.
    A person's message (every source but AI) pauses the AI. Raises `NotSendable` before anything is stored.
    Call with the chat locked.
    """
    if client_key:
        known = Message.objects.filter(chat=chat, client_key=client_key).first()
        if known is not None:
            return known
    said = said or Formatted(text)
    by_person = source != "AI"
    if by_person and commands.obey(chat, said.text, from_team=True):
        return None
    is_human = source not in {"AI", "API"}
    attachment = carriage.attachment(
        chat.integration.address.capabilities,
        file,
        as_sticker=fields.get("specific_type") == carriage.STICKER,
        sticker_ref=sticker_ref,
    )
    check(chat, text=said.text, attachment=attachment)
    window = _check_window(chat, is_human=is_human)
    message = writing.add(
        chat,
        role=Message.Role.ASSISTANT,
        source=source,
        type=_type_of(attachment),
        text=said.text,
        marks=said.marks_json(),
        file=file,
        author=author,
        client_key=client_key,
        turn=turn,
        status=Message.Status.QUEUED,
        sent_at=clock.now(),
        **fields,
    )
    outbox.enqueue(
        chat.integration.address,
        chat_ref=chat.external_id,
        message_ref=message.pk,
        content=outbox.Content(
            said=said,
            attachment=attachment,
            reply_to=message.reply_to,
            author="human" if by_person else "assistant",
            album=album,
            **_times(window, is_human=is_human),
        ),
        at_once=turn is not None,
    )
    if more_follow:
        return message
    reading.acknowledge(chat)
    if by_person:
        chats.take_over(chat)
    return message


def check(chat: Chat, *, text: str, attachment: types.OutgoingAttachment | None) -> None:
    """Refuse, before anything is stored, what the channel cannot carry."""
    if not text.strip() and attachment is None:
        raise NotSendable("text", _("There is nothing to send: write a text or add a file."))
    if chat.put_away_at or not chat.integration.enabled:
        raise NotSendable("chatId", _("The integration of this chat is switched off."))
    if attachment is None:
        return
    adapter = chat.integration.address.adapter_class
    if attachment.ref:
        if not adapter.capabilities.sticker_numbers:
            told = _("%(title)s has no stickers that go by a number.") % {"title": _(adapter.title)}
            raise NotSendable("sticker_id", told)
        if not attachment.ref.isdecimal():
            raise NotSendable("sticker_id", _("The number of a sticker has digits only."))
        return
    reason = carriage.refusal(adapter, kind=attachment.kind, mime=attachment.mime, size=attachment.size)
    if reason:
        raise NotSendable("file", reason)


def _check_window(chat: Chat, *, is_human: bool) -> selectors.ReplyWindow | None:
    """Refuse what the messenger would refuse because too much time has passed; a person may have longer."""
    window = selectors.reply_window_of(chat)
    if window is None or window.is_open or (is_human and window.is_open_for_people):
        return window
    adapter = chat.integration.address.adapter_class
    names = {"title": adapter.title, "hours": adapter.capabilities.reply_window // 3600}
    if window.closes_at is None:
        raise NotSendable("chatId", _("%(title)s lets a business write only to people who wrote first.") % names)
    if is_human and window.human_agent_until is not None:
        names["days"] = adapter.capabilities.human_window // 86_400
        reason = _("%(title)s takes answers up to %(days)d days after the customer’s last message. They have passed.")
        raise NotSendable("chatId", reason % names)
    reason = _("%(title)s takes answers within %(hours)d hours of the customer’s last message. They have passed.")
    raise NotSendable("chatId", reason % names)


def _times(window: selectors.ReplyWindow | None, *, is_human: bool) -> dict[str, Any]:
    """The same for the way out, where it may be later by then."""
    if window is None:
        return {}
    return {"reply_until": window.closes_at, "human_until": window.human_agent_until if is_human else None}


def _type_of(attachment: types.OutgoingAttachment | None) -> str:
    if attachment is None:
        return Message.Type.TEXT
    return carriage.type_of(attachment.kind) if attachment.file_id else Message.Type.SPECIFIC


@transaction.atomic
def store_only(chat: Chat, *, role: str, text: str, **fields: Any) -> Message:
    """A message for the record (system, developer, function calls): stored, never delivered, never answered."""
    return writing.add(
        chats.locked(chat.pk), role=role, text=text, status=Message.Status.STORED, sent_at=clock.now(), **fields
    )


def show_try(tried: DeliveryTried) -> None:
    """A message is on its way, or waits again: shown at once, in one statement. The log has how it ends."""
    was, now = ("queued", "sending") if tried.is_sending else ("sending", "queued")
    with prepared.cursor() as cursor:
        cursor.execute(_TRY, [now, tried.message_ref, tried.company_id, was])
        row = cursor.fetchone()
    if row is not None:
        about = {"messageId": str(tried.message_ref), "status": now}
        hint = {"type": news.MESSAGE_SENDING, "chatId": str(row[0]), "data": about}
        realtime.push_on_commit(realtime.company_topic(tried.company_id), hint)


def follow_delivery(changed: DeliveryChanged) -> None:
    """The messenger told how far a message got; the status only moves forward."""
    message = _held.first(changed.message_ref)
    if message is None:
        return
    fields = []
    if _is_further(message.status, changed.status):
        message.status, message.status_detail = changed.status, changed.error
        fields += ["status", "status_detail"]
    if changed.external_id and not message.external_id and _is_free(message.chat_id, changed.external_id):
        message.external_id = changed.external_id
        fields += ["external_id"]
    if fields:
        prepared.update(message, *fields)
        records.message_updated(message)


@prepared.query
def _held(message_id: UUID) -> QuerySet[Message]:
    messages: QuerySet[Message] = Message.objects.select_for_update(of=("self",))
    return messages.select_related("chat__integration__address", "turn", "file").filter(pk=message_id)


def _is_further(known: str, status: str) -> bool:
    if status == known:
        return False
    if status in {"cancelled", "queued"} or known in {"unsure", "failed", "cancelled"}:
        return True  # a person tries again, or the truth about it came to light
    if status == "failed":
        return known in {"queued", "sending", "sent"}  # accepted is not delivered
    if known not in _FORWARD:
        return False
    return _FORWARD.index(status) > _FORWARD.index(known)


def _is_free(chat_id: UUID, external_id: str) -> bool:
    """An echo that nobody could place may have been stored under this id as a message of its own."""
    return not _of_external_id(chat_id, external_id)


@prepared.query
def _of_external_id(chat_id: UUID, external_id: str) -> "QuerySet[Message, tuple[UUID]]":
    messages: QuerySet[Message] = Message.objects.filter(chat_id=chat_id, external_id=external_id)
    return messages.values_list("pk")


def cancel_all() -> None:
    """The company of the open scope was closed: nothing of it that has not left yet is sent any more."""
    outbox.cancel(Delivery.objects.all(), reason=outbox.COMPANY_CLOSED)


def retry(message_id: UUID) -> bool:
    """Send again what failed or is unsure, because a person says so."""
    message = Message.objects.select_related("chat__integration__address").get(pk=message_id)
    window = selectors.reply_window_of(message.chat)
    times = _times(window, is_human=message.source not in {"AI", "API"})
    return outbox.retry(message_id, **times) > 0


@transaction.atomic
def edit(message: Message, text: str) -> Message:
    """Correct the text in our history and, if it is one of ours and the messenger can, in the customer's as well.

    The words that stay keep their formatting.
    """
    chat = chats.locked(message.chat_id)
    said = message.said.reworded(text)
    if message.role == Message.Role.ASSISTANT:
        changes.edit(chat.integration.address, message_ref=message.pk, said=said)
    message.say(said)
    message.edited_at = clock.now()
    message.save(update_fields=["text", "marks", "edited_at"])
    writing.show_latest(chat)
    records.message_updated(message)
    return message


@transaction.atomic
def delete(message: Message) -> None:
    """Take it out of our history and, if it is one of ours and the messenger can, out of the customer's as well."""
    message.chat = chats.locked(message.chat_id)
    address = message.chat.integration.address
    if message.role == Message.Role.ASSISTANT:
        changes.delete(address, message_ref=message.pk)
    elif message.external_id:
        inbox.forget_message(address.pk, message.whole_id)
    taking_back.erase(message)
