"""The smallest HTTP client for many requests in one event loop, with connections kept open if one likes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection, kept open between requests; opened (again) when needed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """Raises OSError, or ValueError for what is no HTTP answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: {len(body)}\r\n"
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        return await self.send(f"{head}{more}\r\n".encode() + body)

    async def send(self, request: bytes) -> Answer:
        """A whole request as bytes."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lowered = head.lower()
            at = lowered.find(b"content-length:")
            length = int(lowered[at + 15 : lowered.index(b"\r\n", at)]) if at >= 0 else 0
            body = await reader.readexactly(length) if length else b""
        except (EOFError, asyncio.CancelledError, OSError, ValueError) as error:
            self.close()
            if isinstance(error, EOFError):
                raise ConnectionResetError("the connection ended early") from error
            raise
        if b"connection: close" in lowered:
            self.close()
        return Answer(int(head[9:12]), body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
