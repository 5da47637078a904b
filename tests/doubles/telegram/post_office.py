"""Delivers messages, edits, deletions, read marks and typing to mailboxes.

Rules on ``pts``: https://core.telegram.org/api/updates. Private chats and basic
groups share one ``pts`` per account; every update in the log raises it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from .channel_office import ChannelOffice
from .faults import RpcFault
from .files import StoredFile
from .rendering import Renderer
from .tl import utcnow
from .world import Account, Channel, Chat, Copy, Group, LoggedUpdate, Message

if TYPE_CHECKING:
    from .connection import Connection

MAX_TEXT_UNITS = 4096  # UTF-16 code units
MAX_CAPTION_UNITS = 1024


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class PostOffice:
    """All that changes mailboxes goes through here, whoever asked for it.

    ``origin`` is the connection whose request caused the change: it learns of it
    from its own answer, every other connection of the account by a push.
    With ``short_forms`` a plain text in a private chat is pushed as ``updateShortMessage``,
    as the real server does where the client should know the sender.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.show = renderer
        self.channels = ChannelOffice(renderer)
        self.short_forms = False

    # --- changes ---------------------------------------------------------------

    def send(
        self,
        sender: Account,
        chat: Chat,
        text: str = "",
        *,
        media: StoredFile | TLObject | None = None,
        entities: list[TLObject] | None = None,
        reply_to: Message | None = None,
        grouped_id: int | None = None,
        origin: Connection | None = None,
    ) -> Copy:
        """Put a message into every participant's mailbox; return the sender's copy."""
        limit, fault = (
            (MAX_TEXT_UNITS, "MESSAGE_TOO_LONG") if media is None else (MAX_CAPTION_UNITS, "MEDIA_CAPTION_TOO_LONG")
        )
        if not text and media is None:
            raise RpcFault(400, "MESSAGE_EMPTY")
        if utf16_length(text) > limit:
            raise RpcFault(400, fault)
        _check(entities, text)
        return self._put(Message(sender, text, media, entities, reply_to, grouped_id), chat, origin)

    def send_album(self, sender: Account, chat: Chat, media: Sequence[StoredFile], caption: str = "") -> list[Copy]:
        """Several files that clients show as one message; the text goes with the first."""
        album = int.from_bytes(os.urandom(7), "big")
        return [
            self.send(sender, chat, caption if i == 0 else "", media=each, grouped_id=album)
            for i, each in enumerate(media)
        ]

    def announce(self, sender: Account, chat: Chat, action: TLObject) -> Copy:
        """A service message: somebody joined, the picture changed …"""
        return self._put(Message(sender, "", action=action), chat, None)

    def _put(self, said: Message, chat: Chat, origin: Connection | None) -> Copy:
        if isinstance(chat, Channel):
            return self.channels.send(said, chat, origin)
        sender = said.sender
        places: dict[Account, Chat]
        places = dict.fromkeys(chat.members, chat) if isinstance(chat, Group) else {sender: chat, chat: sender}
        for owner, seen_as in places.items():
            copy = owner.mailbox.put(said, seen_as)
            update = LoggedUpdate(copy.pts, partial(self.show.new_message, copy), new_copy=copy)
            short = self.show.short(copy) if self.short_forms else None
            self._log_and_push(owner, update, copy.concerned, origin, short=short)
        return said.copies[sender]

    def edit(
        self,
        copy: Copy,
        text: str,
        entities: list[TLObject] | None = None,
        *,
        origin: Connection | None = None,
    ) -> TLObject:
        """Change a message everywhere; return the editor's own update."""
        said = copy.message
        if said.sender is not copy.owner:
            raise RpcFault(403, "MESSAGE_AUTHOR_REQUIRED")
        if (text, entities or None) == (said.text, said.entities or None):
            raise RpcFault(400, "MESSAGE_NOT_MODIFIED")
        _check(entities, text)
        said.text, said.entities, said.edit_date = text, entities, utcnow()
        if isinstance(copy.chat, Channel):
            return self.channels.edit(copy, origin)
        for owner, place in said.copies.items():
            make = partial(self._edited, place)
            self._announce(owner, 1, make, place.concerned, origin)
        return self._edited(copy, copy.owner.mailbox.pts, 1)

    def touch(self, copy: Copy) -> None:
        """An edit without a change that people see, as Telegram sends for previews and the like."""
        copy.message.edit_date, copy.message.is_unshown_edit = utcnow(), True
        for owner, place in copy.message.copies.items():
            self._announce(owner, 1, partial(self._edited, place), place.concerned)

    def react(self, copy: Copy, emoji: str) -> None:
        """The owner of the copy reacts. Whoever is connected is told; it is no update that has a ``pts``."""
        said = types.MessagePeerReaction(types.PeerUser(copy.owner.id), utcnow(), types.ReactionEmoji(emoji))
        reactions = types.MessageReactions(results=[], recent_reactions=[said])
        for owner, place in copy.message.copies.items():
            update = types.UpdateMessageReactions(self.show.peer(place.chat), place.id, reactions)
            for connection in list(owner.connections):
                connection.push(self.show.updates(owner, [update], place.concerned))

    def delete(
        self,
        account: Account,
        ids: Iterable[int],
        *,
        revoke: bool,
        origin: Connection | None = None,
    ) -> types.messages.AffectedMessages:
        """Remove messages from one mailbox or, with ``revoke``, from all."""
        removed: dict[Account, list[Copy]] = defaultdict(list)
        for message_id in ids:
            copy = account.mailbox.copies.get(message_id)
            if copy is None:
                continue  # the real server passes over unknown ids, too
            for place in list(copy.message.copies.values()) if revoke else [copy]:
                removed[place.owner].append(place)
        for owner, copies in removed.items():
            for copy in copies:
                owner.mailbox.remove(copy)
            make = partial(types.UpdateDeleteMessages, [copy.id for copy in copies])
            self._announce(owner, len(copies), make, (), origin)
        return types.messages.AffectedMessages(pts=account.mailbox.pts, pts_count=len(removed[account]))

    def read(
        self,
        reader: Account,
        chat: Chat,
        max_id: int = 0,
        *,
        origin: Connection | None = None,
    ) -> types.messages.AffectedMessages:
        """Mark messages up to ``max_id`` (0: all) as read and tell their senders."""
        mailbox = reader.mailbox
        read = [c for c in mailbox.unread(chat) if not max_id or c.id <= max_id]
        if not read:
            return types.messages.AffectedMessages(pts=mailbox.pts, pts_count=0)
        mark = mailbox.read_inbox[chat] = max(copy.id for copy in read)
        still_unread = len(mailbox.unread(chat))
        make = partial(types.UpdateReadHistoryInbox, self.show.peer(chat), mark, still_unread)
        self._announce(reader, 1, make, (), origin)
        seen: dict[Account, Copy] = {}
        for copy in reversed(read):  # oldest first, so that the newest remains
            sender = copy.message.sender
            if sender is not reader and sender in copy.message.copies:
                seen[sender] = copy.message.copies[sender]
        for sender, newest in seen.items():
            sender.mailbox.read_outbox[newest.chat] = newest.id
            make = partial(types.UpdateReadHistoryOutbox, self.show.peer(newest.chat), newest.id)
            self._announce(sender, 1, make, newest.concerned)
        return types.messages.AffectedMessages(pts=mailbox.pts, pts_count=1)

    def typing(self, account: Account, chat: Chat, action: TLObject) -> None:
        """Show that somebody types. Nothing is logged: a missed one is lost."""
        if isinstance(chat, Channel):
            update: TLObject = types.UpdateChannelUserTyping(chat.id, types.PeerUser(account.id), action)
            watchers = [member for member in chat.members if member is not account]
        elif isinstance(chat, Group):
            update = types.UpdateChatUserTyping(chat.id, types.PeerUser(account.id), action)
            watchers = [member for member in chat.members if member is not account]
        else:
            update = types.UpdateUserTyping(account.id, action)
            watchers = [chat]
        for watcher in watchers:
            for connection in list(watcher.connections):
                connection.push(self.show.updates(watcher, [update], {account, chat}))

    # --- helpers ---------------------------------------------------------------

    def _edited(self, copy: Copy, pts: int, count: int) -> types.UpdateEditMessage:
        return types.UpdateEditMessage(self.show.message(copy), pts, count)

    def _announce(
        self,
        owner: Account,
        count: int,
        make: Callable[[int, int], TLObject],
        concerned: Iterable[Chat],
        origin: Connection | None = None,
    ) -> None:
        """Raise the ``pts``; log and push the update that ``make`` makes of it."""
        owner.mailbox.pts += count
        pts = owner.mailbox.pts
        update = LoggedUpdate(pts, lambda _viewer: make(pts, count))
        self._log_and_push(owner, update, concerned, origin)

    def _log_and_push(
        self,
        owner: Account,
        update: LoggedUpdate,
        concerned: Iterable[Chat],
        origin: Connection | None,
        *,
        short: TLObject | None = None,
    ) -> None:
        owner.mailbox.log.append(update)
        for connection in list(owner.connections):
            if connection is not origin:
                connection.push(short or self.show.updates(owner, [update.render(owner)], concerned))


def _check(entities: list[TLObject] | None, text: str) -> None:
    """Formatting lies within the text; offsets count UTF-16 code units."""
    if any(
        each.offset < 0 or each.length < 1 or each.offset + each.length > utf16_length(text) for each in entities or ()
    ):
        raise RpcFault(400, "ENTITY_BOUNDS_INVALID")
