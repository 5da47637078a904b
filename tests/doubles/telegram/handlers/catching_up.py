"""State and differences, see https://core.telegram.org/api/updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telethon.tl import types
from telethon.tl.functions import updates

from tests.doubles.telegram.tl import Result, utcnow
from tests.doubles.telegram.world import Account, Channel

from .base import Handlers, answers

if TYPE_CHECKING:
    from tests.doubles.telegram.connection import Connection


class UpdateHandlers(Handlers):
    @answers(updates.GetStateRequest)
    def get_state(self, connection: Connection, request: Any) -> Result:
        return self._state(connection.account)

    @answers(updates.GetDifferenceRequest)
    def get_difference(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        missed = [entry for entry in me.mailbox.log if entry.pts > request.pts]
        channels = self._touched_channels(me, request)
        if not missed and not channels:
            return types.updates.DifferenceEmpty(date=utcnow(), seq=0)
        if len(missed) > self.dc.difference_limit:
            return types.updates.DifferenceTooLong(pts=me.mailbox.pts)
        page = missed[: self.dc.difference_page]
        copies = [entry.new_copy for entry in page if entry.new_copy and entry.new_copy.id in me.mailbox.copies]
        fields = self.copies_result(me, copies)
        told = [entry.render(me) for entry in page if not entry.new_copy]
        if self.dc.tells_random_ids:
            told += [
                types.UpdateMessageID(copy.id, number) for number, copy in me.mailbox.sent.items() if copy in copies
            ]
        common = {
            "new_messages": fields["messages"],
            "new_encrypted_messages": [],
            "chats": fields["chats"] + [self.show.chat(me, channel) for channel in channels],
            "users": fields["users"],
        }
        if len(page) < len(missed):
            state = self._state(me, pts=page[-1].pts)
            return types.updates.DifferenceSlice(other_updates=told, intermediate_state=state, **common)
        told += [types.UpdateChannelTooLong(channel.id, pts=channel.pts) for channel in channels]
        return types.updates.Difference(other_updates=told, state=self._state(me), **common)

    def _touched_channels(self, me: Account, request: Any) -> list[Channel]:
        """Channels in which something happened since the client's date: it has to ask for each by itself."""
        since = int(request.date.timestamp()) if request.date else 0
        return [
            channel
            for channel in self.dc.channels
            if me in channel.members and channel.log and int(channel.touched.timestamp()) >= since
        ]

    def _state(self, me: Account, *, pts: int | None = None) -> types.updates.State:
        unread = sum(len(me.mailbox.unread(chat)) for chat in me.mailbox.chats())
        return types.updates.State(pts=pts or me.mailbox.pts, qts=0, date=utcnow(), seq=0, unread_count=unread)
