"""Messages, edits and deletions in supergroups and channels: one numbering and one ``pts`` for all members.

Rules: https://core.telegram.org/api/updates (channels have a sequence of their own).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from .faults import RpcFault
from .rendering import Renderer
from .tl import utcnow
from .world import Account, Channel, Chat, Copy, LoggedUpdate, Message

if TYPE_CHECKING:
    from .connection import Connection


class ChannelOffice:
    """What the post office does for private chats, done for channels."""

    def __init__(self, renderer: Renderer) -> None:
        self.show = renderer

    def send(self, said: Message, channel: Channel, origin: Connection | None) -> Copy:
        channel.pts += 1
        copy = Copy(max(channel.posts, default=0) + 1, said.sender, channel, said, channel.pts)
        channel.posts[copy.id] = copy
        said.copies[said.sender] = copy
        update = LoggedUpdate(channel.pts, partial(self.show.new_message, copy), new_copy=copy)
        self._log_and_push(channel, update, copy.concerned, origin)
        return copy

    def edit(self, copy: Copy, origin: Connection | None) -> types.UpdateEditChannelMessage:
        channel = copy.chat
        assert isinstance(channel, Channel)
        channel.pts += 1
        pts = channel.pts
        update = LoggedUpdate(pts, lambda viewer: self._edited(copy, viewer, pts))
        self._log_and_push(channel, update, copy.concerned, origin)
        return self._edited(copy, copy.owner, pts)

    def delete(
        self, channel: Channel, ids: Iterable[int], origin: Connection | None
    ) -> types.messages.AffectedMessages:
        gone = [message_id for message_id in ids if channel.posts.pop(message_id, None)]
        if gone:
            channel.pts += len(gone)
            made = types.UpdateDeleteChannelMessages(channel.id, gone, channel.pts, len(gone))
            self._log_and_push(channel, LoggedUpdate(channel.pts, lambda _viewer: made), (), origin)
        return types.messages.AffectedMessages(pts=channel.pts, pts_count=len(gone))

    def read(self, reader: Account, channel: Channel, max_id: int) -> None:
        """Tell those whose messages were read; such updates have no ``pts``."""
        for copy in list(channel.posts.values()):
            author = copy.message.sender
            if author is reader or copy.id > max_id or channel.read_outbox.get(author, 0) >= copy.id:
                continue
            channel.read_outbox[author] = copy.id
            for connection in list(author.connections):
                update = types.UpdateReadChannelOutbox(channel.id, copy.id)
                connection.push(self.show.updates(author, [update], {channel}))

    def difference(self, viewer: Account, channel: Channel, pts: int, limit: int, longest: int) -> TLObject:
        if viewer not in channel.members:
            raise RpcFault(400, "CHANNEL_PRIVATE")
        missed = [entry for entry in channel.log if entry.pts > pts]
        if not missed:
            return types.updates.ChannelDifferenceEmpty(pts=channel.pts, final=True, timeout=30)
        if len(missed) > longest:
            return self._too_long(viewer, channel)
        page = missed[:limit]
        copies = [entry.new_copy for entry in page if entry.new_copy and entry.new_copy.id in channel.posts]
        concerned: set[Chat] = {channel, *(copy.message.sender for copy in copies)}
        return types.updates.ChannelDifference(
            pts=page[-1].pts,
            final=len(page) == len(missed) or None,
            timeout=30,
            new_messages=[self.show.message(copy, viewer) for copy in copies],
            other_updates=[entry.render(viewer) for entry in page if not entry.new_copy],
            **self.show.users_and_chats(viewer, concerned),
        )

    def _too_long(self, viewer: Account, channel: Channel) -> TLObject:
        newest = list(channel.posts.values())[-3:]
        return types.updates.ChannelDifferenceTooLong(
            final=True,
            timeout=30,
            dialog=types.Dialog(
                peer=types.PeerChannel(channel.id),
                top_message=max(channel.posts, default=0),
                read_inbox_max_id=0,
                read_outbox_max_id=0,
                unread_count=0,
                unread_mentions_count=0,
                unread_reactions_count=0,
                unread_poll_votes_count=0,
                notify_settings=types.PeerNotifySettings(),
                pts=channel.pts,
            ),
            messages=[self.show.message(copy, viewer) for copy in newest],
            **self.show.users_and_chats(viewer, {channel, *(copy.message.sender for copy in newest)}),
        )

    def _edited(self, copy: Copy, viewer: Account, pts: int) -> types.UpdateEditChannelMessage:
        return types.UpdateEditChannelMessage(self.show.message(copy, viewer), pts, 1)

    def _log_and_push(
        self, channel: Channel, update: LoggedUpdate, concerned: Iterable[Chat], origin: Connection | None
    ) -> None:
        channel.log.append(update)
        channel.touched = utcnow()
        render: Callable[[Account], TLObject] = update.render
        for member in channel.members:
            for connection in list(member.connections):
                if connection is not origin:
                    connection.push(self.show.updates(member, [render(member)], {channel, *concerned}))
