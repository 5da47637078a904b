"""Who writes while processes die: website visitors over sockets, WhatsApp customers through WaSender's webhooks."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from dataclasses import dataclass, field

from tests.doubles.wasender import Session, WaSender
from tests.running.visitor import Visitor

_PATIENCE = 45.0
"""Seconds somebody waits for an answer before writing on; the verdict is the database's, not this."""
_SHARE_OF_TROUBLE = 0.12
"""How often WaSender takes a message and does not say so, or does not take it."""
_BURSTS = 8
"""Of one person; an assistant that answers one chat more than 20 times in 10 minutes hands it to people."""


@dataclass
class Written:
    """Everything that was accepted: the channel's id of the message → its mark."""

    widget: dict[str, str] = field(default_factory=dict)
    whatsapp: dict[str, str] = field(default_factory=dict)


class Visitors:
    """Website visitors in an event loop of their own thread."""

    def __init__(self, port: int, channel: str, seed: str, *, count: int) -> None:
        self.port, self.channel, self.seed, self.count = port, channel, seed, count
        self.all: list[Visitor] = []
        self._stop = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(),), daemon=True)
        self._end = asyncio.Event()

    def start(self) -> None:
        self._thread.start()

    def stop_writing(self) -> None:
        """Nobody begins another burst; everybody stays connected and sends what waits."""
        self._stop.set()

    def leave(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def _main(self) -> None:
        people = [asyncio.create_task(self._seat(number)) for number in range(self.count)]
        await self._end.wait()
        for person in people:
            person.cancel()
        await asyncio.gather(*people, return_exceptions=True)

    async def _seat(self, number: int) -> None:
        """One visitor after another; who has talked stays connected and watches."""
        async with asyncio.TaskGroup() as staying:
            for turn in range(1000):
                rng = random.Random(f"{self.seed} visitor {number} {turn}")
                visitor = Visitor(self.port, self.channel, rng, beat=4.0)
                self.all.append(visitor)
                staying.create_task(visitor.run())
                await self._talk(visitor, rng, f"v{number}-{turn}")
                if self._stop.is_set():
                    return

    async def _talk(self, visitor: Visitor, rng: random.Random, name: str) -> None:
        marks = (f"#{name}.{number}" for number in range(1, 1000))
        for _ in range(_BURSTS):
            await asyncio.sleep(rng.uniform(0.5, 3.0))
            if self._stop.is_set():
                return
            visitor.news.clear()
            for _ in range(rng.choice((1, 2, 3))):
                await visitor.write(f"Hello {next(marks)}")
                await asyncio.sleep(rng.uniform(0.0, 0.6))
            try:
                await asyncio.wait_for(visitor.news.wait(), _PATIENCE)
            except TimeoutError:
                continue


class Customers:
    """WhatsApp customers, a thread each; WaSender repeats a webhook until it is answered with 200."""

    def __init__(
        self, double: WaSender, sessions: list[Session], seed: str, *, count: int, troubles: tuple[str, ...]
    ) -> None:
        self.double, self.sessions, self.seed, self.troubles = double, sessions, seed, troubles
        self.accepted: dict[str, str] = {}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._seat, args=(number,), daemon=True) for number in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop_writing(self) -> None:
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Whether everybody has finished what they were writing."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _seat(self, number: int) -> None:
        for turn in range(1000):
            rng = random.Random(f"{self.seed} customer {number} {turn}")
            self._talk(rng, number, turn)
            if self._stop.is_set():
                return

    def _talk(self, rng: random.Random, number: int, turn: int) -> None:
        session = self.sessions[number % len(self.sessions)]
        phone = f"+38067{number:03d}{turn:04d}"
        marks = (f"#w{number}-{turn}.{count}" for count in range(1, 1000))
        for _ in range(_BURSTS):
            if self._stop.wait(rng.uniform(0.5, 3.0)):
                return
            if rng.random() < _SHARE_OF_TROUBLE:
                self.double.fail("/send-message", rng.choice(self.troubles))
            last = ""
            for _ in range(rng.choice((1, 2, 3))):
                last = next(marks)
                self._write(rng, session, phone, last)
                time.sleep(rng.uniform(0.0, 0.5))
            self._wait_for(last)

    def _write(self, rng: random.Random, session: Session, phone: str, mark: str) -> None:
        """The message comes under several events and sometimes twice; it counts once somebody said 200."""
        message_id = f"3A{rng.getrandbits(72):018X}"
        self.double.customer_writes(
            session, phone, f"Hello {mark}", message_id=message_id, repeats=rng.choice((1, 1, 2)), name="Olha"
        )
        self.accepted[message_id] = mark

    def _wait_for(self, mark: str) -> None:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and not self._stop.is_set():
            if any(mark in str(message.body.get("text")).split() for message in self.double.sent):
                return
            time.sleep(0.1)
