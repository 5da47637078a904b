"""Asking Telegram what we missed: for the account, for each supergroup, and by reading histories where it forgot."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from telethon import errors as told_errors
from telethon.tl import functions, types
from telethon.tl.tlobject import TLObject

from messengers.adapters.telegram.client import names
from messengers.adapters.telegram.client.connection import Client
from messengers.adapters.telegram.client.peers import Peers
from messengers.adapters.telegram.client.reading import Reader
from messengers.adapters.telegram.client.state import ChannelState, State, unix

log = logging.getLogger(__name__)

_PATIENCE = 60.0
_PAGE = 100
_MOST_OF_A_CHAT = 500
_MOST_DIALOGS = 500
_GONE = (told_errors.ChannelPrivateError, told_errors.ChannelInvalidError, told_errors.ChatIdInvalidError)
_OF_THIS_GROUP = (
    told_errors.BadRequestError, told_errors.ForbiddenError, told_errors.NotFoundError,
    told_errors.ServerError, told_errors.TimedOutError,
)  # fmt: skip
"""Refusals that say nothing of the account: it must not be cut off from everybody by one group in trouble."""
_LOST_COUNT = (told_errors.PersistentTimestampInvalidError, told_errors.PersistentTimestampEmptyError)

Deliver = Callable[[Sequence[Any]], Awaitable[None]]


class OwnSends:
    """What Telegram called the messages that this very login sent, as it tells after an interruption."""

    def __init__(self) -> None:
        self._by_random_id: OrderedDict[int, int] = OrderedDict()
        self._numbers: OrderedDict[int, None] = OrderedDict()

    def note(self, update: types.UpdateMessageID) -> None:
        self._by_random_id[update.random_id] = update.id
        self._numbers[update.id] = None
        for kept in (self._by_random_id, self._numbers):
            while len(kept) > 300:
                kept.popitem(last=False)

    def number_of(self, random_id: int) -> int | None:
        return self._by_random_id.get(random_id)

    def __contains__(self, number: int) -> bool:
        return number in self._numbers


class Differences:
    """`deliver` returns once the events are stored; only then the state moves on."""

    def __init__(
        self, client: Client, *, state: State, reader: Reader, peers: Peers, own: OwnSends, deliver: Deliver
    ) -> None:
        self._client, self._state, self._reader, self._peers = client, state, reader, peers
        self._own, self._deliver = own, deliver

    async def account(self) -> set[int]:
        """What happened in private chats and basic groups. Returns the supergroups that have news of their own."""
        state, channels = self._state, set[int]()
        while True:
            request = functions.updates.GetDifferenceRequest(pts=state.pts, date=state.moment, qts=state.qts)
            try:
                told = await self._client.ask(request, patience=_PATIENCE)
            except _LOST_COUNT:
                log.warning("Telegram does not know our count of updates any more")
                now = await self._client.ask(functions.updates.GetStateRequest())
                await self._histories()
                state.follow(now)
                return channels
            if isinstance(told, types.updates.DifferenceEmpty):
                state.seq, state.date = told.seq or state.seq, max(unix(told.date), state.date)
                return channels
            if isinstance(told, types.updates.DifferenceTooLong):
                await self._histories()
                state.pts = told.pts
                continue
            await self._take(told, channels)
            if isinstance(told, types.updates.Difference):
                state.follow(told.state)
                return channels
            state.follow(told.intermediate_state)

    async def _take(self, told: Any, channels: set[int]) -> None:
        self._peers.learn(told.users, told.chats)
        await self._know(told.new_messages)
        for update in told.other_updates:
            if isinstance(update, types.UpdateMessageID):
                self._own.note(update)
        found: list[Any] = []
        for message in told.new_messages:
            found += self.message(message)
        for update in told.other_updates:
            channel = channel_of(update)
            if channel is None:
                found += self._reader.read(update)
            elif self.serves(channel):
                channels.add(channel)
        await self._deliver(found)

    def message(self, message: TLObject) -> list[Any]:
        """The event of a message that a difference brought, unless we sent it ourselves."""
        number = getattr(message, "id", 0)
        peer = getattr(message, "peer_id", None)
        if isinstance(peer, types.PeerUser | types.PeerChat):
            self._state.last = max(self._state.last, number)
            if getattr(message, "out", False) and number in self._own:
                return []
        return list(self._reader.read(types.UpdateNewMessage(message, 0, 0)))

    async def _know(self, messages: Sequence[TLObject]) -> None:
        peers = {peer for message in messages for peer in _peers_of(message)}
        await self._peers.recall(peers)

    def serves(self, channel: int) -> bool:
        known = self._peers.get(channel)
        return known is not None and known.kind == "supergroup"

    # --- supergroups ---

    async def channel(self, marked: int, *, since: datetime) -> None:
        """What happened in one supergroup. One that we did not follow yet shows what is newer than `since`.

        One that Telegram cannot tell of now is asked about again at the next check.
        """
        fresh = marked not in self._state.channels
        followed = self._state.channels.setdefault(marked, ChannelState(pts=1))
        floor = since if fresh else datetime.fromtimestamp(0, UTC)
        while True:
            try:
                told = await self._ask_channel(marked, followed.pts)
            except _GONE:
                self._state.channels.pop(marked, None)
                return
            except _LOST_COUNT as error:
                if followed.pts <= 1:
                    log.warning("a group's updates could not be had: %s", type(error).__name__)
                    return
                followed.pts, floor = 1, datetime.fromtimestamp(self._state.since, UTC)  # as if it were new to us
                continue
            except _OF_THIS_GROUP as error:
                log.warning("a group's updates could not be had: %s", type(error).__name__)
                return
            if isinstance(told, types.updates.ChannelDifferenceEmpty):
                followed.pts = told.pts
                return
            self._peers.learn(told.users, told.chats)
            if isinstance(told, types.updates.ChannelDifferenceTooLong):
                await self._channel_history(marked, followed, floor)
                followed.pts = told.dialog.pts or followed.pts
                return
            await self._know(told.new_messages)
            found: list[Any] = []
            for message in told.new_messages:
                followed.last = max(followed.last, message.id)
                found += self._newer(message, floor)
            for update in told.other_updates:
                found += self._reader.read(update)
            await self._deliver(found)
            followed.pts = told.pts
            if told.final:
                return

    async def _ask_channel(self, marked: int, pts: int) -> Any:
        request = functions.updates.GetChannelDifferenceRequest(
            channel=await self._peers.input_channel(marked),
            filter=types.ChannelMessagesFilterEmpty(),
            pts=max(pts, 1),
            limit=_PAGE,
        )
        return await self._client.ask(request, patience=_PATIENCE)

    async def _channel_history(self, marked: int, followed: ChannelState, floor: datetime) -> None:
        peer = await self._peers.input_peer(str(marked))
        messages = await self._history(peer, min_id=followed.last)
        found: list[Any] = []
        for message in messages:
            followed.last = max(followed.last, message.id)
            found += self._newer(message, floor)
        await self._deliver(found)

    def _newer(self, message: TLObject, floor: datetime) -> list[Any]:
        if getattr(message, "date", floor) < floor:
            return []
        return list(self._reader.read(types.UpdateNewChannelMessage(message, 0, 0)))

    # --- where the difference is too long ---

    async def _histories(self) -> None:
        """Read on in every chat with messages newer than the last one seen."""
        seen, offset = self._state.last, types.InputPeerEmpty()
        request = functions.messages.GetDialogsRequest(
            offset_date=None, offset_id=0, offset_peer=offset, limit=_PAGE, hash=0
        )
        for _page in range(_MOST_DIALOGS // _PAGE):
            told = await self._client.ask(request, patience=_PATIENCE)
            self._peers.learn(told.users, told.chats)
            fresh = [dialog for dialog in told.dialogs if _has_news(dialog, seen)]
            for dialog in fresh:
                await self._read_on(names.mark(dialog.peer), seen)
            if len(told.dialogs) < _PAGE or not fresh:
                return
            newest = {message.id: message for message in told.messages}
            last = told.dialogs[-1]
            request.offset_id, request.offset_date = (
                last.top_message,
                getattr(newest.get(last.top_message), "date", None),
            )
            request.offset_peer = await self._peers.input_peer(str(names.mark(last.peer)))

    async def _read_on(self, chat: int, seen: int) -> None:
        peer = await self._peers.input_peer(str(chat))
        for message in await self._history(peer, min_id=seen):
            await self._deliver(self.message(message))

    async def _history(self, peer: TLObject, *, min_id: int) -> list[Any]:
        """A chat's messages after a number, oldest first; the newest of them if there are too many."""
        found: list[Any] = []
        offset = 0
        while len(found) < _MOST_OF_A_CHAT:
            request = functions.messages.GetHistoryRequest(
                peer=peer,
                offset_id=offset,
                offset_date=None,
                add_offset=0,
                limit=_PAGE,
                max_id=0,
                min_id=min_id,
                hash=0,
            )
            told = await self._client.ask(request, patience=_PATIENCE)
            self._peers.learn(told.users, told.chats)
            found += told.messages
            if len(told.messages) < _PAGE:
                break
            offset = told.messages[-1].id
        return list(reversed(found))


def channel_of(update: TLObject) -> int | None:
    """The supergroup or channel whose own numbering an update belongs to."""
    if isinstance(update, types.UpdateNewChannelMessage | types.UpdateEditChannelMessage):
        peer = getattr(update.message, "peer_id", None)
        return names.mark(peer) if isinstance(peer, types.PeerChannel) else None
    if isinstance(update, _OF_CHANNELS):
        return names.mark_channel(update.channel_id)
    return None


_OF_CHANNELS = (
    types.UpdateDeleteChannelMessages,
    types.UpdateChannelWebPage,
    types.UpdatePinnedChannelMessages,
    types.UpdateChannelTooLong,
)


def _has_news(dialog: TLObject, seen: int) -> bool:
    is_private = isinstance(getattr(dialog, "peer", None), types.PeerUser | types.PeerChat)
    return is_private and dialog.top_message > seen


def _peers_of(message: TLObject) -> list[int]:
    found = [getattr(message, "peer_id", None), getattr(message, "from_id", None)]
    return [names.mark(peer) for peer in found if peer is not None]
