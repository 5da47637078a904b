"""Updates that were written down are read as the connection reads them, without one: for samples and for staff."""

from __future__ import annotations

import hashlib
import struct
from datetime import datetime
from typing import Any

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import types

from messengers.adapters.telegram.client.albums import Albums
from messengers.adapters.telegram.client.peers import Peers
from messengers.adapters.telegram.client.reading import Reader
from messengers.types import Inbound, Unreadable


class _Nothing:
    """A memory that has none."""

    async def peers(self, wanted: Any) -> dict[int, dict[str, Any]]:
        return {}


def read(packed: bytes, *, own_id: int, since: str | None = None) -> list[Inbound | Unreadable]:
    """The events in an `Updates`, albums put together."""
    try:
        with BinaryReader(packed) as reader:
            told = reader.tgread_object()
    except (TypeNotFoundError, struct.error, ValueError, BufferError, UnicodeDecodeError, EOFError) as error:
        digest = hashlib.sha256(packed).hexdigest()
        return [Unreadable(raw=None, reason=type(error).__name__, digest=digest)]
    peers = Peers(_Nothing())  # type: ignore[arg-type]
    peers.learn(getattr(told, "users", ()), getattr(told, "chats", ()))
    reading = Reader(own_id=own_id, peers=peers, since=datetime.fromisoformat(since) if since else None)
    albums, found = Albums(), list[Any]()
    updates = told.updates if isinstance(told, types.Updates | types.UpdatesCombined) else [told]
    for update in updates:
        for event in reading.read(update):
            found += albums.pass_on(event, now=0.0)
    return found + albums.complete()
