"""The journey in: what a customer wrote becomes a chat, a message, and what follows from it.

`receive` runs in the transaction of the receipt's work: all of it happens, or nothing.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from assistants.services import answering
from conversations.models import Chat, Message
from conversations.services import (
    chats,
    commands,
    hearing,
    identity,
    overdue,
    portraits,
    records,
    taking_back,
    turns,
    writing,
)
from happ_project.core import clock, prepared
from happ_project.core.formatted import NOTHING, Formatted
from integrations import selectors as switchboard
from integrations.models import Integration
from messengers import types
from messengers.events import InboundReceived
from messengers.services import inbox

_TYPES = {
    "image": Message.Type.PHOTO,
    "audio": Message.Type.AUDIO,
    "voice": Message.Type.AUDIO,
    "video": Message.Type.VIDEO,
    "document": Message.Type.DOCUMENT,
    "sticker": Message.Type.PHOTO,
}


def receive(received: InboundReceived) -> None:
    """Take in one event of an address. What is no message changes the message it speaks of."""
    event = received.event
    if isinstance(event, types.MessageReceived):
        _message(event, received)
        return
    integration = switchboard.of_address(received.address_id)
    if integration is None:
        return
    if isinstance(event, types.MessageEdited):
        _edit(integration, event)
    elif isinstance(event, types.MessageDeleted):
        _delete(integration, event)
    elif isinstance(event, types.ReactionReceived):
        _react(integration, event)


def _message(event: types.MessageReceived, received: InboundReceived) -> None:
    chat, created = identity.find(received.address_id, event.chat_id, aliases=event.sender.aliases), False
    if chat is None:
        integration = switchboard.of_address(received.address_id)
        if integration is None:
            return
        chat, created = identity.find_or_create(integration, event.chat_id, aliases=event.sender.aliases)
    if not (chat.put_away_at or chat.integration.enabled) and _is_off(chat.integration_id):
        # switched off while this was on its way: it is kept with the rest of the history
        chat.put_away_at = clock.now()
        chat.save(update_fields=["put_away_at"])
    if not event.from_us:
        contact = event.sender
        if event.is_group:
            chats.note_contact(chat, name=event.chat_title, username="", phone="", is_group=True)
        else:
            chats.note_contact(chat, name=contact.name, username=contact.username, phone=contact.phone, is_group=False)
            portraits.look_for(chat, contact)
    if created:
        records.chat_created(chat)
    is_plain = not (event.from_us or event.history or event.silent or commands.is_command(event.text))
    stored = _store(chat, event, received.file_ids, save_chat=not is_plain)
    if stored is None:
        _complete(chat, event, received.file_ids)
        return  # known by another road, for example a history import
    if event.history or event.silent:
        return
    if commands.obey(chat, event.text, from_team=event.from_us):
        return
    if event.from_us:
        chats.take_over(chat)
    else:
        customer_wrote(chat, stored, heard_at=received.received_at)


def _is_off(integration_id: UUID) -> bool:
    """Read anew, under the chat's lock: it may have been switched on since."""
    return not Integration.objects.filter(pk=integration_id, enabled=True).exists()


def _store(
    chat: Chat, event: types.MessageReceived, file_ids: tuple[UUID | None, ...], *, save_chat: bool
) -> Message | None:
    """One row per attachment, the text on the first; a message without attachments is one row. None: known already."""
    common: dict[str, Any] = {
        "save_chat": save_chat,
        "role": Message.Role.ASSISTANT if event.from_us else Message.Role.USER,
        "source": chat.integration.address.adapter_class.source,
        "status": Message.Status.SENT if event.from_us else _status_of(event.text, aside=_is_aside(chat, event)),
        "sent_at": _sent_at(event),
        "specific_type": event.specific_type,
        "reply_to": event.reply_to,
    }
    if event.silent:
        common |= {"role": Message.Role.SYSTEM, "status": Message.Status.STORED}
    if event.is_group and not event.from_us:
        common["ids"] = {"fromId": event.sender.id, "fromName": event.sender.name}
    kinds = [_TYPES[attachment.kind] for attachment in event.attachments]
    if not kinds:
        kinds = [Message.Type.SPECIFIC if event.specific_type and not event.text else Message.Type.TEXT]
    first: Message | None = None
    for i, kind in enumerate(kinds):
        file_id = file_ids[i] if i < len(file_ids) else None
        said = _words(event) if i == 0 else NOTHING
        message = writing.add_once(
            chat,
            type=kind,
            text=said.text,
            marks=said.marks_json(),
            file_id=file_id,
            file_missing=bool(event.attachments) and file_id is None,
            file_problem=event.attachments[i].problem if event.attachments else "",
            recording=_recording(event.attachments[i]) if event.attachments else None,
            external_id=_part_id(event, i),
            **common,
        )
        if message is None:
            return None
        if not (event.from_us or event.history or event.silent):
            hearing.plan(message)
        first = first or message
    return first


def _complete(chat: Chat, event: types.MessageReceived, file_ids: tuple[UUID | None, ...]) -> None:
    """Files that could not be had when the message came, and now are there, or are known to be gone."""
    for i, file_id in enumerate(file_ids):
        problem = event.attachments[i].problem
        lacking = Message.objects.filter(chat=chat, external_id=_part_id(event, i), file_missing=True, deleted_at=None)
        known = lacking.select_related("chat__integration__address", "turn")
        message = known.first() if file_id or problem else None
        if message is not None:
            message.file_id, message.file_missing, message.file_problem = file_id, file_id is None, problem
            message.save(update_fields=["file", "file_missing", "file_problem"])
            records.message_updated(message)


