"""Telethon's client bent to our needs: no treatment of updates, no hidden waiting, no repeats of its own.

Checked against Telethon 1.45.0; it is pinned exactly, because what is overridden here is private to it.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import textwrap
from collections.abc import Mapping
from typing import Any

from telethon import TelegramClient
from telethon._updates import SessionState
from telethon.crypto import rsa
from telethon.sessions import StringSession
from telethon.tl.tlobject import TLRequest

# what Telethon says at lower levels may hold phone numbers and whole requests
_quiet = logging.getLogger("telethon")
_quiet.setLevel(logging.CRITICAL)

_PATIENCE = 20.0
_MOST_WAITING = 500
_FIRST_DC = 2
_trusted: set[str] = set()
_KEY_ATTEMPTS = 4
_NO_KEY = "auth_key generation failed"  # Telethon's words


class Incoming(asyncio.Queue):
    """What the connection brought and nobody has read yet. When it is full, the newest is dropped: the numbering of
    updates shows the gap, and the difference brings them again."""

    def __init__(self) -> None:
        super().__init__(maxsize=_MOST_WAITING)
        self.overflowed = False

    def put_nowait(self, item: Any) -> None:
        if self.full():
            self.overflowed = True
        else:
            super().put_nowait(item)


class Client(TelegramClient):
    """One connection with one auth key; for another try make another client."""

    def __init__(self, session: str, settings: Mapping[str, Any]) -> None:
        stored = StringSession(session)
        test_dc = settings.get("TELEGRAM_TEST_DC") or ""
        if test_dc:
            _trust(settings.get("TELEGRAM_TEST_DC_KEY") or "")
            type(self)._config = None  # Telethon keeps the addresses of the data-centres for the whole process
        if test_dc and not session:
            host, _colon, port = test_dc.rpartition(":")
            stored.set_dc(_FIRST_DC, host, int(port))
        super().__init__(
            stored,
            int(settings["TELEGRAM_API_ID"]),
            settings["TELEGRAM_API_HASH"],
            timeout=10,
            request_retries=0,
            connection_retries=0,
            auto_reconnect=False,
            flood_sleep_threshold=0,
            raise_last_call_error=True,
            device_model="Happ",
            system_version="Server",
            app_version="1.0",
            base_logger=_quiet,
        )
        self.incoming = self._updates_queue = self._sender._updates_queue = Incoming()
        # a box that is not empty keeps `connect` from asking who we are and for an update state that we do not use
        self._message_box.load(SessionState(0, 0, False, 1, 0, 0, 0, None), [])

    async def connect(self) -> None:
        """A new key is agreed on once more if that fails: Telethon spoils one in 256, which begins with a zero byte."""
        for _attempt in range(_KEY_ATTEMPTS - 1):
            try:
                await super().connect()
            except ConnectionError as error:
                if _NO_KEY not in str(error):
                    raise
            else:
                return
        await super().connect()

    async def _update_loop(self) -> None:
        """Updates are read from `incoming` by our own `Mailbox`."""

    async def _save_states_and_entities(self) -> None:
        """Our own `Live` keeps them."""

    async def ask(self, request: TLRequest, *, patience: float = _PATIENCE) -> Any:
        """One request, one answer, no repeats. Raises Telethon's errors, ConnectionError and TimeoutError.

        Peers are given as TL's input types: nothing is looked up on the way.
        """
        future = self._sender.send(request)
        try:
            return await asyncio.wait_for(future, patience)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if future.cancelled() and not (task and task.cancelling()):
                raise ConnectionError("the connection was closed") from None  # so Telethon ends what is pending
            raise

    async def cut(self) -> None:
        """End the connection at once; nothing is sent any more when this returns."""
        wire = getattr(self._sender._connection, "_writer", None)
        if wire is not None:
            wire.transport.abort()
        if self.session is not None:
            await self._disconnect_coro()

    @property
    def key(self) -> str:
        """The session as it is to be stored: it is the account, and never shown."""
        return self.session.save() if self.session is not None else ""


def _trust(key: str) -> None:
    """Accept the key of another server than Telegram's own, for tests; `key` is base64 of PKCS#1 DER."""
    if not key or key in _trusted:
        return
    base64.b64decode(key, validate=True)
    body = "\n".join(textwrap.wrap(key, 64))
    pem = f"-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----\n"
    rsa.add_key(pem.encode(), old=False)
    _trusted.add(key)
