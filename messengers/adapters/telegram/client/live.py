"""One connected account: what arrives is stored in order, what goes out goes through the same connection."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from telethon.tl import functions

from happ_project.core import clock
from messengers import errors, fetching
from messengers.adapters.telegram.client import media, names
from messengers.adapters.telegram.client.albums import Albums
from messengers.adapters.telegram.client.connection import Client
from messengers.adapters.telegram.client.differences import Differences, OwnSends
from messengers.adapters.telegram.client.mailbox import Mailbox
from messengers.adapters.telegram.client.peers import Peers
from messengers.adapters.telegram.client.reading import Reader
from messengers.adapters.telegram.client.sending import Sending, Writing
from messengers.adapters.telegram.client.state import State
from messengers.adapters.telegram.client.trouble import FAILURES, translated
from messengers.types import (
    Fetched,
    MessageDeleted,
    MessageReceived,
    OutgoingMessage,
    ReceiptReceived,
    Sent,
    StateChanged,
)

if TYPE_CHECKING:
    from messengers.adapter import SessionMemory

_SAVE_EVERY = 1.0
_CHECK_EVERY = 180.0
"""How often an account that seems quiet is asked whether it is: a missed update and a login that was ended elsewhere
make no noise of their own."""
_LARGEST_FILE = 64 * 1024 * 1024

Emit = Callable[[Sequence[Any]], Awaitable[None]]


class Live:
    """Lives from `run`'s beginning to its end, in one event loop."""

    def __init__(self, session: str, settings: Mapping[str, Any], *, own_id: int, memory: SessionMemory) -> None:
        self._client = Client(session, settings)
        self._session, self._memory, self._own_id = session, memory, own_id
        self._peers = Peers(memory)
        self._albums = Albums()
        self._own = OwnSends()
        self.sending = Sending(self._client, peers=self._peers, own=self._own)
        self.writing = Writing(self.sending.typing)
        self._emit: Emit | None = None
        self._is_dirty = False
        self._check_every = float(settings.get("TELEGRAM_CHECK_SECONDS") or _CHECK_EVERY)

    async def run(self, emit: Emit, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Until `stop` is set. Raises LoginRequired, and TryLater when the connection ended; `ready` is called once
        everything missed has been stored."""
        self._emit = emit
        if not self._client.session.auth_key:
            raise errors.LoginRequired("")  # never begin a login here
        try:
            with translated():
                await self._client.connect()
                mailbox = await self._open()
                await mailbox.catch_up()
                self._is_dirty = True
                await self._save(mailbox)
                ready()
                await emit([_connected()])
                await self._serve(mailbox, stop)
        finally:
            self.writing.stop_all()
            await self._client.cut()

    async def _open(self) -> Mailbox:
        stored = await self._memory.load()
        if stored:
            state = State.load(stored)
        else:
            state = State.begin(await self._client.ask(functions.updates.GetStateRequest()))
        since = datetime.fromtimestamp(state.since, UTC)
        reader = Reader(own_id=self._own_id, peers=self._peers, since=since)
        differences = Differences(
            self._client, state=state, reader=reader, peers=self._peers, own=self._own, deliver=self._deliver
        )
        return Mailbox(state=state, reader=reader, peers=self._peers, differences=differences, deliver=self._deliver)

    async def _serve(self, mailbox: Mailbox, stop: asyncio.Event) -> None:
        loop, incoming = asyncio.get_running_loop(), self._client.incoming
        ended = asyncio.ensure_future(self._client.disconnected)
        stopped = asyncio.create_task(stop.wait())
        next_check = loop.time() + self._check_every * random.uniform(0.5, 1)  # noqa: S311 - spreads the load
        next_save = loop.time()
        arrival: asyncio.Task[Any] = asyncio.create_task(incoming.get())
        try:
            while not stop.is_set():
                times = [next_check, mailbox.next_gap, self._albums.next_due, next_save if self._may_save else None]
                pause = max(min(moment for moment in times if moment is not None) - loop.time(), 0)
                await asyncio.wait({arrival, ended, stopped}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if arrival.done():
                    await self._take(mailbox, arrival.result())
                    arrival = asyncio.create_task(incoming.get())
                elif ended.done():
                    raise _end_of(ended)
                now = loop.time()
                await self._pass_on(self._albums.complete(now))
                if mailbox.next_gap is not None:
                    self._is_dirty = True
                    await mailbox.mend()
                if now >= next_check:
                    next_check = now + self._check_every
                    self._is_dirty = True
                    await mailbox.catch_up()
                if self._may_save and now >= next_save:
                    next_save = now + _SAVE_EVERY
                    await self._save(mailbox)
            await self._pass_on(self._albums.complete())
            await self._save(mailbox)
        finally:
            for task in (arrival, stopped, ended):
                task.cancel()

    async def _take(self, mailbox: Mailbox, first: Any) -> None:
        """Everything that is there already, so that a busy account costs one round of the loop."""
        incoming, self._is_dirty = self._client.incoming, True
        await mailbox.take(first)
        while not incoming.empty():
            await mailbox.take(incoming.get_nowait())
        if incoming.overflowed:
            incoming.overflowed = False
            mailbox.notice_gap()

    # --- in ---

    async def _deliver(self, events: Sequence[Any]) -> None:
        """Hand events on; returns once they are stored (parts of an album excepted, for whom the state waits)."""
        waiting: list[Any] = []
        now = asyncio.get_running_loop().time()
        for event in events:
            if isinstance(event, MessageDeleted | ReceiptReceived):
                # what it speaks of may be among those before it
                await self._pass_on([*waiting, *self._albums.complete()])
                waiting = await self._placed(event)
            else:
                waiting += self._albums.pass_on(event, now=now)
        await self._pass_on(waiting)

    async def _placed(self, event: Any) -> list[Any]:
        """The event with what Telegram leaves out: the chat of a deleted message, every message that was read."""
        if isinstance(event, ReceiptReceived):
            return [
                ReceiptReceived(dedup_key=f"read:{read}", chat_id=event.chat_id, message_id=read, status="read")
                for read in await self._memory.sent_until(event.chat_id, names.number_of(event.message_id))
            ]
        if event.chat_id:
            return [event]
        chat = (await self._memory.chats_of([event.message_id])).get(event.message_id)
        return [MessageDeleted(dedup_key=event.dedup_key, chat_id=chat, message_id=event.message_id)] if chat else []

    async def _pass_on(self, events: Sequence[Any]) -> None:
        if not events or self._emit is None:
            return
        said = [event for event in events if isinstance(event, MessageReceived)]
        await self._peers.keep({int(name) for event in said for name in (event.chat_id, event.sender.id)})
        await self._emit(events)

    @property
    def _may_save(self) -> bool:
        """Not past the parts of an album that is still open."""
        return self._is_dirty and not len(self._albums)

    async def _save(self, mailbox: Mailbox) -> None:
        if self._may_save:
            self._is_dirty = False
            await self._peers.keep(mailbox.state.channels)
            await self._memory.save(mailbox.state.dump())

    # --- out: called by `TelegramAdapter` from other threads, run in this loop ---

    async def send(self, message: OutgoingMessage, content: bytes) -> Sent:
        """What is sent ends "is writing"; the connection keeps the order of the two."""
        self.writing.stop(message.chat_id)
        return await self.sending.send(message, content)

    async def send_album(self, messages: Sequence[OutgoingMessage], contents: Sequence[bytes]) -> list[Sent]:
        self.writing.stop(messages[0].chat_id)
        return await self.sending.send_album(messages, contents)

    async def fetch(self, ref: Mapping[str, Any]) -> Fetched:
        return await media.download(self._client, self._peers, ref, most=_LARGEST_FILE)

    async def portrait(self, chat_id: str) -> Fetched | None:
        return await media.portrait(self._client, self._peers, chat_id, most=fetching.LARGEST_PORTRAIT)

    async def show_typing(self, chat_id: str, on: bool) -> None:
        if on:
            self.writing.start(chat_id)
        elif self.writing.stop(chat_id):
            await self.sending.typing(chat_id, False)

    async def check(self) -> None:
        await self._client.ask(functions.updates.GetStateRequest())

    async def log_out(self) -> None:
        await self._client.ask(functions.auth.LogOutRequest())


def _end_of(ended: asyncio.Future[Any]) -> Exception:
    """What ended a connection. Telethon's receiving may fail in any way; what we have no name for is a broken line."""
    failure = ended.exception()
    return failure if isinstance(failure, FAILURES) else ConnectionError("the connection ended")


def _connected() -> StateChanged:
    return StateChanged(dedup_key=f"connected:{clock.now().timestamp()}", chat_id="", state="connected")