def fetch_again(message: Message) -> bool:
    """A person wants the file that could not be had. False: nobody knows any more where it was, or it is gone."""
    address = message.chat.integration.address
    is_open = message.file_missing and not message.file_problem
    return is_open and inbox.fetch_again(address, message.whole_id)


def _recording(attachment: types.Attachment) -> dict[str, Any] | None:
    """How long it is and where it is loud, as far as the messenger said."""
    if attachment.duration is None and not attachment.waveform:
        return None
    return {"seconds": attachment.duration, "waveform": list(attachment.waveform)}


def _words(event: types.MessageReceived) -> Formatted:
    """The text, or for something that merely happened a line that says what."""
    if event.silent and event.specific_type == "referral":
        through = _("The customer came through")
        return Formatted(f"{through}: {event.text}" if event.text else _("The customer came by a link."))
    return Formatted(event.text, event.marks)


def _part_id(event: types.MessageReceived, i: int) -> str:
    """Each part of an album has an id of its own at some messengers, so that one of them can be edited or deleted."""
    own = event.attachments[i].part_id if event.attachments else ""
    return event.message_id if i == 0 else own or f"{event.message_id}#{i}"


def _is_aside(chat: Chat, event: types.MessageReceived) -> bool:
    """Not said to us: from before we were connected, or in a group to the others there."""
    answers = Integration.GroupAnswers
    if not event.is_group or chat.integration.group_answers == answers.ALWAYS:
        return event.history
    return event.history or chat.integration.group_answers == answers.NEVER or not event.mentions_us


def _status_of(text: str, *, aside: bool = False) -> str:
    """A `/bot` and what was not said to us are on record, but nobody waits for an answer to them."""
    return Message.Status.STORED if aside or commands.is_command(text) else Message.Status.RECEIVED


def _sent_at(event: types.MessageReceived) -> Any:
    """The messenger's time, but never the future: a wrong clock must not pin a message to the end of the chat.

    Most messengers tell the second only. It counts to its end, or an answer to what we wrote within that second would
    stand above it.
    """
    now, sent = clock.now(), event.sent_at
    if sent and not sent.microsecond:
        sent = sent.replace(microsecond=999_999)
    return min(sent, now) if sent else now


def customer_wrote(chat: Chat, message: Message, *, heard_at: datetime | None = None) -> None:
    """What follows from a customer's message. Call with the chat locked, the message stored; the chat is saved here."""
    heard_at = heard_at or clock.now()
    chat.unread += 1
    if message.status == Message.Status.RECEIVED:
        late = overdue.came_late(chat, message)
        chat.needs_attention = chat.needs_attention or late or not (chat.ai_on and chat.assistant_id)
        if not late:
            chat.waiting_since = chat.waiting_since or heard_at
        elif not chat.waiting_since:
            chat.handled_up_to = message.pk
    prepared.update(chat, *writing.LISTED, "unread", "needs_attention", "waiting_since", "handled_up_to")
    if message.status != Message.Status.RECEIVED:
        return
    if late and not chat.waiting_since and turns.may_speak(chat):
        chats.set_ai(chat, False, reason=Chat.DisableReason.AUTO, why=overdue.CAME_LATE)
    else:
        # words of the draft do: it decides only how soon; what is said then is the version's to say
        at_once = answering.asks_for_person(chat.assistant, message.text)
        turns.schedule(chat, at_once=at_once, finished=answering.ends_a_thought(message.text), heard_at=heard_at)


@transaction.atomic
def write_as_customer(chat: Chat, *, text: str, client_key: str = "", **fields: Any) -> Message:
    """A customer's message that comes over the API or from the playground: the same journey, without a messenger."""
    chat = chats.locked(chat.pk)
    if client_key:
        known = Message.objects.filter(chat=chat, client_key=client_key).first()
        if known is not None:
            return known
    message = writing.add(
        chat,
        role=Message.Role.USER,
        text=text,
        client_key=client_key,
        status=_status_of(text),
        **{"source": chat.integration.address.adapter_class.source, "sent_at": clock.now(), **fields},
    )
    hearing.plan(message)
    if not commands.obey(chat, text, from_team=False):
        customer_wrote(chat, message)
    return message


def _find(integration: Integration, event: Any) -> Message | None:
    return (
        Message.objects.select_related("chat__integration__address")
        .filter(chat__integration=integration, external_id=event.message_id, chat__deleted_at=None)
        .first()
    )


def _edit(integration: Integration, event: types.MessageEdited) -> None:
    message, said = _find(integration, event), Formatted(event.text, event.marks)
    if message is None or message.deleted_at or message.said == said:
        return
    chat = chats.locked(message.chat_id)
    message.say(said)
    message.edited_at = clock.now()
    message.save(update_fields=["text", "marks", "edited_at"])
    writing.show_latest(chat)
    records.message_updated(message)


def _delete(integration: Integration, event: types.MessageDeleted) -> None:
    message = _find(integration, event)
    if message is None:
        return
    chat = chats.locked(message.chat_id)
    parts = Message.objects.filter(chat=chat, external_id__startswith=f"{event.message_id}#", deleted_at=None)
    for each in (message, *parts):
        each.chat = chat
        taking_back.erase(each)


def _react(integration: Integration, event: types.ReactionReceived) -> None:
    """A reaction is a note in the history; it never makes the AI speak."""
    message = _find(integration, event)
    if message is None or not event.emoji:
        return
    writing.note(chats.locked(message.chat_id), f"{_('The customer reacted')}: {event.emoji}")
