"""From Telegram's updates to our events, and what of them is none of our business."""

from __future__ import annotations

import base64
import hashlib
import logging
import struct
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from telethon.tl import types
from telethon.tl.alltlobjects import LAYER
from telethon.tl.tlobject import TLObject

from happ_project.core.formatted import Formatted
from messengers.adapters.telegram.client import content, names
from messengers.adapters.telegram.client.peers import Peer, Peers
from messengers.types import (
    Contact,
    Inbound,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionReceived,
    ReceiptReceived,
    Unreadable,
)

log = logging.getLogger(__name__)

# 777000 is Telegram itself and sends login codes: what it says is never stored nor shown to a model
_NOT_PEOPLE = {777000, 42777}
_MESSAGES = (types.UpdateNewMessage, types.UpdateNewChannelMessage)
_EDITS = (types.UpdateEditMessage, types.UpdateEditChannelMessage)


class Reader:
    """`own_id` is the account's; what was written before `since` is history."""

    def __init__(self, *, own_id: int, peers: Peers, since: datetime | None = None) -> None:
        self.own_id, self.peers, self.since = own_id, peers, since

    def read(self, update: TLObject) -> list[Inbound | Unreadable]:
        """What an update says to us; one that cannot be understood is said so and disturbs nobody."""
        try:
            return self._read(update)
        except (AttributeError, TypeError, ValueError, KeyError, IndexError, OverflowError) as error:
            raw = pack(update)
            log.warning("a %s could not be read: %s", type(update).__name__, type(error).__name__)
            digest = hashlib.sha256(raw.get("tl", repr(type(update))).encode()).hexdigest()
            return [Unreadable(raw=raw, reason=f"{type(update).__name__}: {type(error).__name__}", digest=digest)]

    def _read(self, update: TLObject) -> list[Inbound | Unreadable]:
        if isinstance(update, _MESSAGES):
            found = self.message(update.message)
            return [found] if found else []
        if isinstance(update, _EDITS):
            return self._edited(update.message)
        if isinstance(update, types.UpdateDeleteMessages):
            return [self._deleted("", str(number)) for number in update.messages]
        if isinstance(update, types.UpdateDeleteChannelMessages):
            chat = names.mark_channel(update.channel_id)
            if not self._is_served(chat):
                return []
            return [self._deleted(str(chat), names.message_id(chat, number)) for number in update.messages]
        if isinstance(update, types.UpdateReadHistoryOutbox):
            return self._seen(names.mark(update.peer), update.max_id)
        if isinstance(update, types.UpdateReadChannelOutbox):
            return self._seen(names.mark_channel(update.channel_id), update.max_id)
        if isinstance(update, types.UpdateMessageReactions):
            return self._reactions(names.mark(update.peer), update.msg_id, update.reactions)
        return []

    def _is_served(self, chat: int) -> bool:
        if chat in _NOT_PEOPLE or chat == self.own_id:
            return False
        known = self.peers.get(chat)
        if names.is_channel(chat):
            return known is not None and known.kind == "supergroup"
        return known is None or known.kind in ("user", "group")

    def message(self, message: TLObject) -> MessageReceived | None:
        """None for service messages, channels, bots, Telegram itself and what the owner notes for himself."""
        if not isinstance(message, types.Message) or message.post:
            return None
        chat = names.mark(message.peer_id)
        if not self._is_served(chat):
            return None
        number = names.message_id(chat, message.id)
        inside = content.read(message, part_id=number)
        if not inside.said.text and inside.attachment is None and not inside.specific_type:
            return None
        author = self._author(message, chat)
        return MessageReceived(
            dedup_key=f"message:{number}",
            chat_id=str(chat),
            sent_at=message.date,
            raw=pack(message) | ({"group": message.grouped_id} if message.grouped_id else {}),
            message_id=number,
            sender=self._contact(author, chat),
            text=inside.said.text,
            marks=inside.said.marks,
            attachments=(inside.attachment,) if inside.attachment else (),
            specific_type=inside.specific_type,
            from_us=bool(message.out),
            is_group=chat < 0,
            chat_title=self._title(chat),
            mentions_us=bool(message.mentioned),
            history=self._is_history(message, author),
            reply_to=self._quoted(message, chat),
        )

    def _author(self, message: types.Message, chat: int) -> int:
        """Who wrote it; in a private chat always the other side (see `MessageReceived.sender`)."""
        if chat > 0 or message.from_id is None:
            return chat
        return names.mark(message.from_id)

    def _contact(self, author: int, chat: int) -> Contact:
        known = self.peers.get(author) or Peer(author, "user")
        group = self.peers.get(chat) if chat < 0 else None
        aliases = (str(group.was),) if group and group.was else ()
        return Contact(id=str(author), name=known.name, username=known.username, phone=known.phone, aliases=aliases)

    def _title(self, chat: int) -> str:
        known = self.peers.get(chat) if chat < 0 else None
        return known.name if known else ""

    def _is_history(self, message: types.Message, author: int) -> bool:
        """Shown, never answered: from before we were there, by a bot in a group, or posted there by a channel."""
        known = self.peers.get(author)
        by_machine = known is not None and known.kind in ("bot", "channel")
        return by_machine or (self.since is not None and message.date < self.since)

    def _quoted(self, message: types.Message, chat: int) -> str:
        header = message.reply_to
        if not isinstance(header, types.MessageReplyHeader) or not header.reply_to_msg_id or header.reply_to_peer_id:
            return ""
        return names.message_id(chat, header.reply_to_msg_id)

    def _edited(self, message: TLObject) -> list[Inbound | Unreadable]:
        found = self.message(message)
        if found is None:
            return []
        reactions = self._reactions(names.mark(message.peer_id), message.id, message.reactions)
        if message.edit_hide:
            return reactions  # or a preview or the like: nobody wrote anything
        moment = int(message.edit_date.timestamp()) if message.edit_date else 0
        digest = hashlib.sha256("".join([found.text, *map(str, found.marks)]).encode()).hexdigest()[:16]
        return [
            *reactions,
            MessageEdited(
                dedup_key=f"edit:{found.message_id}:{moment}:{digest}",
                chat_id=found.chat_id,
                sent_at=message.edit_date,
                message_id=found.message_id,
                text=found.text,
                marks=found.marks,
                from_us=found.from_us,
            ),
        ]

    def _deleted(self, chat_id: str, number: str) -> MessageDeleted:
        """In private chats and basic groups Telegram names no chat: `Live` looks it up in what we stored."""
        return MessageDeleted(dedup_key=f"delete:{number}", chat_id=chat_id, message_id=number)

    def _seen(self, chat: int, number: int) -> list[Inbound | Unreadable]:
        """Everything of ours up to this number was read: `Live` finds which messages these are."""
        if not self._is_served(chat):
            return []
        read = names.message_id(chat, number)
        return [ReceiptReceived(dedup_key=f"read:{read}", chat_id=str(chat), message_id=read, status="read")]

    def _reactions(self, chat: int, message_id: int, told: TLObject | None) -> list[Inbound | Unreadable]:
        """Told by an update of their own, or as an edit of the message; either way, or both, each is one event."""
        if told is None or not self._is_served(chat):
            return []
        number = names.message_id(chat, message_id)
        events: list[Inbound | Unreadable] = []
        for each in told.recent_reactions or []:
            emoji = getattr(each.reaction, "emoticon", "")
            author = names.mark(each.peer_id)
            if not emoji or author == self.own_id:
                continue
            key = f"reaction:{number}:{author}:{emoji}:{int(each.date.timestamp())}"
            events.append(
                ReactionReceived(dedup_key=key, chat_id=str(chat), sent_at=each.date, message_id=number, emoji=emoji)
            )
        return events


def merged(parts: Iterable[MessageReceived]) -> MessageReceived:
    """The parts of an album as one message with several files, under the name of the first."""
    ordered = sorted(parts, key=lambda part: names.number_of(part.message_id))
    first = ordered[0]
    said = Formatted("\n").joined([Formatted(part.text, part.marks) for part in ordered if part.text])
    return replace(
        first,
        text=said.text,
        marks=said.marks,
        attachments=tuple(attachment for part in ordered for attachment in part.attachments),
        mentions_us=any(part.mentions_us for part in ordered),
        raw={"layer": LAYER, "album": [part.raw.get("tl") for part in ordered]},
    )


def pack(told: TLObject) -> dict[str, Any]:
    """Telegram's own words, for staff: `BinaryReader(b64decode(tl)).tgread_object()` reads them in this layer."""
    try:
        return {"layer": LAYER, "tl": base64.b64encode(bytes(told)).decode()}
    except (struct.error, TypeError, AttributeError, ValueError, OverflowError, AssertionError):
        return {"layer": LAYER, "type": type(told).__name__}
