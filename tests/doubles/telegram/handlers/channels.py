"""Supergroups and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telethon.tl import types
from telethon.tl.functions import channels, updates

from tests.doubles.telegram.tl import Result

from .base import Handlers, answers

if TYPE_CHECKING:
    from tests.doubles.telegram.connection import Connection


class ChannelHandlers(Handlers):
    @answers(updates.GetChannelDifferenceRequest)
    def get_channel_difference(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        channel = self.channel_from(me, request.channel)
        limit, longest = request.limit, self.dc.difference_limit
        return self.post.channels.difference(me, channel, request.pts, limit, longest)

    @answers(channels.GetMessagesRequest)
    def get_messages(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        channel = self.channel_from(me, request.channel)
        wanted = [getattr(given, "id", given) for given in request.id]
        found = [channel.posts[number] for number in wanted if number in channel.posts]
        fields = self.copies_result(me, found)
        return types.messages.ChannelMessages(pts=channel.pts, count=len(found), topics=[], **fields)

    @answers(channels.DeleteMessagesRequest)
    def delete_messages(self, connection: Connection, request: Any) -> Result:
        channel = self.channel_from(connection.account, request.channel)
        return self.post.channels.delete(channel, request.id, connection)

    @answers(channels.ReadHistoryRequest)
    def read_history(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        channel = self.channel_from(me, request.channel)
        self.post.channels.read(me, channel, request.max_id or max(channel.posts, default=0))
        return True
