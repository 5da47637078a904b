"""How accounts, chats and messages look to one viewer, in TL."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from .files import FileStore
from .tl import utcnow
from .world import Account, Channel, Chat, Copy, Group, Message


class Renderer:
    """Access hashes differ from viewer to viewer, as on the real server."""

    def __init__(self, files: FileStore) -> None:
        self._files = files
        self._secret = os.urandom(16)

    def access_hash(self, viewer: Account, target: Account | Channel) -> int:
        text = b"%d:%d" % (viewer.id, target.id)
        digest = hashlib.blake2b(text, key=self._secret, digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 2

    def user(self, viewer: Account, target: Account) -> types.User:
        is_known = target is viewer or target in viewer.contacts
        return types.User(
            id=target.id,
            is_self=target is viewer or None,
            contact=target in viewer.contacts or None,
            bot=target.is_bot or None,
            bot_info_version=1 if target.is_bot else None,
            access_hash=self.access_hash(viewer, target),
            first_name=target.first_name,
            username=target.username,
            phone=target.phone if is_known else None,
        )

    def chat(self, viewer: Account, chat: Group | Channel) -> TLObject:
        common = {
            "id": chat.id,
            "title": chat.title,
            "photo": types.ChatPhotoEmpty(),
            "participants_count": len(chat.members),
            "date": chat.date,
            "creator": chat.creator is viewer or None,
        }
        if isinstance(chat, Group):
            return types.Chat(version=1, **common)
        return types.Channel(
            access_hash=self.access_hash(viewer, chat),
            broadcast=chat.broadcast or None,
            megagroup=None if chat.broadcast else True,
            **common,
        )

    def peer(self, chat: Chat) -> TLObject:
        if isinstance(chat, Channel):
            return types.PeerChannel(chat.id)
        return types.PeerChat(chat.id) if isinstance(chat, Group) else types.PeerUser(chat.id)

    def message(self, copy: Copy, viewer: Account | None = None) -> TLObject:
        said, viewer = copy.message, viewer or copy.owner
        in_group = not isinstance(copy.chat, Account)
        is_broadcast = isinstance(copy.chat, Channel) and copy.chat.broadcast
        common = {
            "id": copy.id,
            "out": copy.is_outgoing_for(viewer) or None,
            "post": is_broadcast or None,
            "mentioned": (in_group and self.mentions(said, viewer)) or None,
            "peer_id": self.peer(copy.chat),
            "from_id": types.PeerUser(said.sender.id) if in_group and not is_broadcast else None,
            "date": said.date,
        }
        if said.action is not None:
            return types.MessageService(action=said.action, **common)
        quoted = said.reply_to and said.reply_to.copies.get(copy.owner)
        if isinstance(copy.chat, Channel) and said.reply_to:
            quoted = next((post for post in copy.chat.posts.values() if post.message is said.reply_to), None)
        return types.Message(
            edit_date=said.edit_date,
            edit_hide=said.is_unshown_edit or None,
            message=said.text,
            entities=said.entities,
            media=self._files.render(said.media, viewer.home_dc),
            reply_to=types.MessageReplyHeader(reply_to_msg_id=quoted.id) if quoted else None,
            grouped_id=said.grouped_id,
            **common,
        )

    def new_message(self, copy: Copy, viewer: Account | None = None) -> TLObject:
        is_channel = isinstance(copy.chat, Channel)
        kind = types.UpdateNewChannelMessage if is_channel else types.UpdateNewMessage
        return kind(self.message(copy, viewer), pts=copy.pts, pts_count=1)

    def short(self, copy: Copy) -> types.UpdateShortMessage | None:
        """The short form of a plain text in a private chat, if it has one."""
        said = copy.message
        if not isinstance(copy.chat, Account) or said.media or said.reply_to or said.entities:
            return None
        return types.UpdateShortMessage(
            id=copy.id,
            user_id=copy.chat.id,
            message=said.text,
            pts=copy.pts,
            pts_count=1,
            date=said.date,
            out=copy.is_outgoing or None,
        )

    def users_and_chats(self, viewer: Account, concerned: Iterable[Chat]) -> dict[str, list[TLObject]]:
        """Two fields that accompany messages in nearly every answer."""
        known = set(concerned)
        return {
            "users": [self.user(viewer, x) for x in known if isinstance(x, Account)],
            "chats": [self.chat(viewer, x) for x in known if not isinstance(x, Account)],
        }

    def updates(self, viewer: Account, updates: list[TLObject], concerned: Iterable[Chat] = ()) -> types.Updates:
        return types.Updates(
            updates=updates,
            date=utcnow(),
            seq=0,  # 0 means: order by pts alone
            **self.users_and_chats(viewer, {viewer, *concerned}),
        )

    @staticmethod
    def mentions(said: Message, owner: Account) -> bool:
        if said.sender is owner:
            return False
        answers_owner = said.reply_to is not None and said.reply_to.sender is owner
        return answers_owner or f"@{owner.username}".lower() in said.text.lower()
