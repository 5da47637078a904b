"""HTTP requests as fast as they are answered, or at a fixed rate, from one event loop that costs little."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Tally:
    """`took` in seconds, one entry for each answered request."""

    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds if self.seconds else 0.0


class _Line(asyncio.Protocol):
    """One kept-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[int] | None = None
        self._buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) >= end + 4 + length:
            status, self._buffer = int(self._buffer[9:12]), self._buffer[end + 4 + length :]
            if self.answered is not None and not self.answered.done():
                self.answered.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(exc or ConnectionResetError("closed"))

    async def ask(self, request: bytes) -> int:
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answered


async def _line(port: int) -> _Line:
    _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", port)
    return line


async def as_fast_as_answered(port: int, requests: Iterator[bytes], *, seconds: float, lines: int = 32) -> Tally:
    """Closed loop: every line sends its next request when the last is answered."""
    tally = Tally()
    clock = time.perf_counter
    begin = clock()
    until = begin + seconds

    async def drive() -> None:
        line = await _line(port)
        while clock() < until:
            started = clock()
            status = await line.ask(next(requests))
            tally.took.append(clock() - started)
            tally.statuses[status] += 1
        line.transport.close()

    await asyncio.gather(*(drive() for _ in range(lines)))
    tally.seconds = clock() - begin
    return tally


async def at_a_rate(port: int, requests: Iterator[bytes], *, rate: float, seconds: float, lines: int = 16) -> Tally:
    """Open loop: requests leave on time whatever the answers do; a late one counts from when it should have left."""
    moments = [number / rate for number in range(int(rate * seconds))]
    return await on_schedule(port, zip(moments, requests, strict=False), lines=lines)


async def on_schedule(port: int, timetable: Iterator[tuple[float, bytes]], *, lines: int = 16) -> Tally:
    """Requests at given moments (seconds from the start), in order of time."""
    tally = Tally()
    clock = time.perf_counter
    begin = clock()
    free: asyncio.Queue[_Line] = asyncio.Queue()
    for _ in range(lines):
        free.put_nowait(await _line(port))

    async def send(due: float, request: bytes) -> None:
        line = await free.get()
        try:
            tally.statuses[await line.ask(request)] += 1
            tally.took.append(clock() - begin - due)
        finally:
            free.put_nowait(line)

    under_way: set[asyncio.Task[None]] = set()
    for due, request in timetable:
        wait = begin + due - clock()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(send(due, request))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    tally.seconds = clock() - begin
    while not free.empty():
        free.get_nowait().transport.close()
    return tally
