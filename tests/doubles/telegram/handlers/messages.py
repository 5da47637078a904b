"""Sending, changing, reading and listing messages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from telethon.tl import types
from telethon.tl.functions import messages
from telethon.tl.tlobject import TLObject

from tests.doubles.telegram.faults import RpcFault
from tests.doubles.telegram.tl import Result, build
from tests.doubles.telegram.world import Channel

from .base import Handlers, answers

if TYPE_CHECKING:
    from tests.doubles.telegram.connection import Connection


class MessageHandlers(Handlers):
    @answers(messages.SendMessageRequest)
    def send_message(self, connection: Connection, request: Any) -> Result:
        return self._send_once(connection, request, request.random_id, text=request.message)

    @answers(messages.SendMediaRequest)
    def send_media(self, connection: Connection, request: Any) -> Result:
        return self._send_once(
            connection,
            request,
            request.random_id,
            text=request.message,
            media=partial(self.files.from_input, request.media),
        )

    @answers(messages.UploadMediaRequest)
    def upload_media(self, connection: Connection, request: Any) -> Result:
        """Telethon prepares each part of an album in this way."""
        me = connection.account
        media = self.files.from_input(request.media)
        rendered = self.files.render(media, me.home_dc)
        if rendered is None:
            raise RpcFault(400, "MEDIA_EMPTY")
        return rendered

    @answers(messages.SendMultiMediaRequest)
    def send_album(self, connection: Connection, request: Any) -> Result:
        album_id = secrets.randbits(62)
        parts = [
            self._send_once(
                connection,
                request,
                part.random_id,
                text=part.message,
                entities=part.entities,
                media=partial(self.files.from_input, part.media),
                grouped_id=album_id,
            )
            for part in request.multi_media
        ]
        whole = parts[-1]
        whole.updates = [update for part in parts for update in part.updates]
        return whole

    @answers(messages.EditMessageRequest)
    def edit_message(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        copy = self.copy_from(me, request.id, request.peer)
        update = self.post.edit(copy, request.message or "", request.entities, origin=connection)
        return self.show.updates(me, [update], copy.concerned)

    @answers(messages.DeleteMessagesRequest)
    def delete_messages(self, connection: Connection, request: Any) -> Result:
        return self.post.delete(
            connection.account,
            request.id,
            revoke=bool(request.revoke),
            origin=connection,
        )

    @answers(messages.ReadHistoryRequest)
    def read_history(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        chat = self.chat_from(me, request.peer)
        return self.post.read(me, chat, request.max_id, origin=connection)

    @answers(messages.SetTypingRequest)
    def set_typing(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        self.post.typing(me, self.chat_from(me, request.peer), request.action)
        return True

    @answers(messages.GetMessagesRequest)
    def get_messages(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        wanted = [getattr(given, "id", given) for given in request.id]
        found = [me.mailbox.copies.get(message_id) for message_id in wanted]
        fields = self.copies_result(me, filter(None, found))
        by_id = {message.id: message for message in fields["messages"]}
        fields["messages"] = [
            by_id.get(message_id) or types.MessageEmpty(id=message_id, peer_id=None) for message_id in wanted
        ]
        return types.messages.Messages(topics=[], **fields)

    @answers(messages.GetHistoryRequest)
    def get_history(self, connection: Connection, request: Any) -> Result:
        """Paging: https://core.telegram.org/api/offsets."""
        me = connection.account
        chat = self.chat_from(me, request.peer)
        history = me.mailbox.history(chat)
        if isinstance(chat, Channel):
            history = sorted(chat.posts.values(), key=lambda copy: copy.id, reverse=True)
        newer = [c for c in history if request.offset_id and c.id >= request.offset_id]
        start = len(newer) + request.add_offset
        page = [
            copy
            for copy in history[max(0, start) : max(0, start + request.limit)]
            if copy.id > request.min_id and (not request.max_id or copy.id < request.max_id)
        ]
        return types.messages.MessagesSlice(count=len(history), topics=[], **self.copies_result(me, page))

    @answers(messages.GetDialogsRequest)
    def get_dialogs(self, connection: Connection, request: Any) -> Result:
        """All dialogs in one page, whatever the offsets."""
        me = connection.account
        mailbox = me.mailbox
        newest = {chat: mailbox.history(chat)[0] for chat in mailbox.chats()}
        dialogs = [
            build(
                types.Dialog,
                peer=self.show.peer(chat),
                top_message=copy.id,
                read_inbox_max_id=mailbox.read_inbox.get(chat, 0),
                read_outbox_max_id=mailbox.read_outbox.get(chat, 0),
                unread_count=len(mailbox.unread(chat)),
                notify_settings=types.PeerNotifySettings(),
            )
            for chat, copy in newest.items()
        ]
        fields = self.copies_result(me, newest.values())
        return types.messages.Dialogs(dialogs=dialogs, **fields)

    def _send_once(
        self,
        connection: Connection,
        request: Any,
        random_id: int,
        *,
        text: str,
        entities: list[TLObject] | None = None,
        media: Callable[[], Any] = lambda: None,
        grouped_id: int | None = None,
    ) -> types.Updates:
        """Send, unless this ``random_id`` was used before.

        What the real server does with a repeated id is known at second hand only
        (RANDOM_ID_DUPLICATE), hence the choice in ``repeated_random_id``.
        """
        me = connection.account
        copy = me.mailbox.sent.get(random_id)
        if copy is None:
            quoted_id = getattr(request.reply_to, "reply_to_msg_id", None)
            chat = self.chat_from(me, request.peer)
            copies = chat.posts if isinstance(chat, Channel) else me.mailbox.copies
            quoted = copies.get(quoted_id) if quoted_id else None
            copy = self.post.send(
                me,
                chat,
                text,
                media=media(),
                entities=entities or getattr(request, "entities", None),
                reply_to=quoted.message if quoted else None,
                grouped_id=grouped_id,
                origin=connection,
            )
            me.mailbox.sent[random_id] = copy
        elif self.dc.repeated_random_id == "refuse":
            raise RpcFault(500, "RANDOM_ID_DUPLICATE")
        return self.show.updates(
            me,
            [types.UpdateMessageID(copy.id, random_id), self.show.new_message(copy, me)],
            copy.concerned,
        )
