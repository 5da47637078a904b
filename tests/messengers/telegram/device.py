"""Our adapter at work without the rest of the house: one connected device, and what it must remember."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from messengers import registry, types
from messengers.adapters.telegram.adapter import TelegramAdapter
from tests.doubles.recording_io import MemoryMedia, RecordingIO
from tests.doubles.telegram import Account, Running

T = TypeVar("T")


class Memory:
    """A `SessionMemory` in memory, shared by one connection and the next."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.people: dict[int, dict[str, Any]] = {}
        self.sent: list[tuple[str, str]] = []  # chat, message
        self.chats: dict[str, str] = {}

    async def load(self) -> dict[str, Any]:
        return dict(self.state)

    async def save(self, state: dict[str, Any]) -> None:
        self.state = state

    async def peers(self, wanted: Collection[int]) -> dict[int, dict[str, Any]]:
        return {key: self.people[key] for key in wanted if key in self.people}

    async def keep_peers(self, peers: Mapping[int, dict[str, Any]]) -> None:
        self.people.update(peers)

    async def chats_of(self, message_ids: Collection[str]) -> dict[str, str]:
        return {key: self.chats[key] for key in message_ids if key in self.chats}

    async def sent_until(self, chat_id: str, number: int) -> list[str]:
        return [name for chat, name in self.sent if chat == chat_id and int(name.rpartition("/")[2]) <= number]


class Device:
    """One device of an account: `events` is what it emitted; everything that it must remember is in `memory`."""

    def __init__(self, telegram: Running, account: Account, *, memory: Memory | None = None, session: str = "") -> None:
        self.telegram, self.account = telegram, account
        self.memory = memory or Memory()
        self.session = session or telegram.session(account)
        self.check_seconds = 3600.0
        self.media = MemoryMedia()
        self.events: list[Any] = []
        self.error: BaseException | None = None
        self.gate = threading.Event()  # emitting waits for it
        self.gate.set()
        self.adapter = self._open()
        self._thread: threading.Thread | None = None

    def _open(self) -> TelegramAdapter:
        io = RecordingIO(
            settings={**self.telegram.settings, "TELEGRAM_CHECK_SECONDS": self.check_seconds}, media=self.media
        )
        address = {"external_id": str(self.account.id), "credentials": {}, "config": {}}
        adapter = registry.open("telegram", account={"session": self.session}, address=address, io=io)
        assert isinstance(adapter, TelegramAdapter)
        adapter.memory = self.memory
        return adapter

    def connect(self) -> Device:
        self.connect_without_waiting()
        self.wait(lambda: self.adapter.is_connected or self.error)
        return self

    def connect_without_waiting(self) -> None:
        self.error = None
        self.adapter = self._open()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self.adapter.run(self._emit, self._stop))
        except BaseException as error:
            self.error = error
        finally:
            self._loop.close()

    async def _emit(self, events: Sequence[Any]) -> None:
        while not self.gate.is_set():
            await asyncio.sleep(0.01)
        for event in events:
            if isinstance(event, types.StateChanged):
                continue
            if event.dedup_key not in {known.dedup_key for known in self.events}:
                self.events.append(event)
                if isinstance(event, types.MessageReceived):
                    self.memory.chats[event.message_id] = event.chat_id

    def stop(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def ended(self) -> BaseException:
        """What the connection ended with."""
        self.wait(lambda: self.error)
        assert self.error is not None
        return self.error

    def wait(self, holds: Callable[[], T], *, seconds: float = 8.0) -> T:
        end = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < end, f"it did not happen in time; so far: {self.events}"
            time.sleep(0.005)
        return found

    def received(self, count: int = 1) -> list[Any]:
        """The events, once there are as many."""
        self.wait(lambda: len(self.events) >= count)
        return self.events

    def message(self, **fields: Any) -> types.OutgoingMessage:
        return types.OutgoingMessage(**{"client_ref": "ref-1", "text": "Hello", **fields})
