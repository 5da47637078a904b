"""Puts what arrives in Telegram's own order, drops what came twice, and notices what is missing.

Every box (the account; each supergroup) counts its updates by `pts`: one that fits is taken, an old one was seen
already, and one from the future shows a gap. Updates overtake each other on their way, so a gap may close by itself
for a moment before the difference is asked for.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from messengers.adapters.telegram.client import names
from messengers.adapters.telegram.client.differences import Deliver, Differences, channel_of
from messengers.adapters.telegram.client.peers import Peers
from messengers.adapters.telegram.client.reading import Reader
from messengers.adapters.telegram.client.state import ChannelState, State, unix

_GRACE = 0.5
_ACCOUNT = 0
_MOST_POSTPONED = 200


class Mailbox:
    """Used by one task alone: everything in it happens one after the other."""

    def __init__(
        self, *, state: State, reader: Reader, peers: Peers, differences: Differences, deliver: Deliver
    ) -> None:
        self.state, self._reader, self._peers = state, reader, peers
        self._differences, self._deliver = differences, deliver
        self._postponed: defaultdict[int, list[tuple[TLObject, bool]]] = defaultdict(list)
        self._gaps: dict[int, float] = {}

    async def catch_up(self) -> None:
        """Ask for everything that may have been missed, in the account and in the supergroups we follow."""
        since = self.state.moment
        self._postponed.clear()
        self._gaps.clear()
        named = await self._differences.account()
        for marked in named | set(self.state.channels):
            await self._peers.recall([marked])
            await self._differences.channel(marked, since=since)

    async def take(self, item: TLObject) -> None:
        """One thing that the connection brought."""
        own = bool(getattr(item, "_self_outgoing", False))
        updates = await self._unpacked(item)
        found: list[Any] = []
        for update in sorted(updates, key=_place):
            found += self._apply(update, own)
        await self._deliver(found)
        if isinstance(item, types.Updates | types.UpdatesCombined):
            self.state.seq = max(item.seq, self.state.seq)
            self.state.date = max(unix(item.date), self.state.date)

    def notice_gap(self, box: int = _ACCOUNT, *, grace: float = 0.0) -> None:
        self._gaps.setdefault(box, asyncio.get_running_loop().time() + grace)

    @property
    def next_gap(self) -> float | None:
        """When (on the loop's clock) `mend` has something to do."""
        return min(self._gaps.values(), default=None)

    async def mend(self) -> None:
        """Ask for what is missing in the boxes whose gap did not close by itself."""
        now = asyncio.get_running_loop().time()
        for box in [box for box, due in self._gaps.items() if due <= now]:
            since = self.state.moment
            del self._gaps[box]
            self._postponed.pop(box, None)
            if box == _ACCOUNT:
                for marked in await self._differences.account():
                    await self._differences.channel(marked, since=since)
            else:
                await self._differences.channel(box, since=since)

    async def _unpacked(self, item: TLObject) -> Sequence[TLObject]:
        if isinstance(item, types.Updates | types.UpdatesCombined):
            self._peers.learn(item.users, item.chats)
            first = getattr(item, "seq_start", item.seq)
            if first and self.state.seq and first > self.state.seq + 1:
                self.notice_gap()
            await self._peers.recall(_mentioned(item.updates))
            return list(item.updates)
        if isinstance(item, types.UpdateShort):
            return [] if _is_invented(item) else [item.update]
        if isinstance(item, types.UpdateShortSentMessage):
            return [types.UpdateDeleteMessages([], item.pts, item.pts_count)]
        if isinstance(item, types.UpdateShortMessage | types.UpdateShortChatMessage):
            message = _full(item, self._reader.own_id)
            wanted = list(_mentioned([types.UpdateNewMessage(message, 0, 0)]))
            await self._peers.recall(wanted)
            if all(self._peers.get(marked) or marked == self._reader.own_id for marked in wanted):
                return [types.UpdateNewMessage(message, item.pts, item.pts_count)]
        self.notice_gap()  # "too long", or a short form that speaks of people we do not know
        return []

    def _apply(self, update: TLObject, own: bool) -> list[Any]:
        channel = channel_of(update)
        if channel is not None and not self._differences.serves(channel):
            return []  # a broadcast channel: not counted, not read
        if isinstance(update, types.UpdateChannelTooLong):
            self.notice_gap(channel or _ACCOUNT)
            return []
        pts, count = getattr(update, "pts", None), getattr(update, "pts_count", None)
        if pts is None or count is None:
            return [] if own else self._reader.read(update)
        box = channel or _ACCOUNT
        found = self._step(box, update, own)
        while found is not None and (next_one := self._next_postponed(box)):
            found += self._step(box, *next_one) or []
        return found or []

    def _step(self, box: int, update: Any, own: bool) -> list[Any] | None:
        """The update's events if it was its turn; None if it is put aside."""
        at = self._count(box, update)
        if at + update.pts_count < update.pts:
            if len(self._postponed[box]) < _MOST_POSTPONED:
                self._postponed[box].append((update, own))
            self.notice_gap(box, grace=_GRACE)
            return None
        if update.pts_count and update.pts <= at:
            return []  # seen already
        self._move(box, update)
        return [] if own else self._reader.read(update)

    def _count(self, box: int, update: Any) -> int:
        if box == _ACCOUNT:
            return self.state.pts
        followed = self.state.channels.setdefault(box, ChannelState(update.pts - update.pts_count))
        return followed.pts

    def _move(self, box: int, update: Any) -> None:
        number = getattr(getattr(update, "message", None), "id", 0)
        where: State | ChannelState = self.state if box == _ACCOUNT else self.state.channels[box]
        where.pts = max(where.pts, update.pts)
        where.last = max(where.last, number)

    def _next_postponed(self, box: int) -> tuple[TLObject, bool] | None:
        """The next of those put aside whose turn has come; the gap is closed when none is left."""
        waiting = self._postponed.get(box)
        if not waiting:
            return None
        at = self.state.pts if box == _ACCOUNT else self.state.channels[box].pts
        ready = [pair for pair in waiting if _place(pair[0]) <= at]
        for pair in ready[:1]:
            waiting.remove(pair)
        if not waiting:
            self._postponed.pop(box)
            self._gaps.pop(box, None)
        return ready[0] if ready else None


def _place(update: Any) -> int:
    """The count an update builds on; those without a count come last."""
    pts, count = getattr(update, "pts", None), getattr(update, "pts_count", None)
    return pts - count if pts is not None and count is not None else 2**62


def _is_invented(item: types.UpdateShort) -> bool:
    """Telethon turns the count in an answer of ours into a deletion of nothing, without saying of which box."""
    return (
        bool(getattr(item, "_self_outgoing", False))
        and not getattr(item, "_counted", False)
        and isinstance(item.update, types.UpdateDeleteMessages)
        and not item.update.messages
    )


def counted(pts: int, count: int) -> types.UpdateShort:
    """The count of an answer to a request about private chats and basic groups, in the form that `take` takes."""
    item = types.UpdateShort(types.UpdateDeleteMessages([], pts, count), None)
    item._self_outgoing = item._counted = True
    return item


def _full(item: Any, own_id: int) -> types.Message:
    """A short form as the whole message it stands for."""
    if isinstance(item, types.UpdateShortMessage):
        peer: TLObject = types.PeerUser(item.user_id)
        author: TLObject = types.PeerUser(own_id if item.out else item.user_id)
    else:
        peer, author = types.PeerChat(item.chat_id), types.PeerUser(item.from_id)
    return types.Message(
        id=item.id,
        peer_id=peer,
        from_id=author,
        date=item.date,
        message=item.message,
        out=item.out,
        mentioned=item.mentioned,
        fwd_from=item.fwd_from,
        reply_to=item.reply_to,
        entities=item.entities,
    )


def _mentioned(updates: Sequence[Any]) -> set[int]:
    """Everybody whom we should know to understand these."""
    found: set[int] = set()
    for update in updates:
        message = getattr(update, "message", None)
        for peer in (getattr(message, "peer_id", None), getattr(message, "from_id", None)):
            if peer is not None:
                found.add(names.mark(peer))
        channel = channel_of(update)
        if channel is not None:
            found.add(channel)
    return found
